"""People counted by group, score and label: curves, AUC and calibration of every slice at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce import guard
from measures.reduce.arrow_rows import THREADS
from measures.reduce.gridded_scores import STEPS, Group, count_on_grid
from measures.reduce.missing import as_group
from measures.reduce.scores import ScoreCounts, checked, combined, label_sums
from measures.reduce.statistic import check_same, digest_of, frozen

#: Groups one reduction may return.
MOST_GROUPS = 10_000

#: Pairs of group and score one reduction may return.
MOST_ENTRIES = 50_000_000


@dataclass(frozen=True, eq=False)
class GroupedScores:
    """How many people of each group and label have each score.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    ``scores[i]`` are the counts of the people of group i.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    scores: tuple[ScoreCounts, ...]

    def __add__(self, other: "GroupedScores") -> "GroupedScores":
        check_same("features", self.features, other.features)
        return _merged(self.features, self.groups + other.groups, self.scores + other.scores)

    def digest(self) -> str:
        """SHA-256 over features, groups and each group's counts."""
        held = [each.digest() for each in self.scores]
        return digest_of("grouped_scores", self.features, self.groups, held)

    def over(self, features: Sequence[str]) -> "GroupedScores":
        """The scores by some of the features: people put together over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _merged(tuple(features), groups, self.scores)

    def everybody(self) -> ScoreCounts:
        """All groups' people together."""
        nobody = np.zeros(0, dtype=np.int64)
        return combined(self.scores or (ScoreCounts(np.zeros(0), nobody, nobody),))

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return sum(each.rows for each in self.scores)


def reduce_grouped_scores(
    table: ibis.Table,
    features: Sequence[str],
    *,
    score: str,
    label: str,
    files: Sequence[Path] = (),
    most_groups: int = MOST_GROUPS,
    most_entries: int = MOST_ENTRIES,
    threads: int = THREADS,
) -> GroupedScores:
    """Count the rows of a table by group, score and label, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    score : str
        Column of finite numbers, nothing missing.
    label : str
        Column of 0 and 1 (or of false and true), nothing missing.
    files : sequence of Path, optional
        The Parquet files that the table is. Scores of at most four decimals are then counted
        from them, in half the time; all else is asked of the engine as ever.
    most_groups : int
        Groups allowed.
    most_entries : int
        Pairs of group and score allowed; where there are more, `reduce_score_bins` serves.
    threads : int, default 2
        Parts of files counted at once. Results do not depend on it.

    Returns
    -------
    GroupedScores
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels
        If there are more groups than allowed; names the feature with most levels.
    ValueError
        If there are more pairs of group and score than allowed, if a score is missing, NaN
        or infinite, or if a label is neither 0 nor 1.
    """
    gridded = count_on_grid(files, features, score=score, label=label, threads=threads)
    if gridded is not None and len(gridded) <= min(most_groups, most_entries // (STEPS + 1)):
        return _of_grid(tuple(features), gridded)
    return _asked(table, tuple(features), score, label, (most_groups, most_entries))


def _asked(
    table: ibis.Table, features: tuple[str, ...], score: str, label: str, most: tuple[int, int]
) -> GroupedScores:
    """Counted by the engine; `most` groups and entries."""
    most_groups, most_entries = most
    keys = [as_group(table[feature]).name(f"g{i}") for i, feature in enumerate(features)]
    keys.append(table[score].cast("float64").name("score"))
    asked = table.group_by(keys).aggregate(**label_sums(table, label)).limit(most_entries + 1)
    counted = asked.to_pyarrow()
    codes, groups = group_codes(counted, len(features))
    if len(groups) > most_groups:
        raise guard.too_many(table, features, most_groups)
    if len(counted) > most_entries:
        raise ValueError(
            f"expected at most {most_entries:,} pairs of group and score, got more:"
            f" round {score!r}, or count it in bins"
        )
    parts = checked(table, counted, score=score, label=label)
    return GroupedScores(features, groups, _split(codes, len(groups), *parts))


def _of_grid(features: tuple[str, ...], counted: Mapping[Group, np.ndarray]) -> GroupedScores:
    levels = tuple(sorted(counted))
    return GroupedScores(features, levels, tuple(_held(counted[level]) for level in levels))


def _held(counts: np.ndarray) -> ScoreCounts:
    places = np.flatnonzero(counts.sum(axis=1))
    parts = (places / STEPS, *counts[places].T)
    return ScoreCounts(*(frozen(np.ascontiguousarray(part)) for part in parts))


def group_codes(counted: pa.Table, features: int) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """Each entry's place among the sorted groups, shape (n_entries,), and the groups.

    The levels stand in the columns "g0", "g1", … of a query's answer.
    """
    codes = np.zeros(len(counted), dtype=np.int64)
    groups: list[tuple[str, ...]] = [()] if len(counted) else []
    for place in range(features):
        level, levels = _sorted_codes(counted[f"g{place}"])
        held, codes = np.unique(codes * max(len(levels), 1) + level, return_inverse=True)
        pairs = [divmod(int(code), len(levels)) for code in held]
        groups = [(*groups[before], levels[own]) for before, own in pairs]
    return codes, tuple(groups)


def _sorted_codes(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Each entry's place among the sorted levels, and the levels."""
    encoded = column.combine_chunks().dictionary_encode()
    levels = encoded.dictionary.to_pylist()
    order = sorted(range(len(levels)), key=lambda place: levels[place])
    ranks = np.empty(len(levels), dtype=np.int64)
    ranks[order] = np.arange(len(levels))
    return ranks[encoded.indices.to_numpy()], [levels[place] for place in order]


def _split(
    codes: np.ndarray,
    groups: int,
    scores: np.ndarray,
    negatives: np.ndarray,
    positives: np.ndarray,
) -> tuple[ScoreCounts, ...]:
    """Each group's counts, in order of score; within a group no score comes twice."""
    order = np.lexsort((scores, codes))
    bounds = np.searchsorted(codes[order], np.arange(1, groups))
    ordered = [np.split(part[order], bounds) for part in (scores, negatives, positives)]
    held = zip(*ordered, strict=True) if groups else []
    return tuple(ScoreCounts(*(frozen(part) for part in parts)) for parts in held)


def _merged(
    features: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    scores: tuple[ScoreCounts, ...],
) -> GroupedScores:
    """Scores of equal groups put together and the groups in order."""
    parts: dict[tuple[str, ...], list[ScoreCounts]] = {}
    for group, part in zip(groups, scores, strict=True):
        parts.setdefault(group, []).append(part)
    levels = tuple(sorted(parts))
    return GroupedScores(features, levels, tuple(combined(parts[level]) for level in levels))
