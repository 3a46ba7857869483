"""How well predictions and scores agree with what came true, and how sure we are of it.

Shares carry Wilson intervals; what is no share of people (F1, balanced accuracy) a bootstrap on
the four counts; mean losses a normal interval. Definitions are scikit-learn's, and certified.
"""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.classification import few_errors, rates
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.delong import roc_auc
from measures.intervals.interval import UNINFORMATIVE, Interval, check_confidence
from measures.intervals.wilson import wilson_interval
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {
    "roc_auc": "DeLong",
    "accuracy": "Wilson",
    "balanced_accuracy": bootstrap.METHOD,
    "precision": "Wilson",
    "recall": "Wilson",
    "specificity": "Wilson",
    "f1": bootstrap.METHOD,
    "brier": "normal (central limit theorem)",
    "log_loss": "normal (central limit theorem)",
    "selection_rate": "Wilson",
}


#: What is known of a figure that may be any number.
UNKNOWN = Interval(-inf, inf)

#: Replicates this near to each other differ by rounding alone.
_ROUNDING = 1e-12

#: The shares a validation reports.
_REPORTED = ("accuracy", "precision", "recall", "specificity", "selection_rate")


class Figure(NamedTuple):
    """One figure; `n` people count towards it. Fractions in [0, 1] unless `unit` says other.

    `defined` is False where nobody could count towards it; its interval then says nothing,
    and its value is NaN or, where scikit-learn has one, 0.0.
    """

    name: str
    value: float
    interval: Interval
    n: int
    unit: str = "fraction"
    defined: bool = True


class Confusion(NamedTuple):
    """People by label and prediction."""

    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int


def confusion(counts: np.ndarray) -> Confusion:
    """The four counts from an array of shape (2, 2), ``counts[label, prediction]``."""
    return Confusion(*(int(count) for count in counts.ravel()))


def shares(
    counts: np.ndarray, *, confidence: float = 0.95, names: Sequence[str] = _REPORTED
) -> list[Figure]:
    """Accuracy, precision, recall, specificity and selection rate, with Wilson intervals.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    names : sequence of str
        Other shares of `rates.SHARES`, if wanted.

    Returns
    -------
    list of Figure
        Fractions in [0, 1]. Where nobody could count towards one its value is 0.0, as in
        scikit-learn with ``zero_division=0``, its n 0 and its interval [0, 1].
    """
    asked = ((name, *rates.share_parts(counts, name)) for name in names)
    return [share(name, int(part), int(whole), confidence) for name, part, whole in asked]


def composites(counts: np.ndarray, drawing: Drawing) -> list[Figure]:
    """Balanced accuracy and F1, with bootstrap intervals on the four counts.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction; each label has somebody.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    list of Figure
        Fractions in [0, 1].
    """
    return _composites(counts, drawing, ("balanced_accuracy", "f1"))


def all_composites(counts: np.ndarray, drawing: Drawing) -> list[Figure]:
    """Also Matthews correlation and Youden's index, both in [-1, 1]; else as `composites`.

    Where a label (or, for the correlation, a prediction) has nobody, the figure is undefined.
    """
    return _composites(counts, drawing, rates.COMPOSITES)


def area(scores: ScoreCounts, *, confidence: float = 0.95) -> Figure:
    """Area under the ROC curve, with DeLong's interval."""
    found = roc_auc(scores, confidence=confidence)
    return Figure("roc_auc", found.value, found.interval, scores.rows)


def losses(scores: ScoreCounts, *, confidence: float = 0.95) -> list[Figure]:
    """Brier score and log loss: means over people, with normal intervals.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities of the favourable outcome, in [0, 1].
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Brier score as a fraction in [0, 1]; log loss in nats, at least 0. Probabilities are
        kept a rounding unit away from 0 and 1 for the log loss, as scikit-learn does.

    Raises
    ------
    ValueError
        If a score lies outside [0, 1].
    """
    check_confidence(confidence)
    check_probabilities(scores)
    unit = np.finfo(np.float64).eps
    likely = np.clip(scores.scores, unit, 1 - unit)
    squares = ((scores.scores**2), (1 - scores.scores) ** 2)
    surprise = (-np.log1p(-likely), -np.log(likely))
    return [
        _mean_loss("brier", "fraction", squares, scores, confidence),
        _mean_loss("log_loss", "nats", surprise, scores, confidence),
    ]


def roc_curve(scores: ScoreCounts, *, most: int = 200) -> list[tuple[float, float]]:
    """Points (false positive rate, true positive rate) from (0, 0) to (1, 1), thinned evenly."""
    found = [np.cumsum(part[::-1]) / part.sum() for part in (scores.negatives, scores.positives)]
    false, true = (np.concatenate([[0.0], part]) for part in found)
    kept = np.unique(np.linspace(0, len(false) - 1, min(most, len(false))).round().astype(int))
    return [(float(x), float(y)) for x, y in zip(false[kept], true[kept], strict=True)]


def share(name: str, happened: int, possible: int, confidence: float) -> Figure:
    """A share of people with its Wilson interval; 0.0 and undefined if nobody counts."""
    if not possible:
        return Figure(name, 0.0, UNINFORMATIVE, 0, defined=False)
    interval = wilson_interval(happened, possible, confidence=confidence)
    return Figure(name, happened / possible, interval, possible)


def _composites(counts: np.ndarray, drawing: Drawing, names: Sequence[str]) -> list[Figure]:
    people = int(counts.sum())
    if not people:
        return [undefined(name, limits_of(name)) for name in names]
    drawn = bootstrap.replicates(counts, rates.composites, drawing)
    values = rates.composites(counts)
    found = []
    for name in names:
        place = rates.COMPOSITES.index(name)
        least = few_errors.bounds(counts, name, drawing.confidence)
        figure = resampled(
            name, float(values[place]), drawn[:, place], people, drawing, least=least
        )
        no_f1 = name == "f1" and counts[0, 0] == people
        found.append(figure._replace(interval=UNINFORMATIVE, defined=False) if no_f1 else figure)
    return found


def limits_of(name: str) -> Interval:
    """Between what a figure of this name always lies."""
    return Interval(-1.0, 1.0) if name in {"matthews_correlation", "youden"} else UNINFORMATIVE


def resampled(
    name: str,
    value: float,
    drawn: np.ndarray,
    n: int,
    drawing: Drawing,
    *,
    unit: str = "fraction",
    least: Interval | None = None,
) -> Figure:
    """A figure with the percentile interval of its replicates; undefined if it is NaN.

    `least` is the interval where all replicates are alike and say nothing.
    """
    if np.isnan(value) or np.isnan(drawn).all():
        return undefined(name, limits_of(name) if unit == "fraction" else UNKNOWN, n, unit)
    interval = bootstrap.percentile_interval(drawn, value, confidence=drawing.confidence)
    if least is not None and interval.high - interval.low < _ROUNDING:
        interval = Interval(min(least.low, value), max(least.high, value))
    return Figure(name, value, interval, n, unit)


def undefined(
    name: str, limits: Interval = UNINFORMATIVE, n: int = 0, unit: str = "fraction"
) -> Figure:
    """A figure there is none of: NaN, and anything is possible."""
    return Figure(name, float("nan"), limits, n, unit, defined=False)


def _mean_loss(
    name: str,
    unit: str,
    loss: tuple[np.ndarray, np.ndarray],
    scores: ScoreCounts,
    confidence: float,
) -> Figure:
    """Mean over people of a loss given per score for label 0 and for label 1."""
    people, weights = scores.rows, (scores.negatives, scores.positives)
    # summed, not multiplied as vectors: a threaded product may differ in the last bit
    both = list(zip(weights, loss, strict=True))
    mean = sum(float((n * each).sum()) for n, each in both) / people
    squares = sum(float((n * (each - mean) ** 2).sum()) for n, each in both)
    error = sqrt(squares / max(people - 1, 1) / people)
    reach = float(ndtri((1 + confidence) / 2)) * error
    return Figure(name, mean, Interval(max(0.0, mean - reach), mean + reach), people, unit)


def check_probabilities(scores: ScoreCounts) -> None:
    """Raise ValueError unless there are people and all their scores lie within [0, 1]."""
    if not len(scores.scores):
        raise ValueError("expected at least one person with a score, got none")
    low, high = float(scores.scores[0]), float(scores.scores[-1])
    if low < 0 or high > 1:
        raise ValueError(f"expected scores within [0, 1], got {low} to {high}")
