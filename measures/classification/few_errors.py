"""Bounds of figures whose resamples are all alike, as they are where nobody was misjudged.

A resample of people without an error has none either, so a bootstrap leaves no width at all,
be they five or five thousand. Wilson's bounds of the shares behind a figure do not.
"""

from math import sqrt

import numpy as np

from measures.classification import rates
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.intervals.wilson import wilson_interval


def bounds(counts: np.ndarray, name: str, confidence: float) -> Interval:
    """Bounds of one of `rates.COMPOSITES`, from Wilson's bounds of the shares it is made of.

    Means and sums of two shares by variance estimates recovery, F1 = 2J / (1 + J) from
    Jaccard's share J, Matthews correlation as the geometric mean of Youden's index of the
    labels and of the predictions.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction.
    name : str
        One of `rates.COMPOSITES`.
    confidence : float
        Coverage wanted, strictly between 0 and 1.

    References
    ----------
    G. Y. Zou, A. Donner (2008), "Construction of confidence limits about effect measures: a
    general approach", Statist. Med. 27(10), 1693-1702.
    """
    if name == "f1":
        low, high = _share(counts, "jaccard", confidence)[1]
        return Interval(2 * low / (1 + low), 2 * high / (1 + high))
    of_labels = _sum_less_one(counts, ("recall", "specificity"), confidence)
    if name == "youden":
        return of_labels
    if name == "balanced_accuracy":
        return Interval((of_labels.low + 1) / 2, (of_labels.high + 1) / 2)
    of_predictions = _sum_less_one(counts, ("precision", "negative_predictive_value"), confidence)
    lows, highs = zip(of_labels, of_predictions, strict=True)
    return Interval(_geometric_mean(*lows), _geometric_mean(*highs))


def bounds_of_mean_share(people: int, confidence: float) -> Interval:
    """Of a share that is 1 of each of so many people, on average."""
    return wilson_interval(people, people, confidence=confidence)


def _sum_less_one(counts: np.ndarray, names: tuple[str, str], confidence: float) -> Interval:
    (first, (l1, u1)), (second, (l2, u2)) = (_share(counts, name, confidence) for name in names)
    centre = first + second - 1
    low = centre - sqrt((first - l1) ** 2 + (second - l2) ** 2)
    high = centre + sqrt((u1 - first) ** 2 + (u2 - second) ** 2)
    return Interval(max(-1.0, low), min(1.0, high))


def _share(counts: np.ndarray, name: str, confidence: float) -> tuple[float, Interval]:
    happened, possible = (int(part) for part in rates.share_parts(counts, name))
    if not possible:
        return 0.5, UNINFORMATIVE
    return happened / possible, wilson_interval(happened, possible, confidence=confidence)


def _geometric_mean(first: float, second: float) -> float:
    """Of two that have the sign of the correlation; 0 where they do not agree on it."""
    return sqrt(first * second) * (1 if first > 0 else -1) if first * second > 0 else 0.0
