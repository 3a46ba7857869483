"""Predicted numbers by group: how high, how far off, and how far groups lie apart.

All but the distance between distributions comes from exact sums by group. Definitions are
Fairlearn's and scikit-learn's; intervals hold for enough people that means are near normal.
"""

from collections.abc import Callable
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import kolmogorov, stdtrit

from measures.fairness.groups import joined
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.residuals import ResidualSums
from measures.reduce.scores import ScoreCounts

#: How the intervals are found.
METHODS = {
    "figures": "Student's t on the mean; of R² the delta method; of RMSE the roots of MSE's",
    "gaps": "normal draws around each group's figure, widened to hold the estimate",
}

#: Nothing is known below so many people: a spread needs two.
_FEWEST = 2


class Figure(NamedTuple):
    """A figure of a group, in the unit of the target (MSE: squared; R²: none, at most 1).

    `value` is None where it does not exist (R² where all targets are equal), error and
    interval also where fewer than two people are known.
    """

    group: str
    metric: str
    value: float | None
    standard_error: float | None
    interval: Interval | None
    people: int


class FigureGap(NamedTuple):
    """Largest minus smallest figure of the groups, and smallest divided by largest.

    Values are as Fairlearn gives them; None where some group has no figure, a ratio also where
    figures are not all of one sign. Intervals are None where some group has none.
    """

    metric: str
    difference: float | None
    difference_interval: Interval | None
    ratio: float | None
    ratio_interval: Interval | None
    people: int


class Distance(NamedTuple):
    """How far the distribution of a group's predictions lies from that of all other people.

    `to_others` is the Kolmogorov-Smirnov distance, a fraction in [0, 1], `to_all` that to all
    people's, the group among them. `p` tests that group and others are alike, None of a group
    of everybody.
    """

    group: str
    to_others: float | None
    to_all: float
    p: float | None
    people: int


class _Moments(NamedTuple):
    """Means over the people of a group, exact; y less the centre of the sums' scale."""

    people: int
    centre: Fraction
    of: Callable[[str], Fraction]


class _Estimate(NamedTuple):
    value: float | None
    variance: float | None  # of one person's contribution


def figures(sums: ResidualSums, *, confidence: float = 0.95) -> list[Figure]:
    """Mean prediction, bias, MAE, MSE, RMSE and R² of every group.

    Parameters
    ----------
    sums : ResidualSums
        By group; errors are prediction minus target.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Group by group, in the order of `FIGURES`.

    References
    ----------
    Fairlearn, ``fairlearn.metrics.mean_prediction``; scikit-learn, ``sklearn.metrics``. C. R.
    Rao (1973), "Linear Statistical Inference and its Applications", 2nd ed., ch. 6a (delta
    method).
    """
    check_confidence(confidence)
    return [
        _figure(joined(group), metric, _moments(sums, place), confidence)
        for place, group in enumerate(sums.groups)
        for metric in FIGURES
    ]


def gaps(found: list[Figure], drawing: Drawing) -> list[FigureGap]:
    """How far groups lie apart in each figure.

    Groups are different people, so their figures vary independently: each is drawn anew from
    the normal distribution around it, and the disparity is that of the draws.

    Parameters
    ----------
    found : list of Figure
        From `figures`, of at least one group.
    drawing : Drawing
        Number of draws, confidence and seed.

    Returns
    -------
    list of FigureGap
        In the order of `FIGURES`.

    References
    ----------
    Fairlearn, ``MetricFrame.difference`` and ``MetricFrame.ratio``.
    """
    return [
        _gap(metric, [each for each in found if each.metric == metric], drawing)
        for metric in FIGURES
    ]


def distances(predictions: GroupedScores) -> list[Distance]:
    """Whether the distribution of predictions depends on the group: statistical parity.

    Parameters
    ----------
    predictions : GroupedScores
        Predicted numbers by group, from `reduce_unlabelled_scores`.

    Returns
    -------
    list of Distance
        In the order of the groups. p is that of the limiting distribution: conservative where
        predictions repeat.

    References
    ----------
    A. Agarwal, M. Dudík, Z. S. Wu (2019), "Fair regression: quantitative definitions and
    reduction-based algorithms", ICML 2019, PMLR 97, 120-129. N. V. Smirnov (1948), "Table for
    estimating the goodness of fit of empirical distributions", Ann. Math. Statist. 19(2).
    """
    everybody = predictions.everybody()
    return [
        _distance(joined(group), scores, everybody)
        for group, scores in zip(predictions.groups, predictions.scores, strict=True)
    ]


def _moments(sums: ResidualSums, place: int) -> _Moments:
    people = sums.rows[place]
    return _Moments(
        people, Fraction(sums.scale.centre), lambda power: sums.total(place, power) / people
    )


def _mean_prediction(m: _Moments) -> _Estimate:
    mean = m.of("e") + m.of("y")
    squares = m.of("ee") + 2 * m.of("ey") + m.of("yy")
    return _Estimate(float(m.centre + mean), float(squares - mean**2))


def _bias(m: _Moments) -> _Estimate:
    return _Estimate(float(m.of("e")), float(m.of("ee") - m.of("e") ** 2))


def _absolute(m: _Moments) -> _Estimate:
    return _Estimate(float(m.of("|e|")), float(m.of("ee") - m.of("|e|") ** 2))


def _squared(m: _Moments) -> _Estimate:
    return _Estimate(float(m.of("ee")), float(m.of("eeee") - m.of("ee") ** 2))


def _root(m: _Moments) -> _Estimate:
    squares = m.of("ee")
    if not squares:
        return _Estimate(0.0, 0.0)
    return _Estimate(sqrt(squares), float((m.of("eeee") - squares**2) / (4 * squares)))


def _explained(m: _Moments) -> _Estimate:
    """R²; one person moves it by (A/B·(y − μ)² − e²)/B, with A the MSE and B the variance."""
    mu, errors = m.of("y"), m.of("ee")
    spread = m.of("yy") - mu**2
    if not spread:
        return _Estimate(None, None)
    fourth = m.of("yyyy") - 4 * mu * m.of("yyy") + 6 * mu**2 * m.of("yy") - 3 * mu**4
    mixed = m.of("eeyy") - 2 * mu * m.of("eey") + mu**2 * errors
    share = errors / spread
    moved = share**2 * fourth - 2 * share * mixed + m.of("eeee")
    return _Estimate(float(1 - share), float(moved / spread**2))


#: The figures by name, in the order reported.
_ESTIMATES: dict[str, Callable[[_Moments], _Estimate]] = {
    "mean_prediction": _mean_prediction,
    "mean_error": _bias,
    "mean_absolute_error": _absolute,
    "mean_squared_error": _squared,
    "root_mean_squared_error": _root,
    "r2": _explained,
}
FIGURES = tuple(_ESTIMATES)


def _figure(group: str, metric: str, moments: _Moments, confidence: float) -> Figure:
    value, variance = _ESTIMATES[metric](moments)
    people = moments.people
    if value is None or variance is None or people < _FEWEST:
        return Figure(group, metric, value, None, None, people)
    # max: sums hold products to 2⁻⁹⁶, so what is zero may come out a little below
    error = sqrt(max(0.0, variance) / (people - 1))
    reach = float(stdtrit(people - 1, (1 + confidence) / 2)) * error
    if metric == "root_mean_squared_error":
        return Figure(group, metric, value, error, _of_root(moments, confidence), people)
    low = value - reach
    if metric in ("mean_absolute_error", "mean_squared_error"):
        low = max(0.0, low)
    high = min(1.0, value + reach) if metric == "r2" else value + reach
    return Figure(group, metric, value, error, Interval(low, high), people)


def _of_root(moments: _Moments, confidence: float) -> Interval | None:
    """The roots of the mean squared error's bounds: they never fall below zero."""
    squared = _figure("", "mean_squared_error", moments, confidence).interval
    return None if squared is None else Interval(sqrt(squared.low), sqrt(squared.high))


def _gap(metric: str, found: list[Figure], drawing: Drawing) -> FigureGap:
    fewest = min(each.people for each in found)
    values = np.array([np.nan if each.value is None else each.value for each in found])
    if np.isnan(values).any():
        return FigureGap(metric, None, None, None, None, fewest)
    difference = float(values.max() - values.min())
    ratio = float(_ratio(values[np.newaxis])[0])
    known = None if np.isnan(ratio) else ratio
    errors = [each.standard_error for each in found]
    if None in errors:
        return FigureGap(metric, difference, None, known, None, fewest)
    spread = np.array(errors, dtype=np.float64)
    noise = bootstrap.stream(drawing.seed).standard_normal((drawing.resamples, len(found)))
    drawn = values + noise * spread
    apart = drawn.max(axis=1) - drawn.min(axis=1)
    interval = bootstrap.percentile_interval(apart, difference, confidence=drawing.confidence)
    return FigureGap(
        metric, difference, interval, known, _ratio_interval(drawn, known, drawing), fewest
    )


def _ratio(values: np.ndarray) -> np.ndarray:
    """Smallest over largest, shape (n,), of figures of one sign; else NaN."""
    low, high = np.abs(values).min(axis=1), np.abs(values).max(axis=1)
    same = (values > 0).all(axis=1) | (values < 0).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(same, low / high, np.nan)


def _ratio_interval(drawn: np.ndarray, ratio: float | None, drawing: Drawing) -> Interval | None:
    if ratio is None:
        return None
    ratios = _ratio(drawn)
    # a draw whose signs differ has no ratio: it counts as the farthest apart
    return bootstrap.percentile_interval(
        np.nan_to_num(ratios, nan=0.0), ratio, confidence=drawing.confidence
    )


def _distance(group: str, scores: ScoreCounts, everybody: ScoreCounts) -> Distance:
    own = np.zeros(len(everybody.scores), dtype=np.int64)
    own[np.searchsorted(everybody.scores, scores.scores)] = scores.totals
    below, all_below = np.cumsum(own), np.cumsum(everybody.totals)
    n, total = scores.rows, everybody.rows
    to_all = float(np.abs(below / n - all_below / total).max())
    others = total - n
    if not others:
        return Distance(group, None, to_all, None, n)
    apart = float(np.abs(below / n - (all_below - below) / others).max())
    p = float(kolmogorov(sqrt(n * others / total) * apart))
    return Distance(group, apart, to_all, p, n)
