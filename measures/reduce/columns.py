"""What each column holds: known and missing values, distinct ones, smallest and largest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from measures.reduce.missing import without_nan
from measures.reduce.statistic import digest_of

_AT_ONCE = 40


@dataclass(frozen=True)
class ColumnCounts:
    """How many rows, and how many of them have no value. Mergeable."""

    rows: int
    missing: int

    def __add__(self, other: "ColumnCounts") -> "ColumnCounts":
        return ColumnCounts(self.rows + other.rows, self.missing + other.missing)

    def digest(self) -> str:
        """SHA-256 over the counts."""
        return digest_of("column", self.rows, self.missing)


@dataclass(frozen=True)
class ColumnRange:
    """What the values of a column are; distinct values do not merge.

    `kind` is "number", "time" or "category". `low` and `high` are the smallest and largest
    value: floats of a number, text of a time, None of a category or where nothing is known.
    """

    name: str
    kind: str
    counts: ColumnCounts
    distinct: int
    low: Any
    high: Any


def reduce_columns(table: ibis.Table) -> list[ColumnRange]:
    """Look at every column of a table, forty at a time.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.

    Returns
    -------
    list of ColumnRange
        In the order of the table's columns; distinct values are exact.
    """
    names = list(table.columns)
    found: list[ColumnRange] = []
    for start in range(0, len(names), _AT_ONCE):
        found += _some(table, names[start : start + _AT_ONCE])
    return found


def duplicate_rows(table: ibis.Table, *, unique: Sequence[str] = ()) -> int:
    """How many rows repeat an earlier one in every column, missing values being alike.

    The engine keeps one row of each kind, in its own bounded memory. Where a column is known
    to have a different value in every row (named in `unique`) there are none to look for.
    """
    if unique:
        return 0
    known = table.select([without_nan(table[name]).name(name) for name in table.columns])
    return _rows(table) - _rows(known.distinct())


def _rows(table: ibis.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def kind_of(column: ibis.Column) -> str:
    """ "number", "time" or "category", by the column's type."""
    held = column.type()
    if held.is_numeric() and not held.is_boolean():
        return "number"
    return "time" if held.is_temporal() else "category"


def _some(table: ibis.Table, names: list[str]) -> list[ColumnRange]:
    asked = [table.count().name("rows")]
    for i, name in enumerate(names):
        asked += _questions(table[name], i)
    answer = table.aggregate(asked).to_pyarrow().to_pydict()
    return [_range(table[name], name, i, answer) for i, name in enumerate(names)]


def _questions(column: ibis.Column, i: int) -> list[ibis.Value]:
    known = without_nan(column)
    asked = [known.count().name(f"n{i}"), known.nunique().name(f"d{i}")]
    if kind_of(column) == "category":
        return asked
    comparable = known.cast("float64" if kind_of(column) == "number" else "string")
    return [*asked, comparable.min().name(f"low{i}"), comparable.max().name(f"high{i}")]


def _range(column: ibis.Column, name: str, i: int, answer: dict[str, list[Any]]) -> ColumnRange:
    rows, known = answer["rows"][0], answer[f"n{i}"][0]
    low, high = (_end(answer.get(f"{end}{i}", [None])[0]) for end in ("low", "high"))
    counts = ColumnCounts(rows, rows - known)
    return ColumnRange(name, kind_of(column), counts, answer[f"d{i}"][0], low, high)


def _end(value: Any) -> Any:
    """An end as every engine gives it: with one zero; times in UTC, without a mark of it."""
    if isinstance(value, float):
        return value + 0.0
    return value.removesuffix("+00") if isinstance(value, str) else value
