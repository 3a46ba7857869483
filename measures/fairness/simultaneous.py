"""Bounds of the largest gap between groups that hold for every pair of groups at once.

The largest of several gaps is found large by chance alone: resamples of groups that are all
alike lie apart, and the more groups the further, so that no percentile of them reaches back to
no gap. Bounds that hold for all pairs together do, and few people or none selected leave them
wide.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.intervals.interval import Interval, check_confidence

Form = Literal["difference", "ratio"]

#: What the reports call the method.
METHOD = "pairs of groups by variance estimates recovery from Wilson's bounds, together (Šidák)"


class Shares(NamedTuple):
    """One rate of every group: its value and the people it rests on, each (n_groups,)."""

    value: np.ndarray
    people: np.ndarray


def extreme_gap(rates: Sequence[Shares], form: Form, *, confidence: float = 0.95) -> Interval:
    """Bounds of the largest difference, or of the smallest ratio, between any two groups.

    Parameters
    ----------
    rates : sequence of Shares
        One rate, or several of which the worst counts; at least two groups, each with people.
    form : {"difference", "ratio"}
        Highest less lowest, or lowest over highest.
    confidence : float, default 0.95
        Of all pairs together.

    Returns
    -------
    Interval
        Within [0, 1].

    References
    ----------
    R. G. Newcombe (1998), "Interval estimation for the difference between independent
    proportions", Statist. Med. 17(8), 873-890 (method 10); A. Donner, G. Y. Zou (2012),
    "Closed-form confidence intervals for functions of the normal mean and standard deviation",
    Stat. Methods Med. Res. 21(4), 347-359; Z. Šidák (1967), J. Amer. Statist. Assoc. 62, 626-633.
    """
    check_confidence(confidence)
    groups = len(rates[0].value)
    pairs = len(rates) * groups * (groups - 1) // 2
    each = confidence ** (1 / pairs)
    found = [_of_rate(rate, form, each) for rate in rates]
    lows, highs = ([bounds[place] for bounds in found] for place in (0, 1))
    worst = max if form == "difference" else min
    return Interval(min(1.0, max(0.0, worst(lows))), min(1.0, max(0.0, worst(highs))))


def _of_rate(rate: Shares, form: Form, confidence: float) -> tuple[float, float]:
    low, high = _wilson(rate, confidence)
    pair = _differences if form == "difference" else _ratios
    lows, highs = pair(rate.value, low, high)
    apart = ~np.eye(len(rate.value), dtype=bool)
    if form == "difference":
        return float(lows[apart].max()), float(highs[apart].max())
    return float(lows[apart].min()), float(highs[apart].min())


def _wilson(rate: Shares, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """As `measures.intervals.wilson`, of every group."""
    z, share, n = float(ndtri((1 + confidence) / 2)), rate.value, rate.people
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    reach = z / scale * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.where(share == 0, 0.0, centre - reach), np.where(share == 1, 1.0, centre + reach)


def _differences(
    share: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of each group's share less each other's, (n_groups, n_groups)."""
    gap = share[:, None] - share
    below, above = (share - low) ** 2, (high - share) ** 2
    return gap - np.sqrt(below[:, None] + above), gap + np.sqrt(above[:, None] + below)


def _ratios(share: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of each group's share over each other's, (n_groups, n_groups)."""
    product = share[:, None] * share
    lowest, highest = low * (2 * share - low), high * (2 * share - high)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(product**2 - lowest[:, None] * highest, 0.0))
        lows = lowest[:, None] / (product + root)
        root = np.sqrt(np.maximum(product**2 - highest[:, None] * lowest, 0.0))
        highs = (product + root) / lowest
    # nobody selected on either side: the ratio may be anything
    return np.nan_to_num(lows, nan=0.0), np.where(np.isfinite(highs), highs, np.inf)
