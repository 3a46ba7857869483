"""How well probabilities of several classes rank people, and what they lose."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.classification.performance import Figure, undefined
from measures.intervals.delong import roc_auc
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.classes import ClassScores
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {
    "roc_auc": "DeLong",
    "macro_roc_auc": "DeLong by class, added up as if fully dependent (conservative)",
    "weighted_roc_auc": "DeLong by class, added up as if fully dependent (conservative)",
    "log_loss": "normal (central limit theorem)",
    "brier": "normal (central limit theorem)",
}


class RestAreas(NamedTuple):
    """Areas of each class against the rest, their mean, and their mean weighted by people."""

    classes: dict[str, Figure]
    macro: Figure
    weighted: Figure


def one_versus_rest(scored: ClassScores, *, confidence: float = 0.95) -> RestAreas:
    """Area under the ROC curve of each class against the rest.

    Parameters
    ----------
    scored : ClassScores
        People by probability of each class.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    RestAreas
        Fractions in [0, 1]. The averages are scikit-learn's ``multi_class="ovr"``; their
        interval is the average of the classes' DeLong intervals, since a mean never varies
        more than if its parts moved together. Undefined (as are the averages) where nobody
        or everybody is of a class.

    References
    ----------
    F. Provost, P. Domingos (2000), "Well-trained PETs: improving probability estimation
    trees", CeDER Working Paper IS-00-04, New York University.
    """
    areas = [_area(each, confidence) for each in scored.scores]
    people = np.array([each.positives.sum() for each in scored.scores], dtype=np.float64)
    even = np.ones(len(areas)) / max(len(areas), 1)
    return RestAreas(
        dict(zip(scored.classes, areas, strict=True)),
        _averaged("macro_roc_auc", areas, even),
        _averaged("weighted_roc_auc", areas, people / max(people.sum(), 1)),
    )


def class_losses(scored: ClassScores, *, confidence: float = 0.95) -> list[Figure]:
    """Brier score and log loss over classes: means over people, with normal intervals.

    Parameters
    ----------
    scored : ClassScores
        People by probability of each class; at least one.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Brier score Σ over classes of (probability − being of it)², in [0, 2]; log loss
        −ln(probability of the own class) in nats, at least 0, probabilities kept a rounding
        unit away from 0 and 1 as in scikit-learn.

    Raises
    ------
    ValueError
        If there is nobody.

    References
    ----------
    G. W. Brier (1950), "Verification of forecasts expressed in terms of probability", Mon.
    Weather Rev. 78(1), 1-3.
    """
    check_confidence(confidence)
    people = scored.rows
    if not people:
        raise ValueError("expected at least one person, got none")
    z = float(ndtri((1 + confidence) / 2))
    mean = scored.brier / people
    within = (scored.brier_squares - people * mean * mean) / max(people - 1, 1)
    deviation = sqrt(max(float(within), 0.0))
    loss, spread = _surprise(scored)
    return [
        _mean("brier", "score", float(mean), z * deviation / sqrt(people), people),
        _mean("log_loss", "nats", loss, z * spread / sqrt(people), people),
    ]


def _surprise(scored: ClassScores) -> tuple[float, float]:
    """Mean and deviation of −ln(probability of the own class)."""
    unit = np.finfo(np.float64).eps
    surprises = np.concatenate([-np.log(np.clip(s.scores, unit, 1 - unit)) for s in scored.scores])
    people = np.concatenate([each.positives for each in scored.scores])
    n = int(people.sum())
    mean = float((people * surprises).sum()) / n
    squares = float((people * (surprises - mean) ** 2).sum())
    return mean, sqrt(squares / max(n - 1, 1))


def _mean(name: str, unit: str, mean: float, reach: float, n: int) -> Figure:
    return Figure(name, mean, Interval(max(0.0, mean - reach), mean + reach), n, unit)


def _area(scores: ScoreCounts, confidence: float) -> Figure:
    if not (scores.positives.sum() and scores.negatives.sum()):
        return undefined("roc_auc", n=scores.rows)
    found = roc_auc(scores, confidence=confidence)
    return Figure("roc_auc", found.value, found.interval, scores.rows)


def _averaged(name: str, areas: list[Figure], weights: np.ndarray) -> Figure:
    n = areas[0].n if areas else 0
    if not areas or not all(area.defined for area in areas):
        return undefined(name, n=n)
    value, low, high = (
        float(sum(w * part for w, part in zip(weights, parts, strict=True)))
        for parts in (
            [area.value for area in areas],
            [area.interval.low for area in areas],
            [area.interval.high for area in areas],
        )
    )
    return Figure(name, value, Interval(min(low, value), max(high, value)), n)
