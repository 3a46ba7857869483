"""People drawn again by score and label, at a cost that does not grow with distinct scores.

Up to 1,000 distinct scores are drawn as they are. More are put together in 1,000 blocks of
neighbouring scores and as good as equal numbers of people; what the blocks lose is the same in
every resample, so replicates are shifted by the difference it makes to the estimate.
"""

from collections.abc import Callable

import numpy as np

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.scores import ScoreCounts, score_counts

#: Scores or blocks of scores drawn.
MOST_BLOCKS = 1_000

#: What the reports call the method.
METHOD = "percentile bootstrap on score counts, widened to hold the estimate"


def stacked(scores: ScoreCounts) -> np.ndarray:
    """Counts per score and label, shape (n_scores, 2)."""
    return np.stack([scores.negatives, scores.positives], axis=-1)


def blocks(scores: ScoreCounts, most: int = MOST_BLOCKS) -> ScoreCounts:
    """Neighbouring scores put together, each block under its lowest score.

    Parameters
    ----------
    scores : ScoreCounts
        Any number of people.
    most : int
        Blocks wanted at most.

    Returns
    -------
    ScoreCounts
        The counts themselves if there are no more distinct scores than that.
    """
    if len(scores.scores) <= most:
        return scores
    below = np.cumsum(scores.totals) - scores.totals
    place = below * most // max(scores.rows, 1)
    first = np.concatenate([[True], np.diff(place) > 0])
    lowest = scores.scores[first][np.cumsum(first) - 1]
    return score_counts(lowest, scores.negatives, scores.positives)


def replicates(
    scores: ScoreCounts, statistic: Callable[[np.ndarray], np.ndarray], drawing: Drawing
) -> np.ndarray:
    """A statistic of resampled people.

    Parameters
    ----------
    scores : ScoreCounts
        At least one person.
    statistic : callable
        Takes counts of shape (n, n_scores, 2) in order of score, by label, and returns an
        array of shape (n, ...).
    drawing : Drawing
        How many resamples to draw, and from which seed.

    Returns
    -------
    numpy.ndarray of shape (resamples, ...)
        The statistic of each resample.
    """
    coarse = blocks(scores)
    drawn = bootstrap.replicates(stacked(coarse), statistic, drawing)
    if coarse is scores:
        return drawn
    exact, rough = (statistic(stacked(part)[np.newaxis])[0] for part in (scores, coarse))
    return drawn + (exact - rough)
