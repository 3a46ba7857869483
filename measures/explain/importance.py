"""How much worse a model ranks people once one feature tells it nothing.

A feature's values are shuffled among the people; the drop of the ROC AUC is its importance.
The interval covers both the shuffling and the choice of people: each repeat shuffles anew and
resamples the people. It says what the model uses, not what causes the outcome.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from measures.intervals import bootstrap
from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "Student's t over repeats, each with its own shuffle and its own resample of people"


class Importance(NamedTuple):
    """Mean drop of the ROC AUC (in [-1, 1]; below 0 by chance only) and its interval."""

    feature: str
    value: float
    interval: Interval


def permutation_importance(
    features: Sequence[str],
    labels: np.ndarray,
    score: Callable[[str | None, np.ndarray], np.ndarray],
    *,
    repeats: int,
    confidence: float,
    seed: int,
) -> list[Importance]:
    """Importance of each feature by shuffling it.

    Parameters
    ----------
    features : sequence of str
        Names of the features.
    labels : numpy.ndarray of shape (n_people,)
        0 or 1, both present.
    score : callable
        ``score(feature, order)`` gives the scores, shape (n_people,), with that feature's
        values taken in that order; None shuffles nothing.
    repeats : int
        Shuffles per feature; at least 2.
    confidence : float
        Coverage wanted, strictly between 0 and 1.
    seed : int
        Seed of the frozen stream.

    Returns
    -------
    list of Importance
        In the order of the features.

    Raises
    ------
    ValueError
        If there are fewer than two repeats.

    References
    ----------
    L. Breiman (2001), "Random forests", Machine Learning 45, 5-32.
    """
    check_confidence(confidence)
    if repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {repeats}")
    frozen, people = bootstrap.stream(seed), len(labels)
    untouched = score(None, np.arange(people))
    found = []
    for feature in features:
        drops, resampled = np.empty(repeats), np.empty(repeats)
        for i in range(repeats):
            shuffled = score(feature, frozen.permutation(people))
            weights = _both_labels(labels, frozen)
            drops[i] = _drop(labels, untouched, shuffled, np.ones(people))
            resampled[i] = _drop(labels, untouched, shuffled, weights)
        found.append(_importance(feature, drops, resampled, confidence))
    return found


def weighted_auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """ROC AUC with a weight per person, ties counting half."""
    distinct, places = np.unique(scores, return_inverse=True)
    positives = np.bincount(places, weights * labels, len(distinct))
    negatives = np.bincount(places, weights * (1 - labels), len(distinct))
    below = np.cumsum(negatives) - negatives
    rightly = np.dot(positives, below + negatives / 2)
    return float(rightly / (positives.sum() * negatives.sum()))


def _drop(
    labels: np.ndarray, untouched: np.ndarray, shuffled: np.ndarray, weights: np.ndarray
) -> float:
    return weighted_auc(labels, untouched, weights) - weighted_auc(labels, shuffled, weights)


def _both_labels(labels: np.ndarray, frozen: np.random.RandomState) -> np.ndarray:
    """Weights of a resample of the people, drawn within each label so that none disappears."""
    weights = np.zeros(len(labels))
    for label in (0, 1):
        held = np.flatnonzero(labels == label)
        weights[held] = frozen.multinomial(len(held), np.full(len(held), 1 / len(held)))
    return weights


def _importance(
    feature: str, drops: np.ndarray, resampled: np.ndarray, confidence: float
) -> Importance:
    value = float(drops.mean())
    reach = float(student.ppf((1 + confidence) / 2, len(drops) - 1)) * _deviation(resampled, value)
    return Importance(feature, value, Interval(value - reach, value + reach))


def _deviation(resampled: np.ndarray, value: float) -> float:
    """How far single repeats lie from the value; shuffling noise is counted in full."""
    return sqrt(float(((resampled - value) ** 2).sum()) / (len(resampled) - 1))
