"""Whether a score of 0.7 comes true seven times in ten."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from measures.classification.performance import check_probabilities
from measures.classification.rates import divided
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.scores import ScoreCounts

#: Bins of equal width over [0, 1]; each holds its lower edge, the last one both.
BINS = 10


class Bin(NamedTuple):
    """People whose scores lie between two edges: what was promised and what came true."""

    low: float
    high: float
    n: int
    mean_score: float
    observed: float
    interval: Interval


class CalibrationError(NamedTuple):
    """Distance of promised from observed frequency of `n` people, a fraction in [0, 1]."""

    value: float
    interval: Interval
    n: int = 0


def equal_width_edges(bins: int = BINS) -> np.ndarray:
    """Edges of bins of equal width over [0, 1], shape (bins + 1,)."""
    if bins < 1:
        raise ValueError(f"expected at least one bin, got {bins}")
    return np.linspace(0, 1, bins + 1)


def equal_mass_edges(scores: ScoreCounts, bins: int = BINS) -> np.ndarray:
    """Edges of bins that hold as good as equal numbers of people.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    bins : int
        Bins wanted; people with one score stay together, so there may be fewer.

    Returns
    -------
    numpy.ndarray of shape (at most bins + 1,)
        Ascending from 0 to 1; each inner edge is a score that occurs and opens its bin.

    Raises
    ------
    ValueError
        If fewer than one bin is asked for, there is nobody, or a score lies outside [0, 1].

    References
    ----------
    J. Nixon and others (2019), "Measuring calibration in deep learning", CVPR Workshops.
    """
    if bins < 1:
        raise ValueError(f"expected at least one bin, got {bins}")
    check_probabilities(scores)
    below = np.cumsum(scores.totals) - scores.totals
    # the first score below which there are at least j of the `bins` parts of the people
    first = np.searchsorted(below * bins, np.arange(1, bins) * scores.rows)
    inner = np.unique(scores.scores[first[first < len(below)]])
    return np.concatenate([[0.0], inner[(inner > 0) & (inner < 1)], [1.0]])


def reliability(
    scores: ScoreCounts, *, confidence: float = 0.95, edges: np.ndarray | None = None
) -> list[Bin]:
    """Promised and observed frequencies per bin of scores; empty bins are left out.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    confidence : float, default 0.95
        Coverage of the Wilson interval of each observed frequency.
    edges : numpy.ndarray of shape (n_bins + 1,), optional
        Ascending from 0 to 1; by default ten bins of equal width.

    Returns
    -------
    list of Bin
        In order of score; all numbers are fractions in [0, 1].

    Raises
    ------
    ValueError
        If there is nobody, or a score lies outside [0, 1].
    """
    bounds = equal_width_edges() if edges is None else edges
    tallies = _tallies(scores, bounds)
    return [
        _bin(bounds[i], bounds[i + 1], tallies.people[i], tallies.sums[i].sum(), confidence)
        for i in np.flatnonzero(tallies.people.sum(axis=1))
    ]


def expected_calibration_error(
    scores: ScoreCounts, drawing: Drawing, *, edges: np.ndarray | None = None
) -> CalibrationError:
    """Mean distance of promised from observed frequency over bins, weighted by people.

    The interval resamples people by bin and label; the sum of scores of the people drawn is
    drawn as a normal number with the mean and variance of their cell, since counts times the
    mean score alone would make the interval too narrow.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    drawing : Drawing
        Number of resamples, confidence and seed.
    edges : numpy.ndarray of shape (n_bins + 1,), optional
        Of the bins, which resamples share; by default ten of equal width. With those of
        `equal_mass_edges` this is the adaptive calibration error.

    Returns
    -------
    CalibrationError
        A fraction in [0, 1]. It depends on the bins.

    Raises
    ------
    ValueError
        If there is nobody, or a score lies outside [0, 1].

    References
    ----------
    M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), "Obtaining well calibrated probabilities
    using Bayesian binning", AAAI 29.
    """
    return _error(scores, drawing, edges, _distance)


def maximum_calibration_error(
    scores: ScoreCounts, drawing: Drawing, *, edges: np.ndarray | None = None
) -> CalibrationError:
    """Largest distance of promised from observed frequency over bins that hold somebody.

    Parameters, errors and interval as for `expected_calibration_error`. One bin of few people
    decides it, so it is large in small samples whatever the model.

    References
    ----------
    M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), "Obtaining well calibrated probabilities
    using Bayesian binning", AAAI 29.
    """
    return _error(scores, drawing, edges, _farthest)


def _error(
    scores: ScoreCounts,
    drawing: Drawing,
    edges: np.ndarray | None,
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> CalibrationError:
    tallies = _tallies(scores, equal_width_edges() if edges is None else edges)
    estimate = float(distance(tallies.people, tallies.sums))
    noise = bootstrap.stream(drawing.seed + 1)  # a stream of its own
    drawn = bootstrap.replicates(
        tallies.people,
        lambda people: distance(people, _drawn_sums(tallies, people, noise)),
        drawing,
    )
    interval = bootstrap.distance_interval(drawn, estimate, confidence=drawing.confidence)
    return CalibrationError(estimate, interval, scores.rows)


class _Tallies(NamedTuple):
    """Per bin and label, shape (n_bins, 2): people, sum of scores, variance of a score."""

    people: np.ndarray
    sums: np.ndarray
    variance: np.ndarray


def bin_of(scores: np.ndarray, edges: np.ndarray | None = None) -> np.ndarray:
    """The bin of each score, by comparison with the edges themselves."""
    bounds = equal_width_edges() if edges is None else edges
    return np.searchsorted(bounds[1:-1], scores, side="right")


def _tallies(scores: ScoreCounts, edges: np.ndarray) -> _Tallies:
    check_probabilities(scores)
    places, bins = bin_of(scores.scores, edges), len(edges) - 1
    both = np.stack([scores.negatives, scores.positives], axis=1)
    people, sums, squares = (np.zeros((bins, 2), dtype=kind) for kind in (np.int64, float, float))
    np.add.at(people, places, both)
    np.add.at(sums, places, both * scores.scores[:, np.newaxis])
    means = sums / np.maximum(people, 1)
    np.add.at(squares, places, both * (scores.scores[:, np.newaxis] - means[places]) ** 2)
    return _Tallies(people, sums, squares / np.maximum(people, 1))


def _drawn_sums(tallies: _Tallies, people: np.ndarray, noise: np.random.RandomState) -> np.ndarray:
    means = tallies.sums / np.maximum(tallies.people, 1)
    spread = np.sqrt(people * tallies.variance)
    return people * means + spread * noise.standard_normal(people.shape)


def _distance(people: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Σ over bins of |positives − sum of scores| / people; shape (...) of (..., n_bins, 2)."""
    apart = np.abs(people[..., 1] - sums.sum(axis=-1))
    return apart.sum(axis=-1) / people.sum(axis=(-2, -1))


def _farthest(people: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Largest |positives − sum of scores| / people of a bin; shape (...) of (..., n_bins, 2)."""
    apart = np.abs(people[..., 1] - sums.sum(axis=-1))
    return np.asarray(np.nan_to_num(divided(apart, people.sum(axis=-1))).max(axis=-1))


def _bin(low: float, high: float, people: np.ndarray, total: float, confidence: float) -> Bin:
    n, positives = int(people.sum()), int(people[1])
    interval = wilson_interval(positives, n, confidence=confidence)
    return Bin(float(low), float(high), n, float(total) / n, positives / n, interval)
