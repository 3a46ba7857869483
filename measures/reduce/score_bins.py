"""Scores counted in 4,096 bins: thresholds, AUC and calibration of a window, at any size.

Promises: counts per bin and label are exact, and so are the sums of their scores, each cut off
below 2⁻⁶⁰; what else is computed from them comes with a bound of its error. Exact to the last
person is `ScoreCounts`, whose size grows with the distinct scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce import guard
from measures.reduce.grouped_scores import group_codes
from measures.reduce.missing import as_group
from measures.reduce.scores import ScoreCounts, label_code, odd_labels, score_counts
from measures.reduce.statistic import check_same, digest_of, frozen

#: Bins of equal width over [0, 1]. A power of two, so that an edge times it is exact.
BINS = 4_096

#: Groups one reduction may return.
MOST_GROUPS = 1_000

#: A score is cut into two whole numbers of so many bits, which add exactly in every engine.
_UNIT = 2**30


@dataclass(frozen=True, eq=False)
class ScoreBins:
    """How many people of each group and label have scores in each bin, and their sum.

    ``counts[i, b, y]`` are people of group i with label y and a score in bin b, which holds
    its lower edge (the last one both); the sum of their scores is ``upper·2⁻³⁰ + lower·2⁻⁶⁰``,
    two arrays of that shape.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    counts: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    def __add__(self, other: "ScoreBins") -> "ScoreBins":
        check_same("features", self.features, other.features)
        check_same("number of bins", self.bins, other.bins)
        parts = [
            np.concatenate([ours, theirs])
            for ours, theirs in zip(self._parts(), other._parts(), strict=True)
        ]
        return _summed(self.features, self.groups + other.groups, *parts)

    def digest(self) -> str:
        """SHA-256 over features, groups, counts and sums."""
        return digest_of("score_bins", self.features, self.groups, *self._parts())

    def over(self, features: Sequence[str]) -> "ScoreBins":
        """The bins by some of the features: people summed over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, *self._parts())

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return int(self.counts.shape[1])

    @property
    def edges(self) -> np.ndarray:
        """The bins' edges, shape (n_bins + 1,)."""
        return np.arange(self.bins + 1) / self.bins

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())

    @property
    def sums(self) -> np.ndarray:
        """Sum of scores per group, bin and label, shape (n_groups, n_bins, 2)."""
        return np.asarray(self.upper / _UNIT + self.lower / _UNIT**2)

    def scores(self, place: int) -> ScoreCounts:
        """One group's people by bin, each bin standing as the score of its lower edge."""
        negatives, positives = self.counts[place].T
        held = negatives + positives > 0
        return score_counts(self.edges[:-1][held], negatives[held], positives[held])

    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.counts, self.upper, self.lower


def reduce_score_bins(
    table: ibis.Table,
    features: Sequence[str],
    *,
    score: str,
    label: str,
    bins: int = BINS,
    most_groups: int = MOST_GROUPS,
) -> ScoreBins:
    """Count the rows of a table by group, bin of scores and label, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    score : str
        Column of numbers in [0, 1], nothing missing.
    label : str
        Column of 0 and 1 (or of false and true), nothing missing.
    bins : int, default 4096
        A power of two: a score times it is exact, and so is the bin a score falls into.
    most_groups : int
        Groups allowed.

    Returns
    -------
    ScoreBins
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels
        If there are more groups than allowed; names the feature with most levels.
    ValueError
        If `bins` is no power of two, a score is missing or outside [0, 1], or a label is
        neither 0 nor 1.
    """
    if bins < 1 or bins & (bins - 1):
        raise ValueError(f"expected a power of two as the number of bins, got {bins}")
    # levels and labels allowed, and for each group one bin of odd scores and one odd label
    counted = _counted(table, features, score, label, bins, most_groups * (bins + 1) * 3 + 1)
    columns = ("bin", "label", "n", "upper", "lower")
    place, code, n, *sums = (counted[name].to_numpy() for name in columns)
    if odd := int(n[place < 0].sum()):
        raise ValueError(f"expected scores within [0, 1] in {score!r}, got {odd:,} rows of others")
    if not np.isin(code, (0, 1)).all():
        raise odd_labels(table, label)
    codes, groups = group_codes(counted, len(features))
    if len(groups) > most_groups:
        raise guard.too_many(table, features, most_groups)
    spread = np.zeros((3, len(groups), bins, 2), dtype=np.int64)
    spread[:, codes, place, code] = np.stack([n, *sums])
    return ScoreBins(tuple(features), groups, *(frozen(part) for part in spread))


def _counted(
    table: ibis.Table, features: Sequence[str], score: str, label: str, bins: int, most: int
) -> pa.Table:
    """The query: people and the sum of their scores by group, bin (−1 if odd) and label."""
    given = table[score].cast("float64")
    usable = (given >= 0) & (given <= 1)  # not of NaN, which sorts above every number
    known = usable.ifelse(given, ibis.null("float64"))
    place = (known == 1).ifelse(bins - 1, (known * bins).floor().cast("int64"))
    scaled = known * _UNIT
    upper = scaled.floor()
    lower = ((scaled - upper) * _UNIT).floor()
    keys = [as_group(table[feature]).name(f"g{i}") for i, feature in enumerate(features)]
    keys += [ibis.coalesce(place, -1).name("bin"), label_code(table[label]).name("label")]
    sums = {"upper": upper.cast("int64").sum(), "lower": lower.cast("int64").sum()}
    return table.group_by(keys).aggregate(n=table.count(), **sums).limit(most).to_pyarrow()


def _summed(
    features: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    *parts: np.ndarray,
) -> ScoreBins:
    """Bins of equal groups added up and the groups in order."""
    levels = sorted(set(groups))
    ranks = {level: rank for rank, level in enumerate(levels)}
    total = np.zeros((3, len(levels), *parts[0].shape[1:]), dtype=np.int64)
    places = np.array([ranks[group] for group in groups], dtype=np.intp)
    for own, part in zip(total, parts, strict=True):
        np.add.at(own, places, part)
    return ScoreBins(features, tuple(levels), *(frozen(part) for part in total))
