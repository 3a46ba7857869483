"""Whether a score of 0.7 comes true seven times in ten."""

from typing import NamedTuple

import numpy as np

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
    """Expected calibration error, a fraction in [0, 1], and its interval."""

    value: float
    interval: Interval


def reliability(scores: ScoreCounts, *, confidence: float = 0.95) -> list[Bin]:
    """Promised and observed frequencies per bin of scores; empty bins are left out.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    confidence : float, default 0.95
        Coverage of the Wilson interval of each observed frequency.

    Returns
    -------
    list of Bin
        In order of score; all numbers are fractions in [0, 1].
    """
    tallies = _tallies(scores)
    edges = np.linspace(0, 1, BINS + 1)
    return [
        _bin(edges[i], edges[i + 1], tallies.people[i], tallies.sums[i].sum(), confidence)
        for i in np.flatnonzero(tallies.people.sum(axis=1))
    ]


def expected_calibration_error(scores: ScoreCounts, drawing: Drawing) -> CalibrationError:
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

    Returns
    -------
    CalibrationError
        A fraction in [0, 1]. It depends on the bins: ten of equal width.

    References
    ----------
    M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), "Obtaining well calibrated probabilities
    using Bayesian binning", AAAI 29.
    """
    tallies = _tallies(scores)
    estimate = float(_distance(tallies.people, tallies.sums))
    noise = bootstrap.stream(drawing.seed + 1)  # a stream of its own
    drawn = bootstrap.replicates(
        tallies.people,
        lambda people: _distance(people, _drawn_sums(tallies, people, noise)),
        drawing,
    )
    interval = bootstrap.percentile_interval(drawn, estimate, confidence=drawing.confidence)
    return CalibrationError(estimate, interval)


class _Tallies(NamedTuple):
    """Per bin and label, shape (BINS, 2): people, sum of scores, variance of a score."""

    people: np.ndarray
    sums: np.ndarray
    variance: np.ndarray


def bin_of(scores: np.ndarray) -> np.ndarray:
    """The bin of each score, by comparison with the edges themselves."""
    edges = np.linspace(0, 1, BINS + 1)
    return np.searchsorted(edges[1:-1], scores, side="right")


def _tallies(scores: ScoreCounts) -> _Tallies:
    places = bin_of(scores.scores)
    both = np.stack([scores.negatives, scores.positives], axis=1)
    people, sums, squares = (np.zeros((BINS, 2), dtype=kind) for kind in (np.int64, float, float))
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
    """Σ over bins of |positives − sum of scores| / people; shape (...) of (..., BINS, 2)."""
    apart = np.abs(people[..., 1] - sums.sum(axis=-1))
    return apart.sum(axis=-1) / people.sum(axis=(-2, -1))


def _bin(low: float, high: float, people: np.ndarray, total: float, confidence: float) -> Bin:
    n, positives = int(people.sum()), int(people[1])
    interval = wilson_interval(positives, n, confidence=confidence)
    return Bin(float(low), float(high), n, float(total) / n, positives / n, interval)
