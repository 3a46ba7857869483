"""Bounds of a disparity that hold for every pair of groups together, for `recompute_fairness.py`.

Each pair's difference or ratio has its bounds from Wilson's bounds of both shares, by variance
estimates recovery (Newcombe 1998; Donner and Zou 2012); Šidák's correction makes them hold at once.
"""

from itertools import permutations
from math import inf, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm


class Share(NamedTuple):
    """One group's share, and of how many people."""

    value: float
    people: float


def shares(weights: Any, squares: Any, among: Any, part: Any) -> list[Share]:
    """Each group's share, from its sums by label and prediction."""
    masks = [np.array(mask) for mask in (among, part)]
    sums = [(of * mask).sum(axis=(1, 2)) for of in (weights, squares) for mask in masks]
    return [share(*map(float, each)) for each in zip(*sums, strict=True)]


def share(whole: float, part: float, squares: float, of_part: float) -> Share:
    """As many people as leave the share as uncertain: Kish's number, or fewer if it varies more."""
    p, kish = min(1.0, part / whole), whole * whole / squares
    spread = (1 - p) ** 2 * of_part + p**2 * (squares - of_part)
    return Share(p, min(kish, p * (1 - p) * whole * whole / spread) if 0 < p < 1 else kish)


def widest(rates: list[list[Share]], form: str, confidence: float) -> tuple[float, float]:
    """Bounds of the largest difference or smallest ratio; of several rates the worst counts."""
    groups = len(rates[0])
    each = confidence ** (2 / (len(rates) * groups * (groups - 1)))
    pair = difference if form == "difference" else ratio
    found = [
        pair(first, second, each) for shares in rates for first, second in permutations(shares, 2)
    ]
    worst = max if form == "difference" else min
    low, high = (worst(bounds) for bounds in zip(*found, strict=True))
    return max(0.0, low), min(1.0, high)


def difference(first: Share, second: Share, confidence: float) -> tuple[float, float]:
    """Bounds of the first share less the second."""
    (p, q), gap = (first.value, second.value), first.value - second.value
    (l1, u1), (l2, u2) = wilson(first, confidence), wilson(second, confidence)
    return gap - sqrt((p - l1) ** 2 + (u2 - q) ** 2), gap + sqrt((u1 - p) ** 2 + (q - l2) ** 2)


def ratio(first: Share, second: Share, confidence: float) -> tuple[float, float]:
    """Bounds of the first share over the second."""
    p, q = first.value, second.value
    (l1, u1), (l2, u2) = wilson(first, confidence), wilson(second, confidence)
    lower, upper = (l1 * (2 * p - l1), u2 * (2 * q - u2)), (u1 * (2 * p - u1), l2 * (2 * q - l2))
    least, most = (
        p * q + sqrt(max(0.0, (p * q) ** 2 - ours * theirs)) for ours, theirs in (lower, upper)
    )
    return lower[0] / least if least else 0.0, most / upper[1] if upper[1] else inf


def wilson(share: Share, confidence: float) -> tuple[float, float]:
    """Wilson's interval; the number of people may be an effective one."""
    z, p, n = float(norm.ppf((1 + confidence) / 2)), share.value, share.people
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    return centre - reach if p else 0.0, centre + reach if p < 1 else 1.0
