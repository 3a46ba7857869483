"""What each threshold would do: who is selected whose score is at least that high."""

from math import inf
from typing import NamedTuple

import numpy as np

from measures.classification import rates, resampling
from measures.classification.performance import (
    Confusion,
    Figure,
    all_composites,
    confusion,
    shares,
)
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.scores import ScoreCounts

#: What a threshold may be chosen for, besides the shares: the figures that are none.
CRITERIA = rates.COMPOSITES


class Operating(NamedTuple):
    """Selecting scores of at least `threshold`: the counts and every figure from them."""

    threshold: float
    confusion: Confusion
    figures: list[Figure]


class Choice(NamedTuple):
    """The threshold that is best on these people.

    `interval` holds the middle part of the thresholds that would have been best on people
    drawn again. The figures are of the people it was chosen on, and so are optimistic:
    `optimism` is by how much, on average over the people drawn again.
    """

    criterion: str
    operating: Operating
    interval: Interval
    optimism: float
    n: int


def confusions(scores: ScoreCounts) -> tuple[np.ndarray, np.ndarray]:
    """The counts at every threshold that makes a difference.

    Parameters
    ----------
    scores : ScoreCounts
        Any scores.

    Returns
    -------
    tuple of two numpy.ndarray, of shapes (n_scores + 1,) and (n_scores + 1, 2, 2)
        Thresholds, ascending: each distinct score, and infinity, which selects nobody. For
        each, people by label and prediction.
    """
    return np.append(scores.scores, inf), _confusions(resampling.stacked(scores))


def at_threshold(scores: ScoreCounts, threshold: float) -> np.ndarray:
    """People by label and prediction, shape (2, 2), selecting scores of at least a threshold."""
    thresholds, counts = confusions(scores)
    return np.asarray(counts[np.searchsorted(thresholds, threshold)])


def sweep(scores: ScoreCounts, drawing: Drawing, *, most: int = 100) -> list[Operating]:
    """Every figure that counts give, at each of some thresholds.

    Parameters
    ----------
    scores : ScoreCounts
        At least one person.
    drawing : Drawing
        Number of resamples, confidence and seed.
    most : int, default 100
        Thresholds wanted at most: thinned evenly over people, both ends kept.

    Returns
    -------
    list of Operating
        By threshold, ascending; shares with Wilson intervals, the others with bootstrap ones.
    """
    thresholds, counts = confusions(scores)
    selected = counts[:, :, 1].sum(axis=1)
    # falling from everybody to nobody: the first threshold below each of the wanted numbers
    wanted = np.linspace(scores.rows, 0, min(most, len(thresholds)))
    kept = np.unique(np.searchsorted(-selected, -wanted))
    return [_operating(float(thresholds[i]), counts[i], drawing) for i in kept]


def choose(scores: ScoreCounts, criterion: str, drawing: Drawing) -> Choice:
    """The threshold with the highest F1, Youden's index, balanced accuracy or correlation.

    Parameters
    ----------
    scores : ScoreCounts
        People of both labels.
    criterion : str
        One of `CRITERIA`.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Choice
        The highest threshold among equally good ones. It lies among the scores that occur.

    Raises
    ------
    ValueError
        If the criterion is unknown, or a label has nobody.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"expected one of {', '.join(CRITERIA)} as criterion, got {criterion!r}")
    if not (scores.positives.sum() and scores.negatives.sum()):
        raise ValueError("expected people of both labels to choose a threshold on, got one label")
    place = CRITERIA.index(criterion)
    return best(scores, criterion, lambda counts: rates.composites(counts)[..., place], drawing)


def best(
    scores: ScoreCounts, criterion: str, worth: bootstrap.Statistic, drawing: Drawing
) -> Choice:
    """The threshold worth most; `worth` takes counts (..., 2, 2) and returns shape (...)."""
    thresholds, counts = confusions(scores)
    place = int(highest(worth(counts)))
    coarse = resampling.blocks(scores)
    lows, ours = np.append(coarse.scores, inf), worth(_confusions(resampling.stacked(coarse)))

    def chosen(drawn: np.ndarray) -> np.ndarray:
        there = worth(_confusions(drawn))
        places = highest(there)
        flattered = np.take_along_axis(there, places[:, np.newaxis], 1)[:, 0] - ours[places]
        return np.stack([places, flattered], axis=-1)

    drawn = bootstrap.replicates(resampling.stacked(coarse), chosen, drawing)
    threshold, tail = float(thresholds[place]), (1 - drawing.confidence) / 2
    drawn_places = np.quantile(drawn[:, 0], [tail, 1 - tail], method="nearest").astype(int)
    low, high = lows[drawn_places]
    interval = Interval(min(float(low), threshold), max(float(high), threshold))
    optimism = float(np.nanmean(drawn[:, 1])) if not np.isnan(drawn[:, 1]).all() else 0.0
    chosen_here = _operating(threshold, counts[place], drawing)
    return Choice(criterion, chosen_here, interval, optimism, scores.rows)


def highest(worth: np.ndarray) -> np.ndarray:
    """Last place of the largest number along the last axis, undefined ones never."""
    known = np.where(np.isnan(worth), -inf, worth)
    return np.asarray(known.shape[-1] - 1 - np.argmax(known[..., ::-1], axis=-1))


def _confusions(counts: np.ndarray) -> np.ndarray:
    """Shape (..., n_scores + 1, 2, 2) from counts by score and label (..., n_scores, 2)."""
    before = [(0, 0)] * (counts.ndim - 2)
    below = np.pad(np.cumsum(counts, axis=-2), [*before, (1, 0), (0, 0)])
    return np.stack([below, below[..., -1:, :] - below], axis=-1)


def _operating(threshold: float, counts: np.ndarray, drawing: Drawing) -> Operating:
    figures = shares(counts, confidence=drawing.confidence, names=tuple(rates.SHARES))
    return Operating(threshold, confusion(counts), [*figures, *all_composites(counts, drawing)])
