"""Which of two scores ranks the same people better: areas under two correlated ROC curves."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.fairness.proportions import UNTESTABLE, SignificanceTest, two_sided
from measures.intervals.delong import RocAuc, roc_auc
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.pairs import PairedScores
from measures.reduce.scores import score_counts


class PairedAuc(NamedTuple):
    """Both areas, and the second minus the first; fractions.

    `standard_error` is DeLong's of the difference, its `interval` and `test` (z) follow from
    it. Where that is zero (the scores rank alike) or unknown (one person of a label), error,
    interval and test are None.
    """

    first: RocAuc
    second: RocAuc
    difference: float
    standard_error: float | None
    interval: Interval | None
    test: SignificanceTest
    positives: int
    negatives: int


def compare_areas(scores: PairedScores, *, confidence: float = 0.95) -> PairedAuc:
    """Compare the areas under the ROC curves of two scores of the same people.

    Parameters
    ----------
    scores : PairedScores
        At least one person of each label.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    PairedAuc
        The difference in [−1, 1].

    Raises
    ------
    ValueError
        If a label has nobody.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), "Comparing the areas under two or
    more correlated receiver operating characteristic curves: a nonparametric approach",
    Biometrics 44(3), 837-845.
    """
    check_confidence(confidence)
    people = scores.negatives, scores.positives
    first, second = (
        roc_auc(score_counts(each, *people), confidence=confidence)
        for each in (scores.first, scores.second)
    )
    one, other = _placements(scores.first, *people), _placements(scores.second, *people)
    negatives, positives = (int(each.sum()) for each in people)
    difference = second.value - first.value
    variance = sum(
        _spread(after - before, counts)
        for before, after, counts in zip(one, other, people, strict=True)
    )
    if not variance > 0:
        return PairedAuc(first, second, difference, None, None, UNTESTABLE, positives, negatives)
    error = sqrt(variance)
    reach = float(ndtri((1 + confidence) / 2)) * error
    interval = Interval(max(-1.0, difference - reach), min(1.0, difference + reach))
    test = SignificanceTest(difference / error, two_sided(difference / error))
    return PairedAuc(first, second, difference, error, interval, test, positives, negatives)


def _placements(
    scores: np.ndarray, negatives: np.ndarray, positives: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For a negative (positive) of each entry: the share of the others it is ranked rightly to."""
    counts = score_counts(scores, negatives, positives)
    place = np.searchsorted(counts.scores, scores)
    below = np.cumsum(counts.negatives) - counts.negatives + counts.negatives / 2
    above = counts.positives.sum() - np.cumsum(counts.positives) + counts.positives / 2
    of_negatives, of_positives = above / positives.sum(), below / negatives.sum()
    return of_negatives[place], of_positives[place]


def _spread(changes: np.ndarray, people: np.ndarray) -> float:
    """Variance of the mean change of placement; NaN of a single person."""
    total = int(people.sum())
    if total < 2:
        return float("nan")
    mean = float(np.dot(people, changes)) / total
    return float(np.dot(people, (changes - mean) ** 2) / (total - 1) / total)
