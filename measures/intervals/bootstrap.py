"""How far a number would move had other people of the same kind been drawn.

Resampling n people with replacement is, counted by cell, one multinomial draw over the cells:
exact in distribution, whatever the number of rows. The stream is numpy's frozen
``RandomState``, so the same seed gives the same interval in every version.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from measures.intervals.interval import Interval, check_confidence

#: Counts drawn at a time, so that memory does not grow with the number of resamples.
_COUNTS_AT_ONCE = 4_000_000

#: What the reports call the method.
METHOD = "percentile bootstrap on cells, widened to hold the estimate"


class Drawing(NamedTuple):
    """How intervals are drawn: resamples, coverage in (0, 1), and a seed in [0, 2**32)."""

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 20261123


def stream(seed: int) -> np.random.RandomState:
    """Numpy's frozen random stream; that of ``Generator`` may change between versions."""
    return np.random.RandomState(seed % 2**32)


def replicates(
    counts: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    drawing: Drawing,
) -> np.ndarray:
    """A statistic of resampled counts.

    Parameters
    ----------
    counts : numpy.ndarray of any shape
        People per cell, at least one in all.
    statistic : callable
        Takes counts of shape (n, \\*counts.shape) and returns an array of shape (n, ...).
    drawing : Drawing
        How many resamples to draw, and from which seed.

    Returns
    -------
    numpy.ndarray of shape (resamples, ...)
        The statistic of each resample, in the order drawn.

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", chapter 6.
    """
    return np.concatenate([statistic(drawn) for drawn in _draws(counts, drawing)])


def percentile_interval(
    drawn: np.ndarray, estimate: float, *, confidence: float = 0.95
) -> Interval:
    """The middle part of the replicates, widened where needed to hold the estimate.

    A gap between groups is never negative, so its replicates lie above it on average and the
    bare percentiles can miss a small estimate; widening only ever makes a verdict harder.

    Parameters
    ----------
    drawn : numpy.ndarray of shape (resamples,)
        Replicates; NaN ones (undefined in that resample) are left out.
    estimate : float
        The statistic of the people themselves.
    confidence : float, default 0.95
        Share of the replicates between the bounds.

    Returns
    -------
    Interval
        In the unit of the statistic.

    Raises
    ------
    ValueError
        If no replicate is defined.
    """
    check_confidence(confidence)
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        raise ValueError("expected at least one replicate that is defined, got none")
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(min(float(low), estimate), max(float(high), estimate))


def _draws(counts: np.ndarray, drawing: Drawing) -> Iterator[np.ndarray]:
    """Resampled counts, a block of resamples at a time; blocks do not change the stream."""
    if drawing.resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {drawing.resamples}")
    cells, people = counts.ravel(), int(counts.sum())
    if people < 1:
        raise ValueError("expected at least one person to resample, got none")
    frozen = stream(drawing.seed)
    block = max(1, _COUNTS_AT_ONCE // len(cells))
    for start in range(0, drawing.resamples, block):
        drawn = frozen.multinomial(people, cells / people, min(block, drawing.resamples - start))
        yield drawn.reshape(-1, *counts.shape)
