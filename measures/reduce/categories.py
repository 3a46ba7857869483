"""A column's values counted, each by its text."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from measures.reduce import guard
from measures.reduce.missing import as_text
from measures.reduce.statistic import digest_of

#: Distinct values one reduction may return.
MOST_LEVELS = 1_000


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
    table: ibis.Table, columns: Sequence[str], *, most: int = MOST_LEVELS
) -> dict[str, CategoryCounts]:
    """Count the values of columns.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Columns of any type; values are compared as text, 1 and 1.0 being one.
    most : int
        Distinct values allowed per column.

    Returns
    -------
    dict of str to CategoryCounts
        One per column.

    Raises
    ------
    TooManyLevels
        If a column has more distinct values than allowed; names it.
    """
    return {column: _counted(table, column, most) for column in columns}


def _counted(table: ibis.Table, column: str, most: int) -> CategoryCounts:
    query = table.group_by(as_text(table[column]).name("level")).aggregate(n=table.count())
    answer = query.limit(most + 2).to_pyarrow().to_pydict()
    counted = dict(zip(answer["level"], answer["n"], strict=True))
    missing = counted.pop(None, 0)
    if len(counted) > most:
        raise guard.too_many(table, [column], most)
    return category_counts(counted, missing)
