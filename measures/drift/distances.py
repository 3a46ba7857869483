"""How far two sets of counts over the same bins lie apart, with intervals drawn once for all.

A distance of two samples is positive even where both come from one population, the more so
the fewer rows and the more bins. The intervals of the three that are metrics allow for that and
hold 0 where the sides may be alike. That of the stability index, which is none, is a percentile
interval widened to hold the estimate: it lies too high where rows are few for the bins.
"""

from math import log, sqrt
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import rel_entr

from measures.drift.conventions import EmptyShare
from measures.drift.stability import FLOOR
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval

#: What the reports call the method.
METHOD = (
    "bootstrap of both counts; of the stability index percentiles, widened to hold the estimate,"
    " of the others the estimate plus and minus what chance moves the counts apart"
)


#: Shares of the reference and of the current rows.
_Pair: TypeAlias = tuple[np.ndarray, np.ndarray]


class Distance(NamedTuple):
    """A distance; `n` are the current rows it rests on, 0 and NaN where a side has nobody.

    `interval` is None only where no drawing was asked for, or where the value is undefined.
    """

    value: float
    interval: Interval | None
    n: int


class Distances(NamedTuple):
    """Four distances of the same two sets of counts."""

    population_stability_index: Distance
    jensen_shannon: Distance
    hellinger: Distance
    l_infinity: Distance


def distances(
    reference: np.ndarray,
    current: np.ndarray,
    drawing: Drawing | None,
    *,
    empty: EmptyShare = "millionth",
    log_base: float = 2.0,
) -> Distances:
    """All distances of two sets of counts, from one drawing of resamples.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n_bins,)
        Rows per bin.
    drawing : Drawing or None
        Resamples of both sides, confidence, seed; None gives no intervals.
    empty : {"millionth", "ten_thousandth"}
        What an empty bin counts as in the population stability index; see `Convention`.
    log_base : float, default 2
        Base of the logarithm in the Jensen-Shannon distance.

    Returns
    -------
    Distances
        The index is at least 0, in nats; the others have no unit and lie in [0, 1].

    Raises
    ------
    ValueError
        If the bins differ in number.
    """
    if reference.shape != current.shape:
        raise ValueError(f"expected the same bins, got {len(reference)} and {len(current)}")
    if not (reference.sum() and current.sum()):
        nobody = Distance(float("nan"), None, 0)
        return Distances(nobody, nobody, nobody, nobody)
    if empty == "millionth":  # elsewhere what an empty bin counts as depends on the side
        used = (reference + current) > 0
        reference, current = reference[used], current[used]
    sides = _shares(reference[None]), _shares(current[None])
    estimates = _all(*sides, empty=empty, log_base=log_base)
    if drawing is None:
        intervals: list[Interval | None] = [None] * len(estimates)
    else:
        intervals = _intervals(reference, current, estimates, drawing, empty, log_base)
    n = int(current.sum())
    held = zip(estimates, intervals, strict=True)
    return Distances(*(Distance(estimate, interval, n) for estimate, interval in held))


def stability_index(
    reference: np.ndarray, current: np.ndarray, *, empty: EmptyShare = "millionth"
) -> np.ndarray:
    """Σ (c − r)·ln(c / r) of shares of shape (..., n_bins); at least 0, in nats.

    A convention, not a law, calls it small below 0.10 and large above 0.25.

    References
    ----------
    N. Siddiqi (2006), "Credit Risk Scorecards", Wiley.
    """
    before, after = (_filled(shares, empty) for shares in (reference, current))
    return np.asarray(((after - before) * np.log(after / before)).sum(axis=-1))


def jensen_shannon_distance(
    reference: np.ndarray, current: np.ndarray, *, base: float = 2.0
) -> np.ndarray:
    """Square root of the Jensen-Shannon divergence of shares of shape (..., n_bins).

    The divergence is the mean of both sides' Kullback-Leibler divergence from their mean. Its
    root, unlike itself, is a metric: tools differ in which of the two they show, and in the
    base of the logarithm.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (..., n_bins)
        Shares that sum to 1 on the last axis.
    base : float, default 2
        With 2 the distance lies in [0, 1].

    References
    ----------
    J. Lin (1991), "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory
    37(1), 145-151. D. M. Endres, J. E. Schindelin (2003), "A new metric for probability
    distributions", IEEE Trans. Inf. Theory 49(7), 1858-1860.
    """
    middle = (reference + current) / 2
    divergence = (rel_entr(reference, middle) + rel_entr(current, middle)).sum(axis=-1) / 2
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0) / log(base)))


def hellinger_distance(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    """√(½ Σ (√r − √c)²) of shares of shape (..., n_bins); in [0, 1].

    References
    ----------
    E. Hellinger (1909), "Neue Begründung der Theorie quadratischer Formen von unendlichvielen
    Veränderlichen", J. reine angew. Math. 136, 210-271.
    """
    apart = np.sqrt(reference) - np.sqrt(current)
    return np.asarray(np.sqrt((apart * apart).sum(axis=-1) / 2))


def l_infinity_distance(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    """The largest change of any bin's share, of shares of shape (..., n_bins); in [0, 1]."""
    return np.asarray(np.abs(reference - current).max(axis=-1))


def _all(
    reference: np.ndarray, current: np.ndarray, *, empty: EmptyShare, log_base: float
) -> list[float]:
    """The four distances in the order of `Distances`, of shares of shape (1, n_bins)."""
    found = (
        stability_index(reference, current, empty=empty),
        jensen_shannon_distance(reference, current, base=log_base),
        hellinger_distance(reference, current),
        l_infinity_distance(reference, current),
    )
    return [float(each[0]) for each in found]


def _intervals(
    reference: np.ndarray,
    current: np.ndarray,
    estimates: list[float],
    drawing: Drawing,
    empty: EmptyShare,
    log_base: float,
) -> list[Interval | None]:
    """Of the four distances, all from the same resamples."""
    before = bootstrap.replicates(reference, _shares, drawing)
    after = bootstrap.replicates(current, _shares, drawing._replace(seed=drawing.seed + 1))
    sides = _shares(reference[None]), _shares(current[None])
    index = bootstrap.percentile_interval(
        stability_index(before, after, empty=empty), estimates[0], confidence=drawing.confidence
    )
    by_chance = (
        _jensen_shannon_by_chance(sides, (before, after), log_base),
        np.sqrt(
            ((_root_change(sides[0], before) - _root_change(sides[1], after)) ** 2).sum(-1) / 2
        ),
        np.abs((before - sides[0]) - (after - sides[1])).max(axis=-1),
    )
    most = (sqrt(log(2) / log(log_base)), 1.0, 1.0)
    metrics = zip(estimates[1:], by_chance, most, strict=True)
    return [index, *(_around(*each, drawing.confidence) for each in metrics)]


def _around(estimate: float, drawn: np.ndarray, most: float, confidence: float) -> Interval:
    """A metric is off by no more than the length of what chance adds to the difference."""
    reach = float(np.quantile(drawn, confidence))
    return Interval(max(0.0, estimate - reach), max(estimate, min(most, estimate + reach)))


def _root_change(shares: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(drawn) - np.sqrt(shares))


def _jensen_shannon_by_chance(sides: _Pair, drawn: _Pair, base: float) -> np.ndarray:
    """Length of the change of both sides' difference in the space the metric is of.

    Distances there are Jensen-Shannon distances, so the length of (A − a) − (B − b) is known
    from those between the four points (B. Fuglede, F. Topsøe (2004), ISIT).
    """

    def squared(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return jensen_shannon_distance(first, second, base=base) ** 2

    (a, b), (drawn_a, drawn_b) = sides, drawn
    own = squared(drawn_a, a) + squared(drawn_b, b)
    across = squared(drawn_a, b) + squared(a, drawn_b) - squared(drawn_a, drawn_b) - squared(a, b)
    return np.asarray(np.sqrt(np.maximum(own - across, 0.0)))


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _filled(shares: np.ndarray, empty: EmptyShare) -> np.ndarray:
    if empty == "millionth":
        return np.maximum(shares, FLOOR)
    smallest = np.where(shares > 0, shares, np.inf).min(axis=-1, keepdims=True)
    return np.where(shares > 0, shares, np.where(smallest <= 1e-4, smallest / 1e6, 1e-4))
