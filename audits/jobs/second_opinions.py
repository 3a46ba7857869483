"""Whether other ways of asking name the same inputs: other seeds, Shapley values, a small tree.

Permutation importance is one way of saying what a model rests on. Each of these says it again
in its own way, on a bounded part of the rows; what would cost too much is left out, and named.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from audits.jobs.explained_rows import CONFIDENCE, People
from measures.explain import attribution, stability
from measures.explain.adaptive import Effort, adaptive_importance
from measures.explain.attribution import MeanAbsolute, mean_absolute
from measures.explain.sampled_shapley import sampled_shapley
from measures.explain.sampling import canonical_order
from measures.explain.stability import Agreement, rank_stability
from measures.explain.surrogate import Limits, Rule, Surrogate, surrogate_tree
from measures.intervals.bootstrap import stream
from measures.measured import Measured

#: What the reports call the methods.
INTERVALS = {
    "fidelity of the small tree": "normal, from each row's influence; Wilson for agreement",
    "stability over seeds": stability.METHOD,
    "mean absolute Shapley values": attribution.METHOD,
}

#: Seeds that are compared, repeats of each, and the inputs the overlap looks at.
_SEEDS, _REPEATS, _TOP = 5, 2, 3

#: Rows explained one by one, pairs of walks for each, and scores all that may ask for.
_EXPLAINED, _PAIRS, _SCORES = 200, 15, 400_000

#: Scores all seeds together may ask for.
_SCORES_OF_SEEDS = 1_000_000

#: Rows a tree is grown and tested on; people of the rarer class half a sample must have.
_GROWN_ON, _RARE = 20_000, 20

_FEWEST = 30


#: A number's condition in a rule: its name, the side, the cut, and whether missing goes along.
_CUT = re.compile(r"(.+) (<=|>) (\S+)( or missing)?", re.DOTALL)


class Opinion(NamedTuple):
    """What is filed, what the report shows, or why there is none."""

    measures: list[Measured]
    details: dict[str, Any]
    missing: str = ""


def small_tree(people: People) -> Opinion:
    """A tree grown on the model's scores: how far it stands for the model, and its rules."""
    rows, limits = people.some(_GROWN_ON), Limits()
    if rows.num_rows < _FEWEST:
        return none(f"a small tree needs at least {_FEWEST} rows, got {rows.num_rows}")
    if all(column.null_count == len(column) for column in rows.columns):
        return none("a small tree needs an input that is known for somebody")
    found = surrogate_tree(
        rows,
        people.score,
        threshold=people.threshold,
        limits=limits,
        confidence=CONFIDENCE,
        seed=people.seed,
    )
    details = {
        "rows": rows.num_rows,
        "tested_on": found.n,
        "by_default": found.by_default,
        "depth": limits.depth,
        "leaves": limits.leaves,
        "rules": [_rule(rule) for rule in found.rules],
    }
    return Opinion(_fidelity(found), details)


def over_seeds(people: People) -> Opinion:
    """Importance again with other seeds, each on its own half of the rows."""
    half, many = len(people.labels) // 2, len(people.features)
    if many < 2:
        return none("a ranking needs at least two inputs")
    if people.of_rarer_class < _RARE:
        return none(
            f"half of the rows would have too few people of both classes: {people.of_rarer_class}"
            f" of {len(people.labels)} have the rarer one"
        )
    half = min(half, _SCORES_OF_SEEDS // (_SEEDS * (_REPEATS * many + 1)))
    if half < _FEWEST:
        return none(f"asking {_SEEDS} times about {many} inputs costs too much")
    found = np.stack([_importances(people, int(seed), half) for seed in _seeds(people.seed)])
    told = rank_stability(people.features, found, top=min(_TOP, many - 1), confidence=CONFIDENCE)
    used = {name for name, most in zip(people.features, found.max(axis=0), strict=True) if most > 0}
    return Opinion([_stability(told.spearman, half)], _of_seeds(told, half, used))


def shapley(people: People) -> Opinion:
    """Mean absolute Shapley values of sampled rows against other sampled rows."""
    many = len(people.features)
    if many < 2:
        return none("Shapley values share a score among at least two inputs")
    within = _SCORES // (2 * (many - 1) * _PAIRS)
    order = canonical_order(people.rows, seed=people.seed)
    explained = min(_EXPLAINED, within, len(order) // 2)
    if explained < _FEWEST:
        return none(
            f"Shapley values of {len(order)} rows and {many} inputs cost too much or say too little"
        )
    rows, background = (
        people.rows.take(pa.array(part))
        for part in (order[:explained], order[explained : 2 * explained])
    )
    values = sampled_shapley(people.score, rows, background, pairs=_PAIRS, seed=people.seed)
    found = mean_absolute(values, confidence=CONFIDENCE)
    details = {"rows": explained, "background": background.num_rows, "base": values.base}
    return Opinion([_size(each) for each in found], details | {"pairs": _PAIRS})


def none(why: str) -> Opinion:
    """Not asked for, and why."""
    return Opinion([], {}, why)


def _fidelity(found: Surrogate) -> list[Measured]:
    low, high = found.r2_interval or (None, None)
    agreed = found.agreement_interval
    return [
        Measured("surrogate_fidelity", found.r2, low, high, found.n, "share of variance"),
        Measured(
            "surrogate_agreement", found.agreement, agreed.low, agreed.high, found.n, "fraction"
        ),
    ]


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "conditions": _merged(rule.conditions),
        "score": rule.score,
        "n": rule.n,
        "grown_on": rule.grown_on,
    }


def _merged(conditions: Sequence[str]) -> list[str]:
    """A path in as few words: of cuts on one side the last is the narrowest."""
    cuts: dict[str, dict[str, str]] = {}
    missing: dict[str, bool] = {}
    told: dict[str, None] = {}
    for said in conditions:
        if not (cut := _CUT.fullmatch(said)):
            told[said] = None
            continue
        name, side, at, or_missing = cut.groups()
        cuts.setdefault(name, {})[side] = at
        missing[name] = missing.get(name, True) and bool(or_missing)
        told[name] = None
    return [_bounded(name, cuts[name], missing[name]) if name in cuts else name for name in told]


def _bounded(name: str, cuts: Mapping[str, str], missing: bool) -> str:
    bounds = " and ".join(f"{side} {cuts[side]}" for side in (">", "<=") if side in cuts)
    return f"{name} {bounds}{' or missing' if missing else ''}"


def _seeds(seed: int) -> np.ndarray:
    return stream(seed).randint(0, 2**32, _SEEDS, dtype=np.int64)


def _importances(people: People, seed: int, rows: int) -> np.ndarray:
    once = Effort(tolerance=1.0, rows=rows, repeats=_REPEATS, most_rows=rows, most_repeats=_REPEATS)
    found = adaptive_importance(people.rows, people.labels, people.score, effort=once, seed=seed)
    values = {each.feature: each.value for each in found.found}
    return np.array([values[name] for name in people.features])


def _stability(told: Agreement, rows: int) -> Measured:
    low, high = told.interval or (None, None)
    return Measured("importance_stability", told.value, low, high, rows, "rank correlation")


def _of_seeds(told: stability.Stability, rows: int, used: set[str]) -> dict[str, Any]:
    ranked = sorted(told.in_top.items(), key=lambda each: (-each[1], each[0]))
    return {
        "seeds": told.spearman.seeds,
        "rows": rows,
        "kendall": _agreement(told.kendall),
        "top_overlap": _agreement(told.overlap),
        "top": told.top,
        "in_top": {name: share for name, share in ranked if share > 0 and name in used},
    }


def _agreement(told: Agreement) -> dict[str, float | None]:
    low, high = told.interval or (None, None)
    return {"value": told.value, "low": low, "high": high}


def _size(each: MeanAbsolute) -> Measured:
    low, high = each.interval
    about = {"feature": each.feature}
    return Measured("mean_absolute_shapley", each.value, low, high, each.n, "score", about)


def missing(opinions: Iterable[Opinion]) -> list[str]:
    """Why some of them were not asked for."""
    return [each.missing for each in opinions if each.missing]
