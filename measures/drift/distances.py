"""How far two sets of counts over the same bins lie apart, with intervals drawn once for all.

A distance of two samples is positive even where both come from one population, the more so
the fewer rows and the more bins; the interval is widened to hold the estimate, not corrected.
"""

from collections.abc import Callable
from functools import partial
from math import log
from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr

from measures.drift.conventions import EmptyShare
from measures.drift.stability import FLOOR
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval

#: What the reports call the method.
METHOD = "percentile bootstrap of both counts, widened to hold the estimate"


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
    measure = partial(_all, empty=empty, log_base=log_base)
    estimates = measure(_shares(reference[None]), _shares(current[None]))[0]
    drawn = _drawn(reference, current, measure, drawing) if drawing else None
    confidence = drawing.confidence if drawing else 0.0
    return Distances(
        *(
            _distance(float(estimate), drawn, i, confidence, int(current.sum()))
            for i, estimate in enumerate(estimates)
        )
    )


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
) -> np.ndarray:
    """The four distances in the order of `Distances`; shape (..., 4)."""
    found = (
        stability_index(reference, current, empty=empty),
        jensen_shannon_distance(reference, current, base=log_base),
        hellinger_distance(reference, current),
        l_infinity_distance(reference, current),
    )
    return np.stack(found, axis=-1)


def _drawn(
    reference: np.ndarray,
    current: np.ndarray,
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray],
    drawing: Drawing,
) -> np.ndarray:
    before = bootstrap.replicates(reference, _shares, drawing)
    after = bootstrap.replicates(current, _shares, drawing._replace(seed=drawing.seed + 1))
    return measure(before, after)


def _distance(
    estimate: float, drawn: np.ndarray | None, place: int, confidence: float, n: int
) -> Distance:
    if drawn is None:
        return Distance(estimate, None, n)
    held = bootstrap.percentile_interval(drawn[:, place], estimate, confidence=confidence)
    return Distance(estimate, held, n)


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _filled(shares: np.ndarray, empty: EmptyShare) -> np.ndarray:
    if empty == "millionth":
        return np.maximum(shares, FLOOR)
    smallest = np.where(shares > 0, shares, np.inf).min(axis=-1, keepdims=True)
    return np.where(shares > 0, shares, np.where(smallest <= 1e-4, smallest / 1e6, 1e-4))
