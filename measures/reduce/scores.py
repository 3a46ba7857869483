"""People counted by score and label: all that a curve, an AUC or a calibration needs.

Exact: one entry per distinct score, so its size grows with the distinct scores, not the rows.
"""

from dataclasses import dataclass

import ibis
import numpy as np

from measures.reduce.statistic import digest_of, frozen


@dataclass(frozen=True, eq=False)
class ScoreCounts:
    """How many people of each label have each score.

    `scores` (n_scores,) are distinct and ascending; `negatives` and `positives` (n_scores,)
    count the people with label 0 and 1.
    """

    scores: np.ndarray
    negatives: np.ndarray
    positives: np.ndarray

    def __add__(self, other: "ScoreCounts") -> "ScoreCounts":
        return score_counts(
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.negatives, other.negatives]),
            np.concatenate([self.positives, other.positives]),
        )

    def digest(self) -> str:
        """SHA-256 over scores and counts."""
        return digest_of("scores", self.scores, self.negatives, self.positives)

    @property
    def totals(self) -> np.ndarray:
        """People per score, shape (n_scores,)."""
        return self.negatives + self.positives

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.totals.sum())

    def expanded(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels, scores and weights as scikit-learn takes them, each of shape (n,)."""
        both = np.stack([self.negatives, self.positives])
        label, place = np.nonzero(both)
        return label, self.scores[place], both[label, place].astype(np.float64)


def score_counts(scores: np.ndarray, negatives: np.ndarray, positives: np.ndarray) -> ScoreCounts:
    """Counts per distinct score, from counts in any order and with scores repeated."""
    distinct, places = np.unique(scores + 0.0, return_inverse=True)
    summed = np.zeros((2, len(distinct)), dtype=np.int64)
    np.add.at(summed[0], places, negatives)
    np.add.at(summed[1], places, positives)
    return ScoreCounts(frozen(distinct), frozen(summed[0]), frozen(summed[1]))


def reduce_scores(table: ibis.Table, *, score: str, label: str) -> ScoreCounts:
    """Count the rows of a table by score and label, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    score : str
        Column of finite numbers, nothing missing.
    label : str
        Column of 0 and 1, nothing missing.

    Returns
    -------
    ScoreCounts
        Exact counts per distinct score.

    Raises
    ------
    ValueError
        If a score is missing, NaN or infinite.
    """
    positive = table[label].cast("int64")
    counted = (
        table.group_by(table[score].cast("float64").name("score"))
        .aggregate(positives=positive.sum(), rows=table.count())
        .to_pyarrow()
    )
    scores = counted["score"].to_numpy()
    if not np.isfinite(scores).all():
        raise ValueError(f"expected finite numbers in {score!r}, got missing or infinite ones")
    positives, rows = (counted[name].to_numpy().astype(np.int64) for name in ("positives", "rows"))
    return score_counts(scores, rows - positives, positives)
