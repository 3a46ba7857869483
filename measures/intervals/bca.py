"""Bootstrap intervals corrected for bias and skewness, computed on cells.

Where a statistic is biased or its spread depends on its value, bare percentiles sit in the
wrong place; BCa moves them. Where the correction does not exist, percentiles are given and
the result says so.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Statistic
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.cells import Cells, CellsByWeight

#: What the reports call the methods.
METHOD = "BCa bootstrap on cells, widened to hold the estimate"
FALLBACK = f"{bootstrap.METHOD} (no BCa: {{}})"

#: Floats held at a time while people are left out.
_FLOATS_AT_ONCE = 1_000_000


class BcaInterval(NamedTuple):
    """The interval and the method that gave it: `METHOD`, or percentiles and why.

    `bias` is in standard deviations (z₀ of Efron), `acceleration` has no unit; NaN where they
    do not exist.
    """

    interval: Interval
    method: str
    bias: float
    acceleration: float


def acceleration(cells: Cells | CellsByWeight, statistic: Statistic) -> np.ndarray:
    """How fast the spread of a statistic changes with its value: Efron's a, by jackknife.

    All people of a cell (and weight) change a statistic alike when left out, so one of each is
    left out and counts for all: the jackknife over people, at the price of one over cells.

    Parameters
    ----------
    cells : Cells or CellsByWeight
        At least two people. Of weighted `Cells`, which do not know each weight, it is unknown.
    statistic : callable
        Takes counts or sums of weights of shape (n, n_groups, 2, 2), returns shape (n, ...).

    Returns
    -------
    numpy.ndarray of the statistic's shape (...)
        NaN where the jackknife does not exist: for sums of weights, where leaving somebody out
        makes the statistic undefined, or where nobody changes it.

    References
    ----------
    B. Efron (1987), "Better bootstrap confidence intervals", J. Amer. Statist. Assoc. 82(397),
    171-185. B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", ch. 14.3.
    """
    if isinstance(cells, Cells) and cells.weighted:
        return np.full_like(statistic(cells.masses[np.newaxis])[0], np.nan)
    left_out, people = _jackknife(cells, statistic)
    share = (people / people.sum()).reshape(-1, *(1,) * (left_out.ndim - 1))
    centred = (share * left_out).sum(axis=0) - left_out
    counted = people.reshape(share.shape)
    squares, cubes = ((counted * centred**power).sum(axis=0) for power in (2, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cubes / (6 * squares**1.5))


def bca_interval(
    drawn: np.ndarray, estimate: float, accelerated: float, *, confidence: float = 0.95
) -> BcaInterval:
    """The replicates' quantiles at levels corrected for bias and acceleration.

    Like percentile intervals it is widened where needed to hold the estimate.

    Parameters
    ----------
    drawn : numpy.ndarray of shape (resamples,)
        Replicates; NaN ones (undefined in that resample) are left out.
    estimate : float
        The statistic of the people themselves.
    accelerated : float
        From `acceleration`; NaN gives percentiles.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    BcaInterval
        In the unit of the statistic.

    Raises
    ------
    ValueError
        If no replicate is defined.

    References
    ----------
    B. Efron (1987), "Better bootstrap confidence intervals", J. Amer. Statist. Assoc. 82(397),
    171-185. B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", ch. 14.3.
    """
    check_confidence(confidence)
    known = drawn[~np.isnan(drawn)]
    bias = _bias(known, estimate)
    tail = float(ndtri((1 + confidence) / 2))
    low, high = (_level(bias, reach, accelerated) for reach in (-tail, tail))
    if why := _why_not(known, bias, accelerated, low, high):
        bare = bootstrap.percentile_interval(drawn, estimate, confidence=confidence)
        return BcaInterval(bare, FALLBACK.format(why), bias, accelerated)
    return BcaInterval(bootstrap.between(known, estimate, low, high), METHOD, bias, accelerated)


def _bias(known: np.ndarray, estimate: float) -> float:
    """z₀: where the estimate stands among its replicates, ties counting half."""
    if not len(known):
        return float("nan")
    below = np.count_nonzero(known < estimate) + np.count_nonzero(known <= estimate)
    return float(ndtri(below / (2 * len(known))))


def _why_not(known: np.ndarray, bias: float, accelerated: float, low: float, high: float) -> str:
    """Why there is no BCa interval; empty if there is one."""
    if len(known) and known.min() == known.max():
        return "all replicates are equal"
    if not np.isfinite(bias):
        return "all replicates lie on one side of the estimate"
    if not np.isfinite(accelerated):
        return "the jackknife is undefined"
    return "" if low < high else "the acceleration is too large"


def _level(bias: float, reach: float, accelerated: float) -> float:
    """The share of replicates below a bound; NaN where the correction does not exist."""
    shifted = bias + reach
    if not np.isfinite(shifted) or not accelerated * shifted < 1:
        return float("nan")
    return float(ndtr(bias + shifted / (1 - accelerated * shifted)))


def _jackknife(cells: Cells | CellsByWeight, statistic: Statistic) -> tuple[np.ndarray, np.ndarray]:
    """The statistic without one person of each occupied cell, and the cells' people."""
    held = np.argwhere(cells.counts)
    people = cells.counts[tuple(held.T)].astype(np.float64)
    everybody = cells.masses if isinstance(cells, Cells) else cells.cells.masses
    block = max(1, _FLOATS_AT_ONCE // everybody.size)
    found = []
    for start in range(0, len(held), block):
        some = held[start : start + block]
        without = np.repeat(everybody[np.newaxis], len(some), axis=0)
        without[(np.arange(len(some)), *some[:, -3:].T)] -= _weight_of(cells, some)
        found.append(statistic(np.maximum(without, 0.0)))
    return np.concatenate(found), people


def _weight_of(cells: Cells | CellsByWeight, held: np.ndarray) -> np.ndarray | float:
    """What one person of each cell weighs."""
    return 1.0 if isinstance(cells, Cells) else np.array(cells.weights)[held[:, 0]]
