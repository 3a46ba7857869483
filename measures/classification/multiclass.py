"""How well predictions of one of several classes agree with what came true.

Definitions are scikit-learn's over all classes counted, with ``zero_division=0``: a class that
is never predicted has precision 0, one that nobody is of has recall 0, and both count towards
the macro average.
"""

from typing import NamedTuple

import numpy as np

from measures.classification.performance import Figure, resampled, share, undefined
from measures.classification.rates import divided
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.classes import ClassCounts

#: Figures of all classes together, in the order of `statistics`.
SUMMARIES = (
    "balanced_accuracy",
    "matthews_correlation",
    "cohen_kappa",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_precision",
    "weighted_recall",
    "weighted_f1",
)

#: With every class counted, each micro average is the accuracy.
MICRO = ("micro_precision", "micro_recall", "micro_f1")

#: How each figure's interval is found.
METHODS = (
    dict.fromkeys(SUMMARIES, bootstrap.METHOD)
    | dict.fromkeys(("accuracy", *MICRO, "precision", "recall"), "Wilson")
    | {"f1": bootstrap.METHOD}
)


class ClassFigures(NamedTuple):
    """One class against the rest: `support` people are of it, `predicted` are said to be."""

    name: str
    support: int
    predicted: int
    precision: Figure
    recall: Figure
    f1: Figure


class MulticlassFigures(NamedTuple):
    """Figures over all classes, and of each class."""

    overall: list[Figure]
    classes: list[ClassFigures]
    n: int


class GroupFigures(NamedTuple):
    """The figures of one group: one level of each feature."""

    features: tuple[str, ...]
    group: tuple[str, ...]
    figures: MulticlassFigures


def multiclass(counts: np.ndarray, classes: tuple[str, ...], drawing: Drawing) -> MulticlassFigures:
    """Every figure of a multiclass model.

    Parameters
    ----------
    counts : numpy.ndarray of shape (n_classes, n_classes)
        People by class and predicted class; at least one.
    classes : tuple of str
        The classes' names.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    MulticlassFigures
        Fractions in [0, 1]; Matthews correlation and Cohen's kappa in [-1, 1]. Balanced
        accuracy is over the classes that somebody is of. Matthews correlation (Gorodkin's
        R_K) is undefined where all are of one class or all predicted to be; kappa where both
        are the same single class.

    Raises
    ------
    ValueError
        If there is nobody, or the names do not fit the counts.

    References
    ----------
    J. Gorodkin (2004), "Comparing two K-category assignments by a K-category correlation
    coefficient", Comput. Biol. Chem. 28(5-6), 367-374. J. Cohen (1960), "A coefficient of
    agreement for nominal scales", Educ. Psychol. Meas. 20(1), 37-46. M. Sokolova, G. Lapalme
    (2009), "A systematic analysis of performance measures for classification tasks", Inf.
    Process. Manag. 45(4), 427-437.
    """
    _check(counts, classes)
    values, people = statistics(counts), int(counts.sum())
    drawn = bootstrap.replicates(counts, statistics, drawing)
    right = int(np.trace(counts))
    exact = [share(name, right, people, drawing.confidence) for name in ("accuracy", *MICRO)]
    summaries = [
        _summary(name, float(values[i]), drawn[:, i], people, drawing)
        for i, name in enumerate(SUMMARIES)
    ]
    start = len(SUMMARIES)
    each = [
        _one_class(counts, i, name, drawn[:, start + i], drawing) for i, name in enumerate(classes)
    ]
    return MulticlassFigures([*exact, *summaries], each, people)


def by_group(counted: ClassCounts, drawing: Drawing) -> list[GroupFigures]:
    """The figures of each group, in the order of the groups; see `multiclass`."""
    return [
        GroupFigures(counted.features, group, multiclass(counts, counted.classes, drawing))
        for group, counts in zip(counted.groups, counted.counts, strict=True)
    ]


def statistics(counts: np.ndarray) -> np.ndarray:
    """Figures of many tables at once.

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., n_classes, n_classes)
        People by class and predicted class.

    Returns
    -------
    numpy.ndarray of shape (..., 9 + n_classes)
        `SUMMARIES`, then F1 of each class; NaN where undefined.
    """
    right = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    people = support.sum(axis=-1).astype(np.float64)
    recalls = divided(right, support)
    per_class = np.nan_to_num(
        np.stack([divided(right, predicted), recalls, divided(2 * right, support + predicted)])
    )
    macro = per_class.mean(axis=-1)
    weighted = divided((per_class * support).sum(axis=-1), people)
    held = (support > 0).sum(axis=-1)
    balanced = divided(np.nan_to_num(recalls).sum(axis=-1), held)
    correlation, kappa = _agreement(right.sum(axis=-1), support, predicted, people)
    summaries = np.stack([balanced, correlation, kappa, *macro, *weighted], axis=-1)
    return np.concatenate([summaries, per_class[2]], axis=-1)


def _agreement(
    right: np.ndarray, support: np.ndarray, predicted: np.ndarray, people: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Matthews correlation and Cohen's kappa, from shares so that nothing overflows."""
    true, said = (
        divided(support, people[..., np.newaxis]),
        divided(predicted, people[..., np.newaxis]),
    )
    by_chance, agreed = (true * said).sum(axis=-1), divided(right, people)
    # one class alone: its share is exactly 1
    spread_true = np.where(true.max(axis=-1) == 1, 0.0, 1 - (true**2).sum(axis=-1))
    spread_said = np.where(said.max(axis=-1) == 1, 0.0, 1 - (said**2).sum(axis=-1))
    one_class = (true * said).max(axis=-1) == 1
    correlation = divided(agreed - by_chance, np.sqrt(spread_true * spread_said))
    kappa = divided(agreed - by_chance, np.where(one_class, 0.0, 1 - by_chance))
    return correlation, kappa


def _summary(name: str, value: float, drawn: np.ndarray, people: int, drawing: Drawing) -> Figure:
    if np.isnan(value) and name in {"matthews_correlation", "cohen_kappa"}:
        return undefined(name, Interval(-1.0, 1.0), people)
    return resampled(name, value, drawn, people, drawing)


def _one_class(
    counts: np.ndarray, place: int, name: str, drawn: np.ndarray, drawing: Drawing
) -> ClassFigures:
    right = int(counts[place, place])
    support, predicted = int(counts[place].sum()), int(counts[:, place].sum())
    if support + predicted:
        value = 2 * right / (support + predicted)
        f1 = resampled("f1", value, drawn, int(counts.sum()), drawing)
    else:
        f1 = share("f1", 0, 0, drawing.confidence)
    return ClassFigures(
        name,
        support,
        predicted,
        share("precision", right, predicted, drawing.confidence),
        share("recall", right, support, drawing.confidence),
        f1,
    )


def _check(counts: np.ndarray, classes: tuple[str, ...]) -> None:
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(
            f"expected counts of {len(classes)} by {len(classes)} classes, got {counts.shape}"
        )
    if not counts.sum():
        raise ValueError("expected at least one person, got none")
