"""The inputs that count most for single decisions, and how often each would be a reason.

People are compared with those at or just above the threshold, as Regulation B's commentary
describes (12 CFR 1002.9, comment 9(b)(2)-5), by Shapley values. Nobody's own values are kept:
of each input it is told only on which side of the typical value a person lies.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from audits.jobs.explained_rows import CONFIDENCE, People
from audits.jobs.second_opinions import Opinion, none
from measures.explain.attribution import ShapleyValues
from measures.explain.reasons import (
    MOST_REASONS,
    Reason,
    just_passing,
    reference_profile,
    shapley_reasons,
)
from measures.explain.sampled_shapley import sampled_shapley
from measures.intervals.wilson import wilson_interval
from measures.measured import Measured

#: Rows looked at, rows compared with, and people of each band that are told one by one.
_ROWS, _BEHIND, _TOLD = 2_000, 200, 5

#: People decided unfavourably whose reasons are counted, and scores that may be asked for.
_COUNTED, _SCORES = 200, 400_000

#: Pairs of walks for each person: at most for those told and those counted, and at least.
_PAIRS_TOLD, _PAIRS_COUNTED, _PAIRS = 100, 30, 10

#: People there must be, and the share of those who pass that just pass.
_FEWEST, _JUST = 50, 0.1

#: A part of the score smaller than this is not told as a reason.
_NOTHING = 0.001


class _Sample(NamedTuple):
    """Rows, their scores, and the rows compared with."""

    rows: pa.Table
    scores: np.ndarray
    behind: pa.Table
    behind_are: str

    def values(self, people: People, places: np.ndarray, pairs: int) -> ShapleyValues:
        """Shapley values of the rows at these places."""
        chosen = self.rows.take(pa.array(places))
        return sampled_shapley(people.score, chosen, self.behind, pairs=pairs, seed=people.seed)


def reason_codes(people: People) -> Opinion:
    """Reasons of a few people, and how often each input is among the reasons of the refused."""
    many = len(people.features)
    if many < 2:
        return none("reasons are told apart among at least two inputs")
    if len(people.labels) < _FEWEST:
        return none(f"reasons need at least {_FEWEST} rows, got {len(people.labels)}")
    if _pairs(many, 3 * _TOLD, _PAIRS_TOLD) < _PAIRS:
        return none(f"reasons of single decisions among {many} inputs cost too much")
    sample = _sample(people)
    counted = _counted(people, sample)
    details = {
        "compared_with": sample.behind_are,
        "people_compared_with": sample.behind.num_rows,
        **_told(people, sample),
        "counted_among": counted[0].n if counted else 0,
    }
    return Opinion(counted, details)


def _sample(people: People) -> _Sample:
    rows = people.some(_ROWS)
    scores = np.asarray(people.score(rows))
    passing = int((scores >= people.threshold).sum())
    if not passing:
        behind, said = rows.slice(0, _BEHIND), "people drawn from all, since nobody passes"
    else:
        share = min(1.0, max(_JUST, _FEWEST / passing))
        behind = rows.take(pa.array(just_passing(scores, people.threshold, share=share)))
        said = "people at or just above the threshold"
    return _Sample(rows, scores, behind.slice(0, _BEHIND), said)


def _pairs(many: int, rows: int, most: int) -> int:
    return min(most, _SCORES // (2 * (many - 1) * rows))


def _told(people: People, sample: _Sample) -> dict[str, list[dict[str, Any]]]:
    """Five people each of low, middle and high scores, and their reasons, by their numbers."""
    bands = _bands(sample.scores)
    places = np.concatenate(list(bands.values()))
    pairs = _pairs(len(people.features), len(places), _PAIRS_TOLD)
    found = sample.values(people, places, pairs)
    rows, typical = sample.rows.take(pa.array(places)), reference_profile(sample.behind)
    scores, threshold = sample.scores[places], people.threshold
    names = [name for name, held in bands.items() for _ in held]
    return {
        "people": [
            {
                "person": i,
                "band": name,
                "score": round(float(score), 3),
                "decision": "favourable" if score >= threshold else "unfavourable",
            }
            for i, (name, score) in enumerate(zip(names, scores, strict=True), start=1)
        ],
        "reasons": [
            {"person": i + 1} | _reason(each, score >= threshold)
            for i, score in enumerate(scores)
            for each in _reasons(found, rows, i, typical, threshold)
        ],
    }


def _bands(scores: np.ndarray) -> dict[str, np.ndarray]:
    """Places spread over the lowest, the middle and the highest tenth."""
    order, tenth = np.argsort(scores, kind="stable"), max(_TOLD, len(scores) // 10)
    starts = {"low": 0, "middle": (len(scores) - tenth) // 2, "high": len(scores) - tenth}
    within = np.linspace(0, tenth - 1, _TOLD).round().astype(int)
    return {name: order[start + within] for name, start in starts.items()}


def _reasons(
    found: ShapleyValues, rows: pa.Table, row: int, typical: dict[str, Any], threshold: float
) -> list[Reason]:
    """What speaks for the decision: against the person if it is unfavourable, else for them."""
    turned = found if found.scores[row] < threshold else found._replace(values=-found.values)
    reasons = shapley_reasons(turned, rows, row, reference=typical, confidence=CONFIDENCE)
    return [each for each in reasons if -each.contribution >= _NOTHING]


def _reason(each: Reason, raised: bool) -> dict[str, Any]:
    return {
        "feature": each.feature,
        "side": _side(each.value, each.reference),
        "contribution": -each.contribution if raised else each.contribution,
        "standard_error": each.standard_error,
        "certain": each.certain,
    }


def _side(value: Any, typical: Any) -> str:
    """How a person's value lies to that typical of those compared with."""
    if value is None or value != value:
        return "missing"
    if typical is None or value == typical:
        return "typical"
    if isinstance(value, (str, bool)):
        return "another category"
    return "below" if value < typical else "above"


def _counted(people: People, sample: _Sample) -> list[Measured]:
    """Of people decided unfavourably: how many have each input among their reasons."""
    many = len(people.features)
    affordable = _SCORES // (2 * (many - 1) * _PAIRS)
    places = np.flatnonzero(sample.scores < people.threshold)[: min(_COUNTED, affordable)]
    if len(places) < _FEWEST:
        return []
    pairs = _pairs(many, len(places), _PAIRS_COUNTED)
    found, rows = sample.values(people, places, pairs), sample.rows.take(pa.array(places))
    named = [
        each.feature
        for i in range(len(places))
        for each in _reasons(found, rows, i, {}, people.threshold)
        if each.certain
    ]
    return [_rate(name, named, len(places)) for name in people.features]


def _rate(name: str, named: Sequence[str], n: int) -> Measured:
    cases = named.count(name)
    low, high = wilson_interval(cases, n, confidence=CONFIDENCE)
    return Measured("reason_rate", cases / n, low, high, n, "fraction", {"feature": name})


#: What the reports call the methods.
INTERVALS = {f"inputs among the first {MOST_REASONS} reasons": "Wilson"}
