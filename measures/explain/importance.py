"""How much worse a model does once one feature tells it nothing.

A feature's values are shuffled among the people; the drop of the ROC AUC, or the worsening of
another metric, is its importance. All people are scored in every repeat: `adaptive` asks fewer.
The interval covers both the shuffling and the choice of people: each repeat shuffles anew and
resamples the people. It says what the model uses, not what causes the outcome.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from measures.explain.metric import ROC_AUC, Metric, weighted_auc
from measures.intervals import bootstrap
from measures.intervals.interval import Interval, check_confidence

__all__ = ["METHOD", "Importance", "permutation_importance", "weighted_auc"]

#: What the reports call the method.
METHOD = "Student's t over repeats, each with its own shuffle and its own resample of people"


class Importance(NamedTuple):
    """Mean worsening of the metric (a drop of the ROC AUC is in [-1, 1]) and its interval.

    Below 0 where the model did better without the feature, usually by chance.
    """

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
    metric: Metric = ROC_AUC,
) -> list[Importance]:
    """Importance of each feature by shuffling it.

    Parameters
    ----------
    features : sequence of str
        Names of the features.
    labels : numpy.ndarray of shape (n_people,)
        0 or 1, both present; for a regression metric, numbers.
    score : callable
        ``score(feature, order)`` gives the scores, shape (n_people,), with that feature's
        values taken in that order; None shuffles nothing.
    repeats : int
        Shuffles per feature; at least 2.
    confidence : float
        Coverage wanted, strictly between 0 and 1.
    seed : int
        Seed of the frozen stream.
    metric : Metric, default ROC_AUC
        Whose worsening is the importance, in its unit.

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
    alike = np.ones(people)
    found = []
    for feature in features:
        drops, resampled = np.empty(repeats), np.empty(repeats)
        for i in range(repeats):
            shuffled = score(feature, frozen.permutation(people))
            weights = _resample(labels, frozen)
            drops[i] = _drop(metric, labels, untouched, shuffled, alike)
            resampled[i] = _drop(metric, labels, untouched, shuffled, weights)
        found.append(_importance(feature, drops, resampled, confidence))
    return found


def _drop(
    metric: Metric,
    labels: np.ndarray,
    untouched: np.ndarray,
    shuffled: np.ndarray,
    weights: np.ndarray,
) -> float:
    before, after = (metric.value(labels, each, weights) for each in (untouched, shuffled))
    return metric.worsening(before, after)


def _resample(labels: np.ndarray, frozen: np.random.RandomState) -> np.ndarray:
    """Weights of a resample of the people; within each of two labels, so that none disappears."""
    weights = np.zeros(len(labels))
    for held in _kinds(labels):
        weights[held] = frozen.multinomial(len(held), np.full(len(held), 1 / len(held)))
    return weights


def _kinds(labels: np.ndarray) -> list[np.ndarray]:
    if np.isin(labels, (0, 1)).all():
        found = (np.flatnonzero(labels == label) for label in (0, 1))
        return [held for held in found if len(held)]
    return [np.arange(len(labels))]


def _importance(
    feature: str, drops: np.ndarray, resampled: np.ndarray, confidence: float
) -> Importance:
    value = float(drops.mean())
    reach = float(student.ppf((1 + confidence) / 2, len(drops) - 1)) * _deviation(resampled, value)
    return Importance(feature, value, Interval(value - reach, value + reach))


def _deviation(resampled: np.ndarray, value: float) -> float:
    """How far single repeats lie from the value; shuffling noise is counted in full."""
    return sqrt(float(((resampled - value) ** 2).sum()) / (len(resampled) - 1))
