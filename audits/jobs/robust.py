"""How a model answers people who are changed a little: by noise, gaps, and values never seen.

All inputs are changed at once (noise, missing values), and the most important ones one by one
(a step, missing for everybody, out of their range); sensitive ones are set to each of their
values. A refusal is an answer and is counted apart from flips. What was not tried was not tested.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from audits.jobs import attribute_changes
from audits.jobs.contract import Refused
from audits.jobs.explained_rows import CONFIDENCE, People
from measures.explain.sampling import canonical_order
from measures.measured import Measured
from measures.robustness.extremes import out_of_range
from measures.robustness.noise import each_missing, under_missing, under_noise
from measures.robustness.response import (
    METHODS,
    Baseline,
    Model,
    PerformanceChange,
    Rate,
    Response,
    baseline,
)
from measures.robustness.sensitivity import Sensitivity, feature_sensitivity

#: What the reports call the methods.
INTERVALS = {
    "flips and refusals": METHODS["rate"],
    "changes of the score": METHODS["score_change"],
    "performance after a change": METHODS["performance"],
}

#: People asked about, those of a first look at each change, those asked about where some are
#: refused (each refusal is found by asking about fewer and fewer), and features changed alone.
_PEOPLE, _FEW, _REFUSED, _FEATURES = 2_000, 50, 300, 15

_REASON = 200


class Robustness(NamedTuple):
    """What is filed, what the report shows, and what is missing, and why."""

    measures: list[Measured]
    details: dict[str, Any]
    missing: list[str]


class _Asked(NamedTuple):
    """The people as they are: all, those asked about where some are refused, and a first look."""

    all: Baseline
    some: Baseline
    few: Baseline

    def about(self, change: Callable[[Baseline], list[Response]]) -> list[Response]:
        """Ask about as many people as the model's refusals allow."""
        first = change(self.few)
        if all(each.refused.value == 1 for each in first):
            return first
        refuses = any(each.refused.cases for each in first)
        return change(self.some if refuses else self.all)


class _OfFeature(NamedTuple):
    """One change of one feature: its kind ("above range") and what it did."""

    feature: str
    kind: str
    response: Response


def assess(people: People, ranked: Sequence[str]) -> Robustness:
    """Change the people and ask again; `ranked` names features, the most important first."""
    asked = _Asked(*(_baseline(people, most) for most in (_PEOPLE, _REFUSED, _FEW)))
    base, names = asked.all, list(ranked[:_FEATURES])
    everything = [*asked.about(under_noise), *asked.about(under_missing)]
    single = [
        each
        for name in names
        for change in (each_missing, out_of_range)
        for each in _alone(asked, name, change)
    ]
    steps = feature_sensitivity(base, features=names)
    alone = attribute_changes.assess(base, people.sensitive)
    return Robustness(
        [
            *(one for each in everything for one in _measures(each, {"group": each.change})),
            *(one for each in single for one in _rates(each)),
            *(one for each in steps for one in _of_step(each)),
            *alone.measures,
        ],
        {
            "rows": len(base.scores),
            "threshold": people.threshold,
            "all_inputs": [_told(each, each.change) | _performance(each) for each in everything],
            "one_input": [{"feature": f} | _told(told, kind) for f, kind, told in single],
            "sensitivity": [_step(each) for each in steps],
            "inputs_changed_alone": len(names),
            "inputs_not_changed_alone": len(ranked) - len(names),
            **alone.details,
        },
        alone.missing,
    )


def _baseline(people: People, most: int) -> Baseline:
    order = canonical_order(people.rows, seed=people.seed)[:most]
    return baseline(
        Model(people.score, people.threshold, refusals=(Refused,)),
        people.rows.take(pa.array(order)),
        labels=people.labels[order],
        confidence=CONFIDENCE,
        seed=people.seed,
    )


def _alone(asked: _Asked, name: str, change: Callable[..., list[Response]]) -> list[_OfFeature]:
    found = asked.about(partial(change, features=[name]))
    return [_OfFeature(name, each.change.removeprefix(f"{name} "), each) for each in found]


def _measures(told: Response, about: dict[str, str]) -> list[Measured]:
    """Flips, refusals and, where it is known, the loss of performance."""
    found = [
        _share("flip_rate", told.flipped, about),
        _share("refusal_rate", told.refused, about),
    ]
    worse = told.performance
    if worse is None:
        return found
    low, high = worse.interval
    unit = "drop of the ROC AUC"
    return [*found, Measured("roc_auc_drop", worse.worsening, low, high, worse.n, unit, about)]


def _rates(each: _OfFeature) -> list[Measured]:
    about = {"feature": each.feature, "group": each.kind}
    return _measures(each.response, about)[:2]


def _of_step(each: Sensitivity) -> list[Measured]:
    about = {"feature": each.feature}
    mean = each.absolute_change
    low, high = mean.interval or (None, None)
    return [
        Measured("score_sensitivity", mean.value, low, high, mean.n, "score", about),
        _share("flip_rate", each.flipped, about | {"group": _kind_of(each)}),
        _share("refusal_rate", each.refused, about | {"group": _kind_of(each)}),
    ]


def _kind_of(each: Sensitivity) -> str:
    """What a step is called."""
    return "another category" if each.step is None else "one standard deviation"


def _share(name: str, rate: Rate, about: dict[str, str]) -> Measured:
    return Measured(
        name, rate.value, rate.interval.low, rate.interval.high, rate.n, "fraction", about
    )


def _told(response: Response, kind: str) -> dict[str, Any]:
    """Plain values only, so that rows make a table; the intervals are filed with the measures."""
    return {
        "change": kind,
        "asked": response.refused.n,
        "refused": response.refused.value,
        "flipped": response.flipped.value,
        "to_favourable": response.to_favourable.value,
        "to_unfavourable": response.to_unfavourable.value,
        "score_change": response.score_change.value,
        "absolute_change": response.absolute_change.value,
        "refusal": _shortened(response.refusal),
    }


def _performance(response: Response) -> dict[str, Any]:
    told: PerformanceChange | None = response.performance
    return {
        "roc_auc_before": None if told is None else told.before,
        "roc_auc_after": None if told is None else told.after,
    }


def _step(each: Sensitivity) -> dict[str, Any]:
    return {
        "feature": each.feature,
        "change": _kind_of(each),
        "step": each.step,
        "asked": each.refused.n,
        "refused": each.refused.value,
        "flipped": each.flipped.value,
        "slope": None if each.slope is None else each.slope.value,
        "absolute_change": each.absolute_change.value,
        "refusal": _shortened(each.refusal),
    }


def _shortened(reason: str | None) -> str | None:
    return reason if reason is None or len(reason) <= _REASON else f"{reason[:_REASON]}…"
