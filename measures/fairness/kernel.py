"""Every group metric of every group and every resample at once, from counts or sums of weights.

Definitions are Fairlearn's, to the last case: a rate whose denominator is zero is 0.0 (and
flagged here, which Fairlearn does not do), a group nobody belongs to is NaN and left out of
the comparison. `certificate` proves the agreement each time numbers are published.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np


class _Confusion:
    """Sums over people by label and prediction; each of shape (n_groups, ...)."""

    def __init__(self, parts: np.ndarray, heads: np.ndarray) -> None:
        self.tn, self.fp, self.fn, self.tp = parts
        self.heads = heads

    @cached_property
    def negatives(self) -> np.ndarray:
        return self.tn + self.fp

    @cached_property
    def positives(self) -> np.ndarray:
        return self.fn + self.tp

    @cached_property
    def selected(self) -> np.ndarray:
        return self.fp + self.tp

    @cached_property
    def everybody(self) -> np.ndarray:
        return self.negatives + self.positives

    @cached_property
    def errors(self) -> np.ndarray:
        return self.fp + self.fn


#: What a metric divides by what.
_Fraction = Callable[[_Confusion], tuple[np.ndarray, np.ndarray]]

_FRACTIONS: dict[str, _Fraction] = {
    "selection_rate": lambda of: (of.selected, of.everybody),
    "true_positive_rate": lambda of: (of.tp, of.positives),
    "false_positive_rate": lambda of: (of.fp, of.negatives),
    "false_negative_rate": lambda of: (of.fn, of.positives),
    "true_negative_rate": lambda of: (of.tn, of.negatives),
    "accuracy": lambda of: (of.tn + of.tp, of.everybody),
    "precision": lambda of: (of.tp, of.selected),
    "f1": lambda of: (2 * of.tp, 2 * of.tp + of.errors),
}

#: The metrics, in the order of the last axis of `Evaluation.rates`.
METRICS = (*_FRACTIONS, "zero_one_loss", "balanced_accuracy", "count")

#: Other names of the same metrics, for predictions of 0 and 1.
ALIASES = {"mean_prediction": "selection_rate", "recall": "true_positive_rate"}


class Evaluation(NamedTuple):
    """Metrics of groups; leading axes, if any, are resamples.

    `rates` has shape (..., n_groups, n_metrics), a fraction in [0, 1] (a number of people for
    "count") or NaN for an empty group; `overall` (..., n_metrics) is of all people together;
    `defined` (like `rates`) is False where the denominator is zero. `metrics` names the last
    axis.
    """

    rates: np.ndarray
    overall: np.ndarray
    defined: np.ndarray
    metrics: tuple[str, ...] = METRICS

    def of(self, metric: str) -> np.ndarray:
        """One metric of every group, shape (..., n_groups)."""
        return self.rates[..., self.metrics.index(metric)]


class Disparities(NamedTuple):
    """How far groups lie apart; each of shape (..., n_metrics) and in Fairlearn's definition."""

    difference: np.ndarray
    ratio: np.ndarray
    difference_to_overall: np.ndarray
    ratio_to_overall: np.ndarray
    group_min: np.ndarray
    group_max: np.ndarray


class Gaps(NamedTuple):
    """The disparities that policies speak of; each of shape (...), a fraction in [0, 1]."""

    selection_rate_ratio: np.ndarray
    selection_rate_difference: np.ndarray
    equalized_odds_difference: np.ndarray
    equal_opportunity_difference: np.ndarray


def position(metric: str) -> int:
    """Where a metric lies on the last axis when all are evaluated."""
    return METRICS.index(ALIASES.get(metric, metric))


def fractions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each metric that is one fraction divides by what: the first eight.

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., n_groups, 2, 2)
        People (or their weights) per group, label and prediction.

    Returns
    -------
    tuple of two numpy.ndarray of shape (..., n_groups, 8)
        Numerators and denominators; of counts whole numbers, as float64.
    """
    first = _parts_first(counts)
    confusion = _Confusion(first, first.sum(axis=0))
    parts = [divided(confusion) for divided in _FRACTIONS.values()]
    numerators, denominators = (np.stack(each) for each in zip(*parts, strict=True))
    return _last(numerators), _last(denominators)


def evaluate(
    counts: np.ndarray, metrics: Sequence[str] = METRICS, *, people: np.ndarray | None = None
) -> Evaluation:
    """Metrics of all groups (and resamples).

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., n_groups, 2, 2)
        People per group, label and prediction, or their weights summed; finite, none negative.
    metrics : sequence of str
        From `METRICS`; by default all.
    people : numpy.ndarray, shaped as `counts`, optional
        Where `counts` are weights: how many people "count" is to count, those of groups
        without weight left out.

    Returns
    -------
    Evaluation
        By group and overall. A group without people or weight is NaN and not defined.

    References
    ----------
    Fairlearn, ``fairlearn.metrics.MetricFrame`` and its base metrics. H. Weerts et al. (2023),
    "Fairlearn: assessing and improving fairness of AI systems", J. Mach. Learn. Res. 24(257).
    """
    parts = _parts_first(counts)
    heads = parts.sum(axis=0) if people is None else _counted(people, parts)
    rates, defined = _rates(_Confusion(parts, heads), metrics)
    overall, _ = _rates(_Confusion(parts.sum(axis=1), heads.sum(axis=0)), metrics)
    return Evaluation(_last(rates), np.moveaxis(overall, 0, -1), _last(defined), tuple(metrics))


def disparities(evaluation: Evaluation) -> Disparities:
    """Largest differences and smallest ratios between groups, and of groups to all people.

    A ratio of zero to zero is NaN, as in Fairlearn.
    """
    rates, overall = evaluation.rates, evaluation.overall[..., np.newaxis, :]
    lowest, highest = _extremes(rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = rates / overall
        folded = np.where(relative > 1, 1 / relative, relative)
    return Disparities(
        difference=highest - lowest,
        ratio=_ratio(lowest, highest),
        difference_to_overall=np.fmax.reduce(np.abs(rates - overall), axis=-2),
        ratio_to_overall=np.fmin.reduce(folded, axis=-2),
        group_min=lowest,
        group_max=highest,
    )


#: The metrics that `gaps` compares.
GAP_METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate")


def gaps(evaluation: Evaluation) -> Gaps:
    """The disparities that policies speak of, between groups; needs `GAP_METRICS` only."""
    places = [evaluation.metrics.index(metric) for metric in GAP_METRICS]
    lowest, highest = _extremes(evaluation.rates[..., places])
    ratio, difference = _ratio(lowest[..., 0], highest[..., 0]), highest - lowest
    return Gaps(
        selection_rate_ratio=ratio,
        selection_rate_difference=difference[..., 0],
        equalized_odds_difference=np.maximum(difference[..., 1], difference[..., 2]),
        equal_opportunity_difference=difference[..., 1],
    )


def gaps_of(counts: np.ndarray) -> np.ndarray:
    """The four gaps of counts, shape (..., 4), in the order of `Gaps`."""
    return np.stack(gaps(evaluate(counts, GAP_METRICS)), axis=-1)


class Disparity(NamedTuple):
    """A disparity by name: which form, of which metrics, and how two metrics become one."""

    name: str
    form: str
    metrics: tuple[str, ...]
    agg: str = "worst_case"


_FORMS = Disparities._fields
_COMPARED = tuple(metric for metric in METRICS if metric != "count")
_NAMED = {
    "demographic_parity": (("selection_rate",), "worst_case"),
    "equalized_odds": (("true_positive_rate", "false_positive_rate"), "worst_case"),
    "equalized_odds_mean": (("true_positive_rate", "false_positive_rate"), "mean"),
    "equal_opportunity": (("true_positive_rate",), "worst_case"),
}

#: Every disparity Fairlearn has: of each metric, and those that have a name of their own.
DISPARITIES = {
    each.name: each
    for each in [
        *(
            Disparity(f"{metric}_{form}", form, (metric,))
            for metric in _COMPARED
            for form in _FORMS
        ),
        *(
            Disparity(f"{name}_{form}", form, metrics, agg)
            for name, (metrics, agg) in _NAMED.items()
            for form in _FORMS[:4]
        ),
    ]
}


def all_gaps(
    evaluation: Evaluation, names: Iterable[str] = tuple(DISPARITIES)
) -> dict[str, np.ndarray]:
    """Disparities by name, each of shape (...) and in Fairlearn's definition.

    Parameters
    ----------
    evaluation : Evaluation
        With the metrics that the names need.
    names : iterable of str
        From `DISPARITIES`: "<metric>_<form>" for each form of `Disparities`, and
        "demographic_parity_<form>", "equalized_odds_<form>" (worst case),
        "equalized_odds_mean_<form>" and "equal_opportunity_<form>".

    Returns
    -------
    dict of str to numpy.ndarray
        Differences, ratios and extremes in [0, 1]; NaN where undefined.
    """
    apart = disparities(evaluation)
    found = {}
    for name in names:
        wanted = DISPARITIES[name]
        values = getattr(apart, wanted.form)
        parts = [values[..., evaluation.metrics.index(metric)] for metric in wanted.metrics]
        found[name] = parts[0] if len(parts) == 1 else _joined(wanted, *parts)
    return found


def _joined(wanted: Disparity, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two metrics as one: as Python's max and min and pandas' mean treat NaN, so Fairlearn."""
    if wanted.agg == "mean":
        mean = (first + second) / 2
        return np.where(np.isnan(first), second, np.where(np.isnan(second), first, mean))
    worse = second < first if wanted.form.startswith("ratio") else second > first
    return np.where(worse, second, first)


def _parts_first(counts: np.ndarray) -> np.ndarray:
    """(tn, fp, fn, tp) by group and resample: shape (4, n_groups, ...), float64.

    Resamples come last in memory, so that comparing groups runs along them.
    """
    flat = counts.reshape(*counts.shape[:-2], 4)
    turned = np.moveaxis(flat, (-1, -2), (0, 1))
    return np.ascontiguousarray(turned, dtype=np.float64)


def _counted(people: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """People of each group that has any weight."""
    return np.where(parts.sum(axis=0) > 0, _parts_first(people).sum(axis=0), 0.0)


def _last(values: np.ndarray) -> np.ndarray:
    """From (n_metrics, n_groups, ...) to (..., n_groups, n_metrics), without a copy."""
    return np.moveaxis(values, (0, 1), (-1, -2))


def _rates(confusion: _Confusion, metrics: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    rates, defined = zip(*(_rate(confusion, metric) for metric in metrics), strict=True)
    stacked = np.stack(rates)
    empty = confusion.everybody <= 0
    if empty.any():
        stacked[:, empty] = np.nan
    return stacked, np.stack(defined)


def _rate(confusion: _Confusion, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """A metric, and where its denominator is not zero."""
    if metric in _FRACTIONS:
        return _divided(*_FRACTIONS[metric](confusion))
    if metric == "zero_one_loss":  # as scikit-learn has it, to the last bit
        accuracy, defined = _rate(confusion, "accuracy")
        return 1 - accuracy, defined
    if metric == "balanced_accuracy":
        return _balanced(confusion)
    if metric == "count":
        return confusion.heads, confusion.heads > 0
    raise ValueError(f"expected metrics among {', '.join(METRICS)}, got {metric!r}")


def _balanced(confusion: _Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Mean recall of the labels that occur; defined if both do."""
    of_negatives, negatives = _rate(confusion, "true_negative_rate")
    of_positives, positives = _rate(confusion, "true_positive_rate")
    labels = negatives.astype(np.float64) + positives
    return (of_negatives + of_positives) / np.maximum(labels, 1), negatives & positives


def _divided(numerators: np.ndarray, denominators: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quotients, 0.0 where the denominator (and so the numerator) is zero."""
    nothing = denominators <= 0
    if not nothing.any():
        return numerators / denominators, ~nothing
    return numerators / (denominators + nothing), ~nothing


def _extremes(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest of the groups, empty ones left out."""
    return np.fmin.reduce(rates, axis=-2), np.fmax.reduce(rates, axis=-2)


def _ratio(lowest: np.ndarray, highest: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(lowest / highest)
