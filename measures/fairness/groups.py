"""What each group gets, how far groups lie apart, and how sure we are of both.

We assess; nothing here says that a model is fair. Rates of a group carry Wilson intervals,
disparities a bootstrap on the cells of their own feature, so the published cells and the seed
are all a stranger needs to find the same numbers again. Where people have weights, rates are
of weights, and intervals know that few heavy people say less than many light ones.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from measures.fairness import kernel
from measures.fairness.simultaneous import Form, Shares, extreme_gap
from measures.intervals import bca, bootstrap
from measures.intervals.bootstrap import Drawing, Statistic
from measures.intervals.effective import people_behind, weighted_wilson_interval
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.cells import Cells, CellsByWeight

#: Between the features of an intersection, and between the levels of its groups.
JOINT = " x "

#: The metrics reported for each group.
RATES = kernel.METRICS[:7]

#: How the interval of a disparity is found.
Method = Literal["percentile", "bca"]

#: The rates that each default disparity compares.
_RESTS_ON = {
    "selection_rate_ratio": ("selection_rate",),
    "selection_rate_difference": ("selection_rate",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
    "equal_opportunity_difference": ("true_positive_rate",),
}


class GroupRate(NamedTuple):
    """One rate of one group, a fraction; `defined` is False if nobody could count towards it.

    `trials` are people, whatever they weigh.
    """

    group: str
    metric: str
    value: float
    interval: Interval
    trials: int
    defined: bool


class Gap(NamedTuple):
    """One disparity between the groups of a feature, a fraction.

    `value` is None where it is undefined (nobody was selected in any group). `defined` is
    False if a rate it compares is undefined in some group, or there is but one group; its
    interval then says nothing. `method` is how the interval was found.
    """

    name: str
    value: float | None
    interval: Interval
    defined: bool
    method: str = bootstrap.METHOD


class Group(NamedTuple):
    """A group, its size, and how many of its people have the favourable label."""

    name: str
    people: int
    positives: int


class Split(NamedTuple):
    """The cells of groups large enough to compare, and the groups that are not."""

    compared: Cells
    small: list[Group]


def feature_name(cells: Cells) -> str:
    """ "race", or "race x sex" for an intersection."""
    return joined(cells.features)


def group_names(cells: Cells) -> list[str]:
    """The groups' names, in the order of `cells.groups`."""
    return [joined(group) for group in cells.groups]


def joined(levels: Sequence[str]) -> str:
    """ "black x male", quoting levels that would make two groups have one name."""
    if len(levels) == 1:
        return levels[0]
    return JOINT.join(
        json.dumps(each, ensure_ascii=False) if _unclear(each) else each for each in levels
    )


def _unclear(level: str) -> bool:
    return JOINT in f"{level} " or level.startswith('"')


def groups(cells: Cells) -> list[Group]:
    """Who is compared with whom."""
    positives = cells.counts[:, 1, :].sum(axis=1)
    sized = zip(group_names(cells), cells.sizes, positives, strict=True)
    return [Group(name, int(people), int(favourable)) for name, people, favourable in sized]


def split_by_size(cells: Cells, least: int) -> Split:
    """Keep groups of at least `least` people apart from smaller ones, which are named.

    Nobody is dropped: the small groups are reported, with their sizes, beside what is compared.

    Raises
    ------
    ValueError
        If `least` is negative.
    """
    if least < 0:
        raise ValueError(f"expected a smallest size of at least 0, got {least}")
    large = cells.sizes >= least
    small = groups(cells.only(np.flatnonzero(~large).tolist()))
    return Split(cells.only(np.flatnonzero(large).tolist()), small)


def group_rates(cells: Cells, *, confidence: float = 0.95) -> list[GroupRate]:
    """Every rate of every group, with its Wilson interval.

    Parameters
    ----------
    cells : Cells
        Counts of one feature or intersection. With weights, Wilson's interval is that of the
        effective number of people.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of GroupRate
        Group by group, in the order of `RATES`; fractions in [0, 1].
    """
    if cells.weighted:
        return _weighted_rates(cells, confidence)
    happened, possible = (part.astype(np.int64) for part in kernel.fractions(cells.counts))
    return [
        _group_rate(name, metric, int(happened[i, j]), int(possible[i, j]), confidence)
        for i, name in enumerate(group_names(cells))
        for j, metric in enumerate(RATES)
    ]


def gaps(
    cells: Cells | CellsByWeight, drawing: Drawing, *, method: Method = "percentile"
) -> list[Gap]:
    """The disparities that policies speak of, between the groups, with bootstrap intervals.

    Parameters
    ----------
    cells : Cells or CellsByWeight
        Counts of one feature or intersection, or weights.
    drawing : Drawing
        Number of resamples, confidence and seed.
    method : {"percentile", "bca"}
        How intervals are found; each says which it is, since BCa does not always exist.

    Returns
    -------
    list of Gap
        In the order of `kernel.Gaps`; fractions in [0, 1].
    """
    rests_on = [_RESTS_ON[name] for name in kernel.Gaps._fields]
    return _gaps(cells, kernel.Gaps._fields, rests_on, kernel.gaps_of, drawing, method)


def all_gaps(
    cells: Cells | CellsByWeight,
    drawing: Drawing,
    *,
    names: Iterable[str] = tuple(kernel.DISPARITIES),
    method: Method = "percentile",
) -> list[Gap]:
    """Every disparity Fairlearn has, with its bootstrap interval.

    Parameters
    ----------
    cells, drawing, method
        As for `gaps`.
    names : iterable of str
        From `kernel.DISPARITIES`; by default all.

    Returns
    -------
    list of Gap
        In the order of the names; fractions in [0, 1].
    """
    wanted = [kernel.DISPARITIES[name] for name in names]
    chosen = tuple(each.name for each in wanted)
    needed = tuple(dict.fromkeys(metric for each in wanted for metric in each.metrics))

    def statistic(counts: np.ndarray) -> np.ndarray:
        found = kernel.all_gaps(kernel.evaluate(counts, needed), chosen)
        return np.stack(list(found.values()), axis=-1)

    return _gaps(cells, chosen, [each.metrics for each in wanted], statistic, drawing, method)


def _gaps(
    cells: Cells | CellsByWeight,
    names: Sequence[str],
    rests_on: Sequence[tuple[str, ...]],
    statistic: Statistic,
    drawing: Drawing,
    method: Method,
) -> list[Gap]:
    if method not in ("percentile", "bca"):
        raise ValueError(f"expected the method percentile or bca, got {method!r}")
    masses = (cells if isinstance(cells, Cells) else cells.cells).masses
    defined = np.asarray(kernel.evaluate(masses).defined.all(axis=0) & (len(masses) > 1))
    estimates = statistic(masses[np.newaxis])[0]
    drawn = bootstrap.replicates_of(cells, statistic, drawing)
    accelerated = bca.acceleration(cells, statistic) if method == "bca" else None
    found = [
        _gap(
            name,
            float(estimates[i]),
            bool(defined[[kernel.position(metric) for metric in rests_on[i]]].all()),
            drawn[:, i],
            None if accelerated is None else float(accelerated[i]),
            drawing.confidence,
        )
        for i, name in enumerate(names)
    ]
    counted = cells if isinstance(cells, Cells) else cells.cells
    return [_widened(each, counted, drawing.confidence) for each in found]


def _widened(gap: Gap, cells: Cells, confidence: float) -> Gap:
    """The gap with an interval that leaves open what any pair of groups does."""
    compared = kernel.DISPARITIES[gap.name]
    shares = all(metric in RATES for metric in compared.metrics)
    if not (gap.defined and shares and compared.agg == "worst_case"):
        return gap
    if compared.form not in ("difference", "ratio"):
        return gap
    happened, possible = kernel.fractions(cells.masses)
    counted = cells.counts if cells.weights is None else cells.weights.squares
    squares, squared = kernel.fractions(counted.astype(np.float64))
    places = [kernel.position(metric) for metric in compared.metrics]
    if not (possible[:, places] > 0).all():
        return gap
    rates = [
        _shares(*(part[:, place] for part in (happened, possible, squares, squared)))
        for place in places
    ]
    form: Form = "difference" if compared.form == "difference" else "ratio"
    pairs = extreme_gap(rates, form, confidence=confidence)
    low, high = min(gap.interval.low, pairs.low), max(gap.interval.high, pairs.high)
    return gap._replace(interval=Interval(low, high))


def _shares(
    happened: np.ndarray, possible: np.ndarray, squares: np.ndarray, squared: np.ndarray
) -> Shares:
    """Weighted shares and the people they rest on, from sums of weights and of squares."""
    share = np.minimum(1.0, happened / possible)
    return Shares(share, people_behind(share, squares, squared - squares, possible))


def _gap(
    name: str,
    estimate: float,
    defined: bool,
    drawn: np.ndarray,
    accelerated: float | None,
    confidence: float,
) -> Gap:
    if np.isnan(estimate):
        return Gap(name, None, UNINFORMATIVE, defined=False)
    if not defined:
        return Gap(name, estimate, UNINFORMATIVE, defined=False)
    if accelerated is None:
        interval = bootstrap.percentile_interval(drawn, estimate, confidence=confidence)
        return Gap(name, estimate, interval, defined=True)
    found = bca.bca_interval(drawn, estimate, accelerated, confidence=confidence)
    return Gap(name, estimate, found.interval, defined=True, method=found.method)


def _group_rate(
    group: str, metric: str, happened: int, possible: int, confidence: float
) -> GroupRate:
    if not possible:  # Fairlearn's value, but nothing is known
        return GroupRate(group, metric, 0.0, UNINFORMATIVE, 0, defined=False)
    interval = wilson_interval(happened, possible, confidence=confidence)
    return GroupRate(group, metric, happened / possible, interval, possible, defined=True)


def _weighted_rates(cells: Cells, confidence: float) -> list[GroupRate]:
    squares = cells.weights.squares.astype(np.float64) if cells.weights else cells.counts
    sums = [*kernel.fractions(cells.masses), *kernel.fractions(squares)]
    _, people = kernel.fractions(cells.counts)
    found = []
    for i, name in enumerate(group_names(cells)):
        for j, metric in enumerate(RATES):
            trials = int(people[i, j])
            if not sums[1][i, j] > 0:
                found.append(GroupRate(name, metric, 0.0, UNINFORMATIVE, trials, defined=False))
                continue
            (share,), (size,) = _shares(*(part[i : i + 1, j] for part in sums))
            interval = weighted_wilson_interval(float(share), float(size), confidence=confidence)
            found.append(GroupRate(name, metric, float(share), interval, trials, defined=True))
    return found
