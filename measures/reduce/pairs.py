"""Two models on the same people, counted: by group, label and both predictions, or by scores.

What two models decide about one person is not independent. Counting people by both decisions
at once keeps what a fair comparison of the two needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np

from measures.reduce import guard
from measures.reduce.cells import MOST_CELLS, Cells
from measures.reduce.missing import as_group
from measures.reduce.scores import label_code, odd_labels
from measures.reduce.statistic import check_same, digest_of, frozen
from measures.reduce.unlabelled_scores import check_finite

#: Triples of two scores and a label one reduction may return.
MOST_ENTRIES = 50_000_000


@dataclass(frozen=True, eq=False)
class PairedCells:
    """Counts of people by what two models say of them.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    ``counts[i, y, a, b]`` is how many people of group i have label y, prediction a of the
    first model and b of the second.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    counts: np.ndarray

    def __add__(self, other: "PairedCells") -> "PairedCells":
        check_same("features", self.features, other.features)
        counts = np.concatenate([self.counts, other.counts])
        return _summed(self.features, self.groups + other.groups, counts)

    def digest(self) -> str:
        """SHA-256 over features, groups and counts."""
        return digest_of("paired cells", self.features, self.groups, self.counts)

    def over(self, features: Sequence[str]) -> "PairedCells":
        """The counts of some of the features: people summed over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, self.counts)

    @property
    def first(self) -> Cells:
        """The cells of the first model alone."""
        return Cells(self.features, self.groups, frozen(self.counts.sum(axis=3)))

    @property
    def second(self) -> Cells:
        """The cells of the second model alone."""
        return Cells(self.features, self.groups, frozen(self.counts.sum(axis=2)))

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())


@dataclass(frozen=True, eq=False)
class PairedScores:
    """How many people of each label have each pair of scores.

    `first` and `second` (n_pairs,) are the scores of the two models, in order and each pair
    once; `negatives` and `positives` (n_pairs,) count the people with label 0 and 1.
    """

    first: np.ndarray
    second: np.ndarray
    negatives: np.ndarray
    positives: np.ndarray

    def __add__(self, other: "PairedScores") -> "PairedScores":
        parts = ("first", "second", "negatives", "positives")
        return paired_scores(
            *(np.concatenate([getattr(self, part), getattr(other, part)]) for part in parts)
        )

    def digest(self) -> str:
        """SHA-256 over scores and counts."""
        parts = (self.first, self.second, self.negatives, self.positives)
        return digest_of("paired scores", *parts)


def paired_scores(
    first: np.ndarray, second: np.ndarray, negatives: np.ndarray, positives: np.ndarray
) -> PairedScores:
    """Counts per distinct pair of scores, from counts in any order and with pairs repeated."""
    one, other = first + 0.0, second + 0.0
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    new = np.ones(len(one), dtype=bool)
    new[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    starts = np.flatnonzero(new)
    counts = [
        np.add.reduceat(part[order], starts) if len(starts) else part
        for part in (negatives.astype(np.int64), positives.astype(np.int64))
    ]
    return PairedScores(*(frozen(part) for part in (one[new], other[new], *counts)))


def reduce_pairs(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    first: str,
    second: str,
    most: int = MOST_CELLS,
) -> PairedCells:
    """Count the rows of a table by group, label and the predictions of two models, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    label, first, second : str
        Columns of 0 and 1 (or of false and true), nothing missing.
    most : int
        Cells allowed; more are refused, not counted.

    Returns
    -------
    PairedCells
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels
        If there are more cells than allowed; names the feature with most levels.
    ValueError
        If a label or prediction is neither 0 nor 1.
    """
    keys = [as_group(table[feature]).name(f"g{i}") for i, feature in enumerate(features)]
    codes = {"label": label, "first": first, "second": second}
    keys += [label_code(table[column]).name(name) for name, column in codes.items()]
    asked = table.group_by(keys).aggregate(n=table.count()).limit(most + 1)
    counted = asked.to_pyarrow().to_pydict()
    for name, column in codes.items():
        if not set(counted[name]) <= {0, 1}:
            raise odd_labels(table, column)
    if len(counted["n"]) > most:
        raise guard.too_many(table, features, most)
    levels = [counted[f"g{place}"] for place in range(len(features))]
    groups = tuple(zip(*levels, strict=True)) if features else ((),) * len(counted["n"])
    counts = np.zeros((len(groups), 2, 2, 2), dtype=np.int64)
    places = (np.array(counted[name], dtype=np.intp) for name in codes)
    counts[(np.arange(len(groups)), *places)] = counted["n"]
    return _summed(tuple(features), groups, counts)


def reduce_score_pairs(
    table: ibis.Table, *, label: str, first: str, second: str, most: int = MOST_ENTRIES
) -> PairedScores:
    """Count the rows of a table by label and the scores of two models, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    label : str
        Column of 0 and 1 (or of false and true), nothing missing.
    first, second : str
        Columns of finite numbers, nothing missing.
    most : int
        Triples of two scores and a label allowed.

    Returns
    -------
    PairedScores
        Exact counts per distinct pair of scores.

    Raises
    ------
    ValueError
        If a score is missing, NaN or infinite, a label neither 0 nor 1, or if there are more
        triples than allowed.
    """
    keys = [
        table[first].cast("float64").name("first"),
        table[second].cast("float64").name("second"),
        label_code(table[label]).name("label"),
    ]
    counted = table.group_by(keys).aggregate(n=table.count()).limit(most + 1).to_pyarrow()
    if len(counted) > most:
        raise ValueError(f"expected at most {most:,} pairs of scores, got more: round the scores")
    labels, rows = (counted[name].to_numpy().astype(np.int64) for name in ("label", "n"))
    if not np.isin(labels, (0, 1)).all():
        raise odd_labels(table, label)
    one, other = (counted[name].to_numpy() for name in ("first", "second"))
    check_finite(first, one, rows)
    check_finite(second, other, rows)
    return paired_scores(one, other, rows * (labels == 0), rows * (labels == 1))


def _summed(
    features: tuple[str, ...], groups: tuple[tuple[str, ...], ...], counts: np.ndarray
) -> PairedCells:
    """Counts with equal groups added up and the groups in order."""
    levels = tuple(sorted(set(groups)))
    found = {level: place for place, level in enumerate(levels)}
    total = np.zeros((len(levels), 2, 2, 2), dtype=np.int64)
    np.add.at(total, np.array([found[group] for group in groups], dtype=np.intp), counts)
    return PairedCells(features, levels, frozen(total))
