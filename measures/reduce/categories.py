"""A column's values counted, each by its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.reduce import guard
from measures.reduce.arrow_rows import THREADS, Rows, Source, fold, rows_of
from measures.reduce.missing import as_text
from measures.reduce.statistic import digest_of

#: Distinct values one reduction may return.
MOST_LEVELS = 1_000

#: Whole floats up to here are written as the integers they are; beyond, not all are exact.
_INT64 = 2.0**63


@dataclass(frozen=True)
class CategoryCounts:
    """Rows per value, in order of the values; `missing` rows have none."""

    levels: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int

    def __add__(self, other: "CategoryCounts") -> "CategoryCounts":
        both = self.as_dict()
        for level, count in other.as_dict().items():
            both[level] = both.get(level, 0) + count
        return category_counts(both, self.missing + other.missing)

    def digest(self) -> str:
        """SHA-256 over values and counts."""
        return digest_of("categories", self.levels, self.counts, self.missing)

    @property
    def rows(self) -> int:
        """How many rows were counted, missing ones included."""
        return sum(self.counts) + self.missing

    def as_dict(self) -> dict[str, int]:
        """Rows by value."""
        return dict(zip(self.levels, self.counts, strict=True))

    def most_frequent(self, many: int) -> list[tuple[str, int]]:
        """The values most rows have; ties in order of the values."""
        return sorted(self.as_dict().items(), key=lambda held: (-held[1], held[0]))[:many]


def category_counts(counted: dict[str, int], missing: int) -> CategoryCounts:
    """Counts in order of the values."""
    levels = tuple(sorted(counted))
    return CategoryCounts(levels, tuple(counted[level] for level in levels), missing)


def reduce_categories(
    source: Source | Rows,
    columns: Sequence[str],
    *,
    most: int = MOST_LEVELS,
    threads: int = THREADS,
) -> dict[str, CategoryCounts]:
    """Count the values of columns.

    Parameters
    ----------
    source : ibis.Table, pyarrow.Table, Path or sequence of Path, Rows
        Any number of rows; paths are of Parquet files; `Rows` are those of `rows_of`.
    columns : sequence of str
        Columns of any type (of Parquet and Arrow: texts, numbers, booleans); values are
        compared as text, 1 and 1.0 being one.
    most : int
        Distinct values allowed per column.
    threads : int, default 2
        Columns read at once, where the source allows it.

    Returns
    -------
    dict of str to CategoryCounts
        One per column.

    Raises
    ------
    TooManyLevels
        If a column has more distinct values than allowed; names it.
    ValueError
        If a column of Parquet or Arrow has a type whose text engines would not agree on.
    """
    if isinstance(source, ibis.Table):
        return {column: _counted(source, column, most) for column in columns}
    rows = rows_of(source)
    empty = {column: CategoryCounts((), (), 0) for column in columns}
    found = empty | fold(rows, columns, count_values, threads=threads)
    for column, counts in found.items():
        if len(counts.levels) > most:
            raise guard.TooManyLevels({column: len(counts.levels)}, most)
    return found


def count_values(name: str, array: pa.Array) -> CategoryCounts:
    """Count the values of an Arrow array; NULL and NaN are missing."""
    if pa.types.is_dictionary(array.type):
        codes = array.indices.drop_null().to_numpy(zero_copy_only=False)
        values, counts = array.dictionary, np.bincount(codes, minlength=len(array.dictionary))
    else:
        values, counts = pc.value_counts(array).flatten()
        counts = counts.to_numpy()
    _check_text(name, values.type)
    counted: dict[str, int] = {}
    for text, count in zip(map(_text, values.to_pylist()), counts.tolist(), strict=True):
        if text is not None and count:
            counted[text] = counted.get(text, 0) + count
    return category_counts(counted, len(array) - sum(counted.values()))


def _check_text(name: str, held: pa.DataType) -> None:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer)
    if not any(kind(held) for kind in (*kinds, pa.types.is_floating, pa.types.is_boolean)):
        raise ValueError(f"expected texts, numbers or booleans in {name!r}, got {held}")


def _text(value: Any) -> str | None:
    """As `missing.as_text` has it; None where missing."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, float):
        return None if value is None else str(value)
    if value != value:  # NaN
        return None
    return str(int(value)) if value.is_integer() and abs(value) < _INT64 else repr(value)


def _counted(table: ibis.Table, column: str, most: int) -> CategoryCounts:
    query = table.group_by(as_text(table[column]).name("level")).aggregate(n=table.count())
    answer = query.limit(most + 2).to_pyarrow().to_pydict()
    counted = dict(zip(answer["level"], answer["n"], strict=True))
    missing = counted.pop(None, 0)
    if len(counted) > most:
        raise guard.too_many(table, [column], most)
    return category_counts(counted, missing)
