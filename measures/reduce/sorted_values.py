"""A numeric column's values in order: what exact distances between two columns need.

It is as long as the column has values, so it is held for one column at a time and not stored;
what is stored is counts on bins taken from it.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from measures.reduce.arrow_rows import EngineRows, ParquetRows, Rows, Source, floats, rows_of
from measures.reduce.missing import as_number
from measures.reduce.scores import ScoreCounts
from measures.reduce.statistic import digest_of, frozen

#: Rows looked at before a whole column is.
_PROBED = 2_048


@dataclass(frozen=True, eq=False)
class SortedValues:
    """Known values, ascending; `counts` say how many rows each stands for, None one each.

    `values` and `counts` have shape (n_values,); infinite values are known, NaN and NULL
    are `missing`.
    """

    values: np.ndarray
    counts: np.ndarray | None
    missing: int

    def __add__(self, other: "SortedValues") -> "SortedValues":
        values = np.concatenate([self.values, other.values])
        missing = self.missing + other.missing
        if self.counts is None and other.counts is None:
            return SortedValues(frozen(np.sort(values, kind="stable")), None, missing)
        order = np.argsort(values, kind="stable")
        counts = np.concatenate([self.each(), other.each()])
        return SortedValues(frozen(values[order]), frozen(counts[order]), missing)

    def digest(self) -> str:
        """SHA-256 over distinct values, their counts and the missing."""
        distinct, places = np.unique(self.values + 0.0, return_inverse=True)
        counts = np.bincount(places, self.each(), len(distinct)).astype("<i8")
        held = hashlib.sha256(distinct.astype("<f8").tobytes() + counts.tobytes())
        return digest_of("sorted values", held.hexdigest(), self.missing)

    @property
    def known(self) -> int:
        """Rows with a value."""
        return len(self.values) if self.counts is None else int(self.counts.sum())

    @property
    def rows(self) -> int:
        """How many rows were read, missing ones included."""
        return self.known + self.missing

    @property
    def is_finite(self) -> bool:
        """Whether no value is infinite; true of none."""
        return not len(self.values) or bool(np.isfinite(self.values[[0, -1]]).all())

    def each(self) -> np.ndarray:
        """Rows per value, shape (n_values,)."""
        return np.ones(len(self.values), np.int64) if self.counts is None else self.counts

    def distinct(self) -> int:
        """Different values."""
        return int((self.values[1:] != self.values[:-1]).sum()) + bool(len(self.values))


def sorted_values(values: np.ndarray, missing: int = 0) -> SortedValues:
    """Values of shape (n,) in any order; NaN are missing, beside the `missing` others."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    known = int(np.searchsorted(ordered, np.nan))
    return SortedValues(frozen(ordered[:known]), None, missing + len(ordered) - known)


def values_of_scores(scores: ScoreCounts) -> SortedValues:
    """The scores of people already counted by score, labels put together."""
    held = scores.totals > 0
    return SortedValues(frozen(scores.scores[held]), frozen(scores.totals[held]), 0)


def sorted_column(column: pa.ChunkedArray | pa.Array, name: str) -> SortedValues:
    """A column of numbers, sorted."""
    return sorted_values(*floats(column, name))


def reduce_sorted(source: Source, column: str) -> SortedValues:
    """Sort one numeric column.

    Parameters
    ----------
    source : ibis.Table, pyarrow.Table, Path or sequence of Path
        Any number of rows that fit in memory eight bytes each, twice over.
    column : str
        A numeric column.

    Returns
    -------
    SortedValues
        Every value, whatever the order of the rows.

    Raises
    ------
    ValueError
        If the column of Parquet or Arrow holds no numbers.
    """
    return sorted_column(rows_of(source).number(column), column)


def has_few_values(rows: Rows, column: str, most: int) -> bool:
    """Whether a numeric column has values, but at most so many distinct; stops when it has more."""
    if isinstance(rows, EngineRows):
        held = as_number(rows.table[column]).name(column)
        some = rows.table.select(held).distinct().limit(most + 2).to_pyarrow()
        return 0 < len(some) - some[column].null_count <= most
    if isinstance(rows, ParquetRows):
        first = sorted_column(rows.first_rows(column, _PROBED), column)
        if first.distinct() > most:
            return False
    seen = np.empty(0)
    for _, piece in rows.pieces([column]):
        seen = np.union1d(seen, np.unique(sorted_column(piece, column).values))
        if len(seen) > most:
            return False
    return len(seen) > 0
