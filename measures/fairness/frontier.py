"""What another threshold would do: performance against disparity, at every score there is.

People are selected where their score is at least the threshold, the same for every group. The
frontier are the thresholds that no other beats in both: performing as well and dividing the
groups less. It describes these people; a threshold chosen on it looks better here than it will
on others, so choose on one sample and measure on another.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from measures.fairness import groups, kernel
from measures.fairness.groups import Gap, GroupRate
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells
from measures.reduce.scores import ScoreCounts, combined
from measures.reduce.statistic import frozen

#: Counts held at a time while thresholds are swept.
_COUNTS_AT_ONCE = 2_000_000

#: Forms of disparity that grow as groups come closer.
_CLOSER = ("ratio", "ratio_to_overall")

#: Forms of disparity that grow as groups move apart.
_APART = ("difference", "difference_to_overall")

#: What may be weighed against a disparity: more is better.
PERFORMANCES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "f1",
    "true_positive_rate",
    "true_negative_rate",
)

#: Rates of each group reported at each threshold.
REPORTED = ("selection_rate", "true_positive_rate", "false_positive_rate")


class Sweep(NamedTuple):
    """What each threshold does, thresholds ascending.

    `thresholds`, `performance`, `disparity` and `efficient`, which marks the frontier, have
    shape (n_thresholds,), `rates` (n_thresholds, n_groups, 3): those of `REPORTED`. All are
    fractions, NaN where undefined (of a disparity: where a rate it compares is undefined in
    some group). `people` has the size of each group; `measured` names performance and
    disparity.
    """

    thresholds: np.ndarray
    performance: np.ndarray
    disparity: np.ndarray
    rates: np.ndarray
    efficient: np.ndarray
    groups: tuple[str, ...]
    people: tuple[int, ...]
    measured: tuple[str, str]


class WhatIf(NamedTuple):
    """One threshold, with the uncertainty of all it would do."""

    threshold: float
    rates: list[GroupRate]
    gaps: list[Gap]


def sweep(
    scores: Mapping[str, ScoreCounts],
    thresholds: Sequence[float] | np.ndarray | None = None,
    *,
    performance: str = "accuracy",
    disparity: str = "selection_rate_difference",
    most: int = 200,
) -> Sweep:
    """Performance of all people and disparity between groups, over common thresholds.

    Parameters
    ----------
    scores : mapping of str to ScoreCounts
        By group.
    thresholds : sequence of float, optional
        By default every distinct score and one above them all, which is exact: no other
        threshold selects anybody else.
    performance : str, default "accuracy"
        From `PERFORMANCES`.
    disparity : str, default "selection_rate_difference"
        A difference or ratio from `kernel.DISPARITIES`.
    most : int, default 200
        Thresholds reported, at least 2. The frontier is found among all; where there are more
        than `most`, half of what is reported is spread over the frontier, the rest over all.

    Returns
    -------
    Sweep
        Estimates without intervals: `what_if` has them for the thresholds considered.

    Raises
    ------
    ValueError
        If there are no people, a threshold is NaN, `most` is below 2, or a name is unknown.

    References
    ----------
    M. Hardt, E. Price, N. Srebro (2016), "Equality of opportunity in supervised learning",
    Adv. Neural Inf. Process. Syst. 29. J. Kleinberg, S. Mullainathan, M. Raghavan (2017),
    "Inherent trade-offs in the fair determination of risk scores", ITCS 2017, 43:1-43:23.
    """
    _check(scores, performance, disparity, most)
    places = candidates(scores) if thresholds is None else _given(thresholds)
    parts = [_evaluated(counts, performance, disparity) for counts in _blocks(scores, places)]
    performed, apart = (np.concatenate(each) for each in zip(*parts, strict=True))
    better = -apart if kernel.DISPARITIES[disparity].form in _APART else apart
    efficient = pareto(performed, better)
    kept = _thinned(efficient, most)
    return Sweep(
        places[kept],
        performed[kept],
        apart[kept],
        _rates(counts_at(scores, places[kept])),
        efficient[kept],
        tuple(scores),
        tuple(each.rows for each in scores.values()),
        (performance, disparity),
    )


def what_if(
    scores: Mapping[str, ScoreCounts], thresholds: Sequence[float], drawing: Drawing
) -> list[WhatIf]:
    """Every rate and disparity at a few thresholds, with their intervals.

    Parameters
    ----------
    scores : mapping of str to ScoreCounts
        By group, each of at least one person.
    thresholds : sequence of float
        In any order.
    drawing : Drawing
        Number of resamples, confidence and seed of the disparities' intervals; the rates have
        Wilson's.

    Returns
    -------
    list of WhatIf
        In the order given.

    Raises
    ------
    ValueError
        If there are no people or a threshold is NaN.
    """
    found = []
    for threshold in thresholds:
        cells = cells_at(scores, float(threshold))
        rates = groups.group_rates(cells, confidence=drawing.confidence)
        found.append(WhatIf(float(threshold), rates, groups.gaps(cells, drawing)))
    return found


def cells_at(
    scores: Mapping[str, ScoreCounts], threshold: float, *, feature: str = "group"
) -> Cells:
    """The cells that a threshold would give: all else follows from them, as from any cells.

    Groups come in order of their names, as in all cells.
    """
    _check_people(scores)
    names = sorted(scores)
    counts = counts_at({name: scores[name] for name in names}, _given([threshold]))[0]
    return Cells((feature,), tuple((name,) for name in names), frozen(counts))


def candidates(scores: Mapping[str, ScoreCounts]) -> np.ndarray:
    """Every distinct score, ascending, and the next number above them all."""
    distinct = combined(list(scores.values())).scores
    return np.append(distinct, np.nextafter(distinct[-1], np.inf))


def counts_at(scores: Mapping[str, ScoreCounts], thresholds: np.ndarray) -> np.ndarray:
    """People by threshold, group, label and prediction.

    Parameters
    ----------
    scores : mapping of str to ScoreCounts
        By group.
    thresholds : numpy.ndarray of shape (n_thresholds,)
        People with a score of at least the threshold are selected.

    Returns
    -------
    numpy.ndarray of shape (n_thresholds, n_groups, 2, 2)
        Whole numbers.
    """
    counts = np.empty((len(thresholds), len(scores), 2, 2), dtype=np.int64)
    for group, each in enumerate(scores.values()):
        place = np.searchsorted(each.scores, thresholds, side="left")
        for label, people in enumerate((each.negatives, each.positives)):
            below = np.concatenate([[0], np.cumsum(people)])
            counts[:, group, label, 0] = below[place]
            counts[:, group, label, 1] = below[-1] - below[place]
    return counts


def pareto(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Which points no other point beats: at least as high in both and higher in one.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (n,)
        More is better; a point with NaN is never on the frontier and beats none.

    Returns
    -------
    numpy.ndarray of bool of shape (n,)
        Equal points are on the frontier together.
    """
    efficient = np.zeros(len(first), dtype=bool)
    known = np.flatnonzero(~(np.isnan(first) | np.isnan(second)))
    if not len(known):
        return efficient
    order = known[np.lexsort((-second[known], -first[known]))]
    one, other = first[order], second[order]
    best_so_far = np.maximum.accumulate(other)
    before = np.concatenate([[-np.inf], best_so_far[:-1]])
    new = other > before
    leads = np.flatnonzero(new)
    leader = leads[np.searchsorted(leads, np.arange(len(order)), side="right") - 1]
    efficient[order] = (one == one[leader]) & (other == other[leader])
    return efficient


def _blocks(scores: Mapping[str, ScoreCounts], thresholds: np.ndarray) -> Iterator[np.ndarray]:
    block = max(1, _COUNTS_AT_ONCE // (4 * len(scores)))
    for start in range(0, len(thresholds), block):
        yield counts_at(scores, thresholds[start : start + block])


def _evaluated(
    counts: np.ndarray, performance: str, disparity: str
) -> tuple[np.ndarray, np.ndarray]:
    """Performance and disparity at each threshold, each of shape (n_thresholds,)."""
    needed = tuple(dict.fromkeys([performance, *kernel.DISPARITIES[disparity].metrics]))
    evaluation = kernel.evaluate(counts, needed)
    apart = kernel.all_gaps(evaluation, [disparity])[disparity]
    compared = [needed.index(metric) for metric in kernel.DISPARITIES[disparity].metrics]
    defined = evaluation.defined[..., compared].all(axis=(-1, -2))
    return evaluation.overall[..., 0], np.where(defined, apart, np.nan)


def _rates(counts: np.ndarray) -> np.ndarray:
    evaluation = kernel.evaluate(counts, REPORTED)
    return np.where(evaluation.defined, evaluation.rates, np.nan)


def _thinned(efficient: np.ndarray, most: int) -> np.ndarray:
    """Places to report, ascending: all, or half of `most` on the frontier and half anywhere."""
    if len(efficient) <= most:
        return np.arange(len(efficient))
    half = most // 2
    best, every = np.flatnonzero(efficient), np.arange(len(efficient))
    return np.unique(np.concatenate([_spread(best, half), _spread(every, most - half)]))


def _spread(places: np.ndarray, most: int) -> np.ndarray:
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).round().astype(np.intp)]


def _given(thresholds: Sequence[float] | np.ndarray) -> np.ndarray:
    places = np.unique(np.asarray(thresholds, dtype=np.float64))
    if not len(places) or np.isnan(places).any():
        raise ValueError(f"expected thresholds that are numbers, got {list(thresholds)[:5]}")
    return places


def _check(scores: Mapping[str, ScoreCounts], performance: str, disparity: str, most: int) -> None:
    _check_people(scores)
    if performance not in PERFORMANCES:
        raise ValueError(f"expected one of {', '.join(PERFORMANCES)}, got {performance!r}")
    held = kernel.DISPARITIES.get(disparity)
    if held is None or held.form not in (*_CLOSER, *_APART):
        raise ValueError(f"expected a difference or ratio between groups, got {disparity!r}")
    if most < 2:
        raise ValueError(f"most must be at least 2, got {most}")


def _check_people(scores: Mapping[str, ScoreCounts]) -> None:
    if not sum(each.rows for each in scores.values()):
        raise ValueError("expected scores of at least one person, got none")
