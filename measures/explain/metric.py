"""Measures of how well scores agree with labels, each with what every single person adds to it.

A person's influence on a figure says how the figure moves when there are a few more people like
them. Influences add up to nothing, and their spread over √n is the standard error of the figure;
the spread of the difference of two influences is that of a change, on the same people.
"""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np


class Evaluated(NamedTuple):
    """A figure and the influence of each person on it, shape (n_people,), mean 0, same unit."""

    value: float
    influence: np.ndarray


class Metric(NamedTuple):
    """One measure of labels and scores.

    `value` takes labels, scores and weights, `evaluated` labels and scores, each of shape
    (n_people,). `sign` is 1 where more is better and −1 for a loss.
    """

    name: str
    unit: str
    sign: int
    value: Callable[[np.ndarray, np.ndarray, np.ndarray], float]
    evaluated: Callable[[np.ndarray, np.ndarray], Evaluated]

    def worsening(self, before: float, after: float) -> float:
        """How much worse the figure became; negative where it became better."""
        return self.sign * (before - after)


def standard_error(influence: np.ndarray) -> float:
    """Standard error of a figure or a change from its influences; NaN of a single person."""
    people = len(influence)
    return float(influence.std(ddof=1)) / sqrt(people) if people > 1 else float("nan")


def weighted_auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """ROC AUC with a weight per person, ties counting half."""
    places, distinct = _places(scores)
    positives = np.bincount(places, weights * labels, distinct)
    negatives = np.bincount(places, weights * (1 - labels), distinct)
    below = np.cumsum(negatives) - negatives
    rightly = np.dot(positives, below + negatives / 2)
    return float(rightly / (positives.sum() * negatives.sum()))


def accuracy_at(threshold: float) -> Metric:
    """Share of people whose label (0 or 1) is what ``score >= threshold`` says; in [0, 1]."""
    return _mean_of(
        "accuracy", "fraction", 1, lambda labels, scores: (scores >= threshold) == (labels == 1)
    )


def _mean_of(
    name: str, unit: str, sign: int, each: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Metric:
    """A metric that is the mean over people of something each of them has."""

    def value(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
        return float(np.average(each(labels, scores), weights=weights))

    def evaluated(labels: np.ndarray, scores: np.ndarray) -> Evaluated:
        parts = each(labels, scores).astype(np.float64)
        mean = float(parts.mean())
        return Evaluated(mean, parts - mean)

    return Metric(name, unit, sign, value, evaluated)


def _surprise(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """−log of the probability given to what happened; kept off 0 and 1 as scikit-learn does."""
    if len(scores) and not (scores.min() >= 0 and scores.max() <= 1):
        raise ValueError(f"expected scores within [0, 1], got {scores.min()} to {scores.max()}")
    unit = np.finfo(np.float64).eps
    likely = np.clip(scores, unit, 1 - unit)
    return -np.where(labels == 1, np.log(likely), np.log1p(-likely))


def _squares(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return np.square(labels - scores)


def _distances(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return np.abs(labels - scores)


def _auc_evaluated(labels: np.ndarray, scores: np.ndarray) -> Evaluated:
    """DeLong's placements, scaled so that every person of either label counts alike."""
    places, distinct = _places(scores)
    positive = labels == 1
    positives = np.bincount(places[positive], minlength=distinct)
    negatives = np.bincount(places[~positive], minlength=distinct)
    n_positive, n_negative = int(positives.sum()), int(negatives.sum())
    if not (n_positive and n_negative):
        raise ValueError(
            f"expected people of both labels, got {n_positive} positives, {n_negative} negatives"
        )
    below = np.cumsum(negatives) - negatives
    above = n_positive - np.cumsum(positives)
    area = int(np.dot(positives, 2 * below + negatives)) / (2 * n_positive * n_negative)
    of_positives = (below + negatives / 2) / n_negative - area
    of_negatives = (above + positives / 2) / n_positive - area
    scaled = len(labels) / n_positive * of_positives, len(labels) / n_negative * of_negatives
    return Evaluated(area, np.where(positive, scaled[0][places], scaled[1][places]))


def _r2_value(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    around = np.square(labels - np.average(labels, weights=weights))
    return 1 - float(np.dot(weights, _squares(labels, scores)) / np.dot(weights, around))


def _r2_evaluated(labels: np.ndarray, scores: np.ndarray) -> Evaluated:
    around = np.square(labels - labels.mean())
    variance = float(around.mean())
    if not variance > 0:
        raise ValueError(
            f"expected labels that differ, got the same one for all {len(labels)} people"
        )
    squares = _squares(labels, scores)
    left = float(squares.mean()) / variance
    return Evaluated(1 - left, (left * around - squares) / variance)


def _places(scores: np.ndarray) -> tuple[np.ndarray, int]:
    """Rank of each score among the distinct ones, and how many distinct ones there are."""
    order = np.argsort(scores)
    ranked = scores[order]
    places = np.empty(len(scores), dtype=np.int64)
    places[order] = np.cumsum(np.r_[False, ranked[1:] != ranked[:-1]][: len(scores)])
    return places, int(places[order[-1]]) + 1 if len(scores) else 0


#: Area under the ROC curve, in [0, 1]; labels 0 and 1. DeLong, DeLong and Clarke-Pearson (1988).
ROC_AUC = Metric("roc_auc", "drop of the ROC AUC", 1, weighted_auc, _auc_evaluated)

#: Mean surprise in nats, at least 0; labels 0 and 1, scores probabilities.
LOG_LOSS = _mean_of("log_loss", "nats", -1, _surprise)

#: Mean squared distance of probability and label, in [0, 1]. G. W. Brier (1950).
BRIER = _mean_of("brier", "fraction", -1, _squares)

#: Mean absolute error, in the unit of the label.
MEAN_ABSOLUTE_ERROR = _mean_of("mean_absolute_error", "unit of the label", -1, _distances)

#: Mean squared error, in the squared unit of the label.
MEAN_SQUARED_ERROR = _mean_of("mean_squared_error", "squared unit of the label", -1, _squares)

#: Share of the variance of the labels that the scores explain; at most 1.
R2 = Metric("r2", "fraction", 1, _r2_value, _r2_evaluated)
