"""Figures from scores in bins, each with a bound of what the bins may hide.

The exact figure of the same people lies within value ± bound, always; the interval says, as
ever, where other people's might lie, and is widened by the bound.
"""

from typing import NamedTuple

import numpy as np

from measures.classification import performance
from measures.classification.performance import Confusion, confusion
from measures.intervals.delong import roc_auc
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.reduce.score_bins import ScoreBins
from measures.reduce.scores import ScoreCounts, score_counts


class Bounded(NamedTuple):
    """A figure of `n` people known to within `bound`; NaN where `defined` is False."""

    name: str
    value: float
    bound: float
    interval: Interval
    n: int
    defined: bool = True


class BoundedConfusion(NamedTuple):
    """Counts at a threshold: between those at the edges below and above it, equal on an edge."""

    threshold: float
    at_edge_below: Confusion
    at_edge_above: Confusion

    @property
    def exact(self) -> bool:
        """Whether the counts are those of the threshold itself."""
        return self.at_edge_below == self.at_edge_above


def area(bins: ScoreBins, place: int, *, confidence: float = 0.95) -> Bounded:
    """Area under the ROC curve of a group, to within ½ Σ p_b n_b / (P N).

    Parameters
    ----------
    bins : ScoreBins
        People by group, bin of scores and label.
    place : int
        Which group.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Bounded
        Pairs in one bin count half, so they are off by half at most: the bound. Interval as
        DeLong's, widened by the bound. Undefined where a label has nobody.
    """
    negatives, positives = bins.counts[place].T
    n, pairs = int(bins.counts[place].sum()), int(negatives.sum()) * int(positives.sum())
    if not pairs:
        return Bounded("roc_auc", float("nan"), float("nan"), UNINFORMATIVE, n, defined=False)
    found = roc_auc(bins.scores(place), confidence=confidence)
    unsure = (negatives.astype(object) * positives).sum() / (2 * pairs)
    return Bounded("roc_auc", found.value, unsure, widened(found.interval, unsure), n)


def brier(bins: ScoreBins, place: int, *, confidence: float = 0.95) -> Bounded:
    """Brier score of a group.

    Parameters
    ----------
    bins, place, confidence
        As for `area`.

    Returns
    -------
    Bounded
        Exact but for the spread of scores within a bin and label, at most
        (mean − low edge)(high edge − mean) a person; half of that is added and is the bound.
    """
    n = int(bins.counts[place].sum())
    if not n:
        return Bounded("brier", float("nan"), float("nan"), UNINFORMATIVE, n, defined=False)
    means, widest = _means(bins, place), 1 / bins.bins
    low = bins.edges[:-1, np.newaxis]
    hidden = bins.counts[place] * (means - low) * (low + widest - means)
    half = float(np.maximum(hidden, 0.0).sum()) / n / 2
    found = performance.losses(at_means(bins, place), confidence=confidence)[0]
    low_end, high_end = found.interval
    shifted = Interval(low_end + half, high_end + half)
    return Bounded("brier", found.value + half, half, widened(shifted, half), n)


def confusions(
    bins: ScoreBins, place: int, thresholds: tuple[float, ...]
) -> list[BoundedConfusion]:
    """Counts at thresholds, where scores of at least the threshold are selected.

    Parameters
    ----------
    bins, place
        As for `area`.
    thresholds : tuple of float
        Each in [0, 1].

    Returns
    -------
    list of BoundedConfusion
        Exact on an edge of a bin (below 1), otherwise between two of them.

    Raises
    ------
    ValueError
        If a threshold lies outside [0, 1].
    """
    if outside := [each for each in thresholds if not 0 <= each <= 1]:
        raise ValueError(f"expected thresholds within [0, 1], got {outside}")
    below = np.concatenate([np.zeros((1, 2), np.int64), np.cumsum(bins.counts[place], axis=0)])
    tables = np.stack([below, below[-1] - below], axis=-1)
    found = []
    for each in thresholds:
        scaled = each * bins.bins  # exact: the number of bins is a power of two
        edge = min(int(scaled), bins.bins - 1)
        above = edge if scaled == edge else edge + 1
        found.append(BoundedConfusion(each, confusion(tables[edge]), confusion(tables[above])))
    return found


def at_means(bins: ScoreBins, place: int) -> ScoreCounts:
    """A group's people, each with the mean score of those of his bin and label."""
    negatives, positives = bins.counts[place].T
    means, nobody = _means(bins, place), np.zeros_like(negatives)
    scores = np.concatenate([means[:, 0], means[:, 1]])
    both = np.concatenate([negatives, nobody]), np.concatenate([nobody, positives])
    held = both[0] + both[1] > 0
    return score_counts(scores[held], both[0][held], both[1][held])


def widened(interval: Interval, bound: float) -> Interval:
    """An interval of a fraction, wider by a bound on both sides and within [0, 1]."""
    return Interval(max(0.0, interval.low - bound), min(1.0, interval.high + bound))


def _means(bins: ScoreBins, place: int) -> np.ndarray:
    """Mean score per bin and label, shape (n_bins, 2); the low edge where nobody is."""
    low, counts = bins.edges[:-1, np.newaxis], bins.counts[place]
    means = np.divide(bins.sums[place], counts, out=low.repeat(2, axis=1), where=counts > 0)
    # a rounded mean must not leave its bin
    high = np.nextafter(bins.edges[1:], 0)
    high[-1] = 1.0
    return np.asarray(np.clip(means, low, high[:, np.newaxis]))
