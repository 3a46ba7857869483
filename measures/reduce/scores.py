"""People counted by score and label: all that a curve, an AUC or a calibration needs.

Exact: one entry per distinct score, so its size grows with the distinct scores, not the rows.
Scores that are no numbers and labels other than 0 and 1 are refused with their count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce import guard, weights
from measures.reduce.finite import all_finite
from measures.reduce.statistic import digest_of, frozen

#: What a label is read as when it is neither 0 nor 1.
_ODD = 2

#: Refused values that a message lists.
_LISTED = 5


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
        return combined([self, other])

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


@dataclass(frozen=True, eq=False)
class WeightedScores:
    """Weights of the people of each label with each score, summed exactly.

    `scores` (n_scores,) are distinct and ascending; `total` and `squares` (n_scores, 2) are
    sums of weights and of their squares by label, as `fractions.Fraction`; `rows` is the
    number of people.
    """

    scores: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    rows: int

    def __add__(self, other: "WeightedScores") -> "WeightedScores":
        distinct, places = np.unique(
            np.concatenate([self.scores, other.scores]), return_inverse=True
        )
        total, squares = (
            weights.added(weights.nothing((len(distinct), 2)), places, np.concatenate(parts))
            for parts in ((self.total, other.total), (self.squares, other.squares))
        )
        return WeightedScores(frozen(distinct), total, squares, self.rows + other.rows)

    def digest(self) -> str:
        """SHA-256 over scores and sums, these as exact decimal text."""
        sums = ([weights.decimal_text(each) for each in part.flat] for part in self._sums())
        return digest_of("weighted_scores", self.scores, *sums, self.rows)

    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        return self.total, self.squares


def score_counts(scores: np.ndarray, negatives: np.ndarray, positives: np.ndarray) -> ScoreCounts:
    """Counts per distinct score, from counts in any order and with scores repeated."""
    distinct, places = np.unique(scores + 0.0, return_inverse=True)
    summed = np.zeros((2, len(distinct)), dtype=np.int64)
    np.add.at(summed[0], places, negatives)
    np.add.at(summed[1], places, positives)
    return ScoreCounts(frozen(distinct), frozen(summed[0]), frozen(summed[1]))


def combined(parts: Sequence[ScoreCounts]) -> ScoreCounts:
    """The counts of all parts' people together."""
    if len(parts) == 1:
        return parts[0]
    return score_counts(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.negatives for part in parts]),
        np.concatenate([part.positives for part in parts]),
    )


def reduce_scores(table: ibis.Table, *, score: str, label: str) -> ScoreCounts:
    """Count the rows of a table by score and label, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    score : str
        Column of finite numbers, nothing missing.
    label : str
        Column of 0 and 1 (or of false and true), nothing missing.

    Returns
    -------
    ScoreCounts
        Exact counts per distinct score.

    Raises
    ------
    ValueError
        If a score is missing, NaN or infinite, or a label neither 0 nor 1; says how many
        rows are concerned and which values they have.
    """
    keys = [table[score].cast("float64").name("score")]
    counted = table.group_by(keys).aggregate(**label_sums(table, label)).to_pyarrow()
    scores, negatives, positives = checked(table, counted, score=score, label=label)
    return score_counts(scores, negatives, positives)


def reduce_weighted_scores(
    table: ibis.Table, *, score: str, label: str, weight: str
) -> WeightedScores:
    """Add up the weights of a table's rows by score and label.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    score, label : str
        As for `reduce_scores`.
    weight : str
        Column of finite numbers, none negative or missing. A first pass finds the largest.

    Returns
    -------
    WeightedScores
        Exact sums, whatever the order of the rows.

    Raises
    ------
    ValueError
        As for `reduce_scores`; also if a weight is missing, negative, NaN or infinite.
    """
    largest = weights.largest_weight(table, weight, [score, label])
    keys = [table[score].cast("float64").name("score"), label_code(table[label]).name("code")]
    asked = {"rows": table.count(), **weights.exact_sums(table, weight, largest)}
    counted = table.group_by(keys).aggregate(**asked).to_pyarrow()
    scores, code, rows = (counted[name].to_numpy() for name in ("score", "code", "rows"))
    if not (finite := np.isfinite(scores)).all():
        raise _not_finite(table, score, scores[~finite], rows[~finite])
    if not np.isin(code, (0, 1)).all():
        raise odd_labels(table, label)
    distinct, places = np.unique(scores + 0.0, return_inverse=True)
    summed = weights.from_sums(counted.to_pydict(), largest)
    total, squares = (
        weights.added(weights.nothing((len(distinct) * 2,)), places * 2 + code, np.array(part))
        for part in summed
    )
    pairs = (total.reshape(-1, 2), squares.reshape(-1, 2))
    return WeightedScores(frozen(distinct), *pairs, int(rows.sum()))


def label_code(column: ibis.Column) -> ibis.Column:
    """0 and 1 as int64; something above for every other value and where there is none."""
    kind = column.type()
    if kind.is_integer() and not kind.is_uint64():
        return ibis.coalesce(column.cast("int64"), _ODD)
    one, zero = {True: ("1", "0")}.get(kind.is_string(), (1, 0))
    if kind.is_boolean():
        one, zero = True, False
    code = ibis.cases((column == one, 1), (column == zero, 0), else_=_ODD)
    return code.cast("int64")


def label_sums(table: ibis.Table, label: str) -> dict[str, ibis.Value]:
    """What a query asks so that `checked` can count labels and find odd ones."""
    code = label_code(table[label])
    extremes = {"lowest": code.min(), "highest": code.max()}
    return {"positives": code.sum(), **extremes, "rows": table.count()}


def checked(
    table: ibis.Table, counted: pa.Table, *, score: str, label: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, negatives and positives of a query's answer, each of shape (n_entries,).

    Raises ValueError if a score is no finite number or a label neither 0 nor 1.
    """
    scores = counted["score"].to_numpy() + 0.0
    positives, rows = (counted[name].to_numpy().astype(np.int64) for name in ("positives", "rows"))
    if not (finite := np.isfinite(scores)).all():
        raise _not_finite(table, score, scores[~finite], rows[~finite])
    extremes = (counted[name].to_numpy() for name in ("lowest", "highest"))
    if not all(np.isin(labels, (0, 1)).all() for labels in extremes):
        raise odd_labels(table, label)
    return scores, rows - positives, positives


def odd_labels(table: ibis.Table, label: str) -> ValueError:
    """The error for a table with labels other than 0 and 1, counted exactly."""
    code = label_code(table[label])
    odd = table.filter((code != 0) & (code != 1)).select(value=table[label].cast("string"))
    by_value = odd.group_by("value").aggregate(n=odd.count())
    first = by_value.order_by([ibis.desc("n"), "value"]).limit(_LISTED).to_pyarrow()
    said = listed(first["value"].to_pylist(), first["n"].to_pylist())
    found = guard.unusable(table, (code != 0) & (code != 1), [label, *table.columns])
    return ValueError(f"expected only 0 and 1 in {label!r}, got also {said}: {found}")


def listed(values: Sequence[Any], rows: Sequence[int]) -> str:
    """The first few values with their rows, as an error message names them."""
    named = ["missing" if value is None else str(value) for value in values[:_LISTED]]
    return ", ".join(f"{name} in {n:,} rows" for name, n in zip(named, rows, strict=False))


def _not_finite(table: ibis.Table, score: str, values: np.ndarray, rows: np.ndarray) -> ValueError:
    named = ["missing or NaN" if np.isnan(value) else str(value) for value in values]
    counted: dict[str, int] = {}
    for name, n in zip(named, rows.tolist(), strict=True):
        counted[name] = counted.get(name, 0) + n
    said = listed(sorted(counted), [counted[name] for name in sorted(counted)])
    odd = ~all_finite([table[score].cast("float64")])
    found = guard.unusable(table, odd, [score, *table.columns])
    return ValueError(f"expected finite numbers in {score!r}, got {said}: {found}")
