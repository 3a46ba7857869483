"""What each group gets, how far groups lie apart, and how sure we are of both.

We assess; nothing here says that a model is fair. Rates of a group carry Wilson intervals,
disparities a bootstrap on the cells of their own feature, so the published cells and the seed
are all a stranger needs to find the same numbers again.
"""

from typing import NamedTuple

import numpy as np

from measures.fairness import kernel
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.cells import Cells

#: Between the features of an intersection, and between the levels of its groups.
JOINT = " x "

#: The metrics reported for each group.
RATES = kernel.METRICS[:7]

#: The rates that each disparity compares.
_RESTS_ON = {
    "selection_rate_ratio": ("selection_rate",),
    "selection_rate_difference": ("selection_rate",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
    "equal_opportunity_difference": ("true_positive_rate",),
}


class GroupRate(NamedTuple):
    """One rate of one group, a fraction; `defined` is False if nobody could count towards it."""

    group: str
    metric: str
    value: float
    interval: Interval
    trials: int
    defined: bool


class Gap(NamedTuple):
    """One disparity between the groups of a feature, a fraction.

    `value` is None where it is undefined (nobody was selected in any group). `defined` is
    False if a rate it compares is undefined in some group; its interval then says nothing.
    """

    name: str
    value: float | None
    interval: Interval
    defined: bool


class Group(NamedTuple):
    """A group, its size, and how many of its people have the favourable label."""

    name: str
    people: int
    positives: int


def feature_name(cells: Cells) -> str:
    """ "race", or "race x sex" for an intersection."""
    return JOINT.join(cells.features)


def group_names(cells: Cells) -> list[str]:
    """The groups' names, in the order of `cells.groups`."""
    return [JOINT.join(group) for group in cells.groups]


def groups(cells: Cells) -> list[Group]:
    """Who is compared with whom."""
    positives = cells.counts[:, 1, :].sum(axis=1)
    sized = zip(group_names(cells), cells.sizes, positives, strict=True)
    return [Group(name, int(people), int(favourable)) for name, people, favourable in sized]


def group_rates(cells: Cells, *, confidence: float = 0.95) -> list[GroupRate]:
    """Every rate of every group, with its Wilson interval.

    Parameters
    ----------
    cells : Cells
        Counts of one feature or intersection.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of GroupRate
        Group by group, in the order of `RATES`; fractions in [0, 1].
    """
    happened, possible = (part.astype(np.int64) for part in kernel.fractions(cells.counts))
    return [
        _group_rate(name, metric, int(happened[i, j]), int(possible[i, j]), confidence)
        for i, name in enumerate(group_names(cells))
        for j, metric in enumerate(RATES)
    ]


def gaps(cells: Cells, drawing: Drawing) -> list[Gap]:
    """Every disparity between the groups, with its bootstrap interval.

    Parameters
    ----------
    cells : Cells
        Counts of one feature or intersection.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    list of Gap
        In the order of `kernel.Gaps`; fractions in [0, 1].
    """
    evaluation = kernel.evaluate(cells.counts)
    estimates = kernel.gaps(evaluation)
    drawn = bootstrap.replicates(cells.counts, _stacked_gaps, drawing)
    return [
        _gap(name, float(getattr(estimates, name)), drawn[:, i], evaluation, drawing.confidence)
        for i, name in enumerate(kernel.Gaps._fields)
    ]


def _stacked_gaps(counts: np.ndarray) -> np.ndarray:
    return np.stack(kernel.gaps(kernel.evaluate(counts)), axis=-1)


def _group_rate(
    group: str, metric: str, happened: int, possible: int, confidence: float
) -> GroupRate:
    if not possible:  # Fairlearn's value, but nothing is known
        return GroupRate(group, metric, 0.0, UNINFORMATIVE, 0, defined=False)
    interval = wilson_interval(happened, possible, confidence=confidence)
    return GroupRate(group, metric, happened / possible, interval, possible, defined=True)


def _gap(
    name: str,
    estimate: float,
    drawn: np.ndarray,
    evaluation: kernel.Evaluation,
    confidence: float,
) -> Gap:
    places = [kernel.position(metric) for metric in _RESTS_ON[name]]
    if not evaluation.defined[:, places].all():
        return Gap(name, None if np.isnan(estimate) else estimate, UNINFORMATIVE, defined=False)
    if np.isnan(estimate):
        return Gap(name, None, UNINFORMATIVE, defined=False)
    interval = bootstrap.percentile_interval(drawn, estimate, confidence=confidence)
    return Gap(name, estimate, interval, defined=True)
