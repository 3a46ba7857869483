"""The same figures for every group of people: how well a model works for whom."""

from typing import NamedTuple

from measures.classification import performance, rates
from measures.classification.performance import Figure, undefined
from measures.classification.ranking import average_precision, ks_statistic
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.scores import ScoreCounts


class GroupFigures(NamedTuple):
    """The figures of one group of `n` people: one level of each feature."""

    features: tuple[str, ...]
    group: tuple[str, ...]
    n: int
    figures: list[Figure]


def by_group(cells: Cells, scores: GroupedScores, drawing: Drawing) -> list[GroupFigures]:
    """Every figure of every group, each with its interval and n.

    Parameters
    ----------
    cells : Cells
        People by group, label and prediction; their weights, if any, are not used.
    scores : GroupedScores
        The same people by group, label and score.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    list of GroupFigures
        In the order of the groups. A figure that a group has none of is there and undefined.

    Raises
    ------
    ValueError
        If features, groups or the number of people differ.
    """
    _check_same_people(cells, scores)
    return [
        GroupFigures(
            cells.features,
            group,
            scored.rows,
            [
                *performance.shares(
                    counts, confidence=drawing.confidence, names=tuple(rates.SHARES)
                ),
                *performance.all_composites(counts, drawing),
                *score_figures(scored, drawing),
            ],
        )
        for group, counts, scored in zip(cells.groups, cells.counts, scores.scores, strict=True)
    ]


def score_figures(scores: ScoreCounts, drawing: Drawing) -> list[Figure]:
    """Area, average precision, KS, Brier score and log loss of some people.

    Undefined are the first three where a label they need has nobody, and the losses where
    scores are no probabilities.
    """
    return [
        _area(scores, drawing.confidence),
        average_precision(scores, drawing),
        ks_statistic(scores, drawing),
        *_losses(scores, drawing.confidence),
    ]


def _area(scores: ScoreCounts, confidence: float) -> Figure:
    if scores.positives.sum() and scores.negatives.sum():
        return performance.area(scores, confidence=confidence)
    return undefined("roc_auc", n=scores.rows)


def _losses(scores: ScoreCounts, confidence: float) -> list[Figure]:
    if scores.rows and scores.scores[0] >= 0 and scores.scores[-1] <= 1:
        return performance.losses(scores, confidence=confidence)
    return [
        undefined("brier", n=scores.rows),
        undefined("log_loss", performance.UNKNOWN, scores.rows, "nats"),
    ]


def _check_same_people(cells: Cells, scores: GroupedScores) -> None:
    same = (cells.features, cells.groups) == (scores.features, scores.groups)
    if not same or [int(n) for n in cells.sizes] != [each.rows for each in scores.scores]:
        raise ValueError(
            "expected cells and scores of the same people by the same features, got"
            f" {cells.rows:,} people by {cells.features} and {scores.rows:,} by {scores.features}"
        )
