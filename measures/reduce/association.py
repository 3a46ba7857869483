"""Two columns counted against each other, and numbers added up by category.

A contingency table is all that measures between two categories need; sums by category are
all that the correlation ratio needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np

from measures.reduce import guard
from measures.reduce.missing import as_text, without_nan
from measures.reduce.moments import Moments, Shift, moment_questions, moments_in, scaled_column
from measures.reduce.statistic import check_same, digest_of, frozen

#: Cells one reduction may return.
MOST_CELLS = 100_000

_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class Contingency:
    """Rows by the values of two columns, those with either missing left out. Mergeable.

    ``counts[i, j]`` is how many rows have ``rows[i]`` in the first column and
    ``columns[j]`` in the second; both are sorted.
    """

    names: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: np.ndarray

    def __add__(self, other: "Contingency") -> "Contingency":
        check_same("columns", self.names, other.names)
        return contingency(self.names, [*self._cells(), *other._cells()])

    def digest(self) -> str:
        """SHA-256 over names, values and counts."""
        return digest_of("contingency", self.names, self.rows, self.columns, self.counts)

    @property
    def transposed(self) -> "Contingency":
        """The same rows, the second column first."""
        turned = frozen(np.ascontiguousarray(self.counts.T))
        return Contingency((self.names[1], self.names[0]), self.columns, self.rows, turned)

    @property
    def people(self) -> int:
        """How many rows were counted."""
        return int(self.counts.sum())

    def _cells(self) -> list[tuple[str, str, int]]:
        return [
            (self.rows[i], self.columns[j], int(self.counts[i, j]))
            for i, j in np.argwhere(self.counts).tolist()
        ]


def contingency(names: tuple[str, str], cells: Sequence[tuple[str, str, int]]) -> Contingency:
    """A table from (row value, column value, rows) in any order, repeated ones added up."""
    rows = tuple(sorted({row for row, _, _ in cells}))
    columns = tuple(sorted({column for _, column, _ in cells}))
    down = {value: place for place, value in enumerate(rows)}
    across = {value: place for place, value in enumerate(columns)}
    counts = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for row, column, count in cells:
        counts[down[row], across[column]] += count
    return Contingency(names, rows, columns, frozen(counts))


def reduce_contingency(
    table: ibis.Table, first: str, second: str, *, most: int = MOST_CELLS
) -> Contingency:
    """Count rows by two columns, in one pass.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    first, second : str
        Columns of any type; values are compared as text.
    most : int
        Cells allowed that hold somebody.

    Returns
    -------
    Contingency
        Of the rows where both are known.

    Raises
    ------
    TooManyLevels
        If there are more cells than allowed; names the column with most values.
    """
    keys = [as_text(table[name]).name(key) for name, key in ((first, "a"), (second, "b"))]
    counted = table.group_by(keys).aggregate(n=table.count())
    known = counted.filter(counted["a"].notnull() & counted["b"].notnull())
    answer = known.limit(most + 1).to_pyarrow().to_pydict()
    if len(answer["n"]) > most:
        raise guard.too_many(table, [first, second], most)
    return contingency(
        (first, second), list(zip(answer["a"], answer["b"], answer["n"], strict=True))
    )


def reduce_missing_by(
    table: ibis.Table, columns: Sequence[str], target: str, *, most: int = MOST_CELLS
) -> dict[str, Contingency]:
    """Count, for each column, rows by whether it is missing and by the target, in one pass.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Columns to look at.
    target : str
        A column of few values.
    most : int
        Values of the target allowed.

    Returns
    -------
    dict of str to Contingency
        Per column its known and missing rows ("known", "missing") by target.

    Raises
    ------
    TooManyLevels
        If the target has more values than allowed.
    """
    missing = [
        without_nan(table[name]).isnull().sum().name(f"m{i}") for i, name in enumerate(columns)
    ]
    keys = [as_text(table[target]).name("target")]
    counted = table.group_by(keys).aggregate([table.count().name("n"), *missing])
    answer = counted.filter(counted["target"].notnull()).limit(most + 1).to_pyarrow().to_pydict()
    if len(answer["n"]) > most:
        raise guard.too_many(table, [target], most)
    found = {}
    for i, name in enumerate(columns):
        held = list(zip(answer["target"], answer["n"], answer[f"m{i}"], strict=True))
        cells = [("known", level, n - m) for level, n, m in held if n > m]
        cells += [("missing", level, m) for level, _, m in held if m]
        found[name] = contingency((name, target), cells)
    return found


@dataclass(frozen=True)
class CategoryMoments:
    """Moments of a numeric column by category; rows with either missing left out. Mergeable."""

    levels: tuple[str, ...]
    moments: tuple[Moments, ...]

    def __add__(self, other: "CategoryMoments") -> "CategoryMoments":
        both = dict(zip(self.levels, self.moments, strict=True))
        for level, theirs in zip(other.levels, other.moments, strict=True):
            both[level] = both[level] + theirs if level in both else theirs
        return _by_level(both)

    def digest(self) -> str:
        """SHA-256 over levels and the digests of their moments."""
        held = [each.digest() for each in self.moments]
        return digest_of("category moments", self.levels, held)


def reduce_category_moments(
    table: ibis.Table, category: str, shifts: Mapping[str, Shift], *, most: int = MOST_CELLS
) -> dict[str, CategoryMoments]:
    """Add up numeric columns and their powers by category, ten columns in a pass.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows below 10¹⁰.
    category : str
        Column of any type; values are compared as text.
    shifts : mapping of str to Shift
        Per numeric column what to subtract and how far values then reach; all are finite.
    most : int
        Categories allowed.

    Returns
    -------
    dict of str to CategoryMoments
        One per numeric column.

    Raises
    ------
    TooManyLevels
        If there are more categories than allowed.
    """
    names, found = list(shifts), dict[str, CategoryMoments]()
    for start in range(0, len(names), _AT_ONCE):
        some = {name: shifts[name] for name in names[start : start + _AT_ONCE]}
        found |= _some_moments(table, category, some, most)
    return found


def _some_moments(
    table: ibis.Table, category: str, shifts: Mapping[str, Shift], most: int
) -> dict[str, CategoryMoments]:
    scaled = [scaled_column(table[name], shift) for name, shift in shifts.items()]
    known = table.select(
        as_text(table[category]).name("level"),
        *(each.name(f"d{i}") for i, each in enumerate(scaled)),
    )
    asked = [each for i in range(len(scaled)) for each in moment_questions(known[f"d{i}"], i)]
    counted = known.filter(known["level"].notnull()).group_by("level").aggregate(asked)
    answer = counted.limit(most + 1).to_pyarrow().to_pylist()
    if len(answer) > most:
        raise guard.too_many(table, [category], most)
    return {
        name: _by_level({row["level"]: moments_in(row, i, shift) for row in answer})
        for i, (name, shift) in enumerate(shifts.items())
    }


def _by_level(held: Mapping[str, Moments]) -> CategoryMoments:
    levels = tuple(sorted(level for level, each in held.items() if each.rows))
    return CategoryMoments(levels, tuple(held[level] for level in levels))
