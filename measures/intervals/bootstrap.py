"""How far a number would move had other people of the same kind been drawn.

Resampling n people with replacement is, counted by cell, one multinomial draw over the cells:
exact in distribution, whatever the number of rows. Where people have weights, those of the
people drawn are drawn too. The stream is numpy's frozen ``RandomState``, so the same seed
gives the same interval in every version.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

import numpy as np

from measures.intervals.interval import Interval, check_confidence
from measures.reduce.cells import Cells, CellsByWeight

#: Counts drawn at a time: few enough to stay in a processor's cache.
_COUNTS_AT_ONCE = 100_000

#: What the reports call the method.
METHOD = "percentile bootstrap on cells, widened to hold the estimate"

Statistic = Callable[[np.ndarray], np.ndarray]


class Drawing(NamedTuple):
    """How intervals are drawn: resamples, coverage in (0, 1), and a seed in [0, 2**32)."""

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 20261123


def stream(seed: int, part: int = 0) -> np.random.RandomState:
    """Numpy's frozen random stream; that of ``Generator`` may change between versions.

    Parts other than 0 are further streams of the same seed.
    """
    return np.random.RandomState([seed % 2**32, part] if part else seed % 2**32)


def replicates(counts: np.ndarray, statistic: Statistic, drawing: Drawing) -> np.ndarray:
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


def replicates_of(
    cells: Cells | CellsByWeight, statistic: Statistic, drawing: Drawing
) -> np.ndarray:
    """A statistic of resampled people, each with his weight if there are weights.

    People are drawn by cell. `CellsByWeight` then know each weight drawn, so the draw is
    exact. `Cells` with sums of weights draw the sum of the m people drawn in a cell from the
    gamma distribution whose mean is m·mean and whose variance is m·variance of the cell's
    weights: right in both, and never negative, as a normal draw could be in a small cell.

    Parameters
    ----------
    cells : Cells or CellsByWeight
        At least one person.
    statistic : callable
        Takes counts or sums of weights of shape (n, n_groups, 2, 2), returns shape (n, ...).
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
    if isinstance(cells, CellsByWeight):
        weights = np.array(cells.weights)
        return replicates(
            cells.counts,
            lambda drawn: statistic(np.einsum("k,nk...->n...", weights, drawn)),
            drawing,
        )
    if cells.weights is None:
        return replicates(cells.counts, statistic, drawing)
    weigh = _weigher(cells, drawing)
    return replicates(cells.counts, lambda drawn: statistic(weigh(drawn)), drawing)


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
    tail = (1 - confidence) / 2
    return between(drawn, estimate, tail, 1 - tail)


def distance_interval(drawn: np.ndarray, estimate: float, *, confidence: float = 0.95) -> Interval:
    """Percentiles of a distance, the lower less what a distance has by chance.

    A distance is never negative, so one found in a sample is too large on average, and one in a
    resample of that sample larger still: bare percentiles lie above no distance even where there
    is none. In squares, what chance adds to a resample is what it added to the sample; the lower
    bound gives back both.

    Parameters and errors as for `percentile_interval`; replicates and estimate at least 0.

    References
    ----------
    B. Efron, R. J. Tibshirani (1993), "An introduction to the bootstrap", ch. 10 (bias).
    """
    interval = percentile_interval(drawn, estimate, confidence=confidence)
    added = float(np.nanmean(drawn**2)) - estimate**2
    low = sqrt(max(0.0, interval.low**2 - 2 * max(0.0, added)))
    return Interval(min(low, interval.low), interval.high)


def between(drawn: np.ndarray, estimate: float, low: float, high: float) -> Interval:
    """Two quantiles of the replicates that are defined, widened to hold the estimate."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        raise ValueError("expected at least one replicate that is defined, got none")
    bounds = np.quantile(known, [low, high])
    return Interval(min(float(bounds[0]), estimate), max(float(bounds[1]), estimate))


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


def _weigher(cells: Cells, drawing: Drawing) -> Callable[[np.ndarray], np.ndarray]:
    """From people drawn per cell to the sum of their weights, drawn from a stream of its own."""
    mean, variance = _moments(cells)
    uneven = variance > mean**2 * 1e-15  # less is the rounding of the squares
    shape = mean[uneven] ** 2 / variance[uneven]
    scale = variance[uneven] / mean[uneven]
    frozen = stream(drawing.seed, 1)

    def weigh(drawn: np.ndarray) -> np.ndarray:
        total = np.asarray(drawn * mean)
        total[:, uneven] = frozen.standard_gamma(drawn[:, uneven] * shape) * scale
        return total

    return weigh


def _moments(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (divisor n) of the weights within each cell, 0 where nobody is."""
    mean, variance = np.zeros(cells.counts.shape), np.zeros(cells.counts.shape)
    if cells.weights is None:
        return mean, variance
    for place in map(tuple, np.argwhere(cells.counts)):
        people = int(cells.counts[place])
        average = Fraction(cells.weights.total[place]) / people
        mean[place] = float(average)
        variance[place] = max(0.0, float(cells.weights.squares[place] / people - average**2))
    return mean, variance
