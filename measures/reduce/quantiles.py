"""Exact quantiles of columns, the same in every engine.

They depend on all rows at once and do not merge; what merges is a `Histogram` over edges
taken from them. Engines round differently where they interpolate, so the engine's own answer
only says where to look: the two values beside it are then asked for, and proven by counting.
"""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, NamedTuple

import ibis

from measures.reduce.finite import float_of
from measures.reduce.missing import as_number

#: Quantiles asked about in one query.
_AT_ONCE = 40

#: How near, in relative terms, values may lie to the engine's answer to be looked at singly.
_NEAR = 2.0**-40


class _Beside(NamedTuple):
    """The values around an engine's answer: below it, near it, and above it."""

    under: int
    near: int
    below: float | None
    lowest: float | None
    highest: float | None
    above: float | None

    def at(self, rank: int) -> float | None:
        """The value of a rank, counted from 0; None if these do not tell."""
        ends = (self.under - 1, self.under, self.under + self.near - 1, self.under + self.near)
        known = dict(zip(ends, (self.below, self.lowest, self.highest, self.above), strict=True))
        if self.near and self.lowest == self.highest and self.under <= rank <= ends[2]:
            return self.lowest
        if not self.near:
            known = {self.under - 1: self.below, self.under: self.above}
        return known.get(rank)


def reduce_quantiles(
    table: ibis.Table, columns: Sequence[str], levels: Sequence[float]
) -> dict[str, list[float]]:
    """Quantiles of numeric columns, missing values left out.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Numeric columns.
    levels : sequence of float
        Each in [0, 1].

    Returns
    -------
    dict of str to list of float
        Per column its quantiles in the order of the levels, between two values interpolated
        in a straight line; empty where no value is known.
    """
    found: dict[str, list[float]] = {}
    step = max(1, _AT_ONCE // max(1, len(levels)))
    for start in range(0, len(columns), step):
        found |= _some(table, columns[start : start + step], levels)
    return found


def between(low: float, high: float, share: float) -> float:
    """A value between two, at a share of the way; both where they are equal, even infinite."""
    return low if low == high else low * (1 - share) + high * share


def _some(
    table: ibis.Table, columns: Sequence[str], levels: Sequence[float]
) -> dict[str, list[float]]:
    asked: list[ibis.Value] = []
    for i, column in enumerate(columns):
        number = as_number(table[column])
        asked += [number.count().name(f"n{i}"), number.quantile(list(levels)).name(f"q{i}")]
    answer = table.aggregate(asked).to_pyarrow().to_pylist()[0]
    rows = {column: answer[f"n{i}"] for i, column in enumerate(columns)}
    near = {column: answer[f"q{i}"] for i, column in enumerate(columns) if rows[column]}
    beside = _beside(table, near) if near and len(levels) else {}
    return {
        column: [
            _quantile(table[column], rows[column], level, beside[column, j])
            for j, level in enumerate(levels if rows[column] else ())
        ]
        for column in columns
    }


def _beside(
    table: ibis.Table, near: Mapping[str, Sequence[float]]
) -> dict[tuple[str, int], _Beside]:
    places = [(column, j) for column in near for j in range(len(near[column]))]
    asked: list[ibis.Value] = []
    for place, (column, j) in enumerate(places):
        asked += _questions(as_number(table[column]), near[column][j], place)
    answer = table.aggregate(asked).to_pyarrow().to_pylist()[0]
    return {where: _read(answer, place) for place, where in enumerate(places)}


def _questions(number: ibis.Column, near: float, place: int) -> list[ibis.Value]:
    low, high = (float_of(near + side * abs(near) * _NEAR) for side in (-1, 1))
    under, over = number < low, number > high
    within = ~under & ~over
    asked = {
        "under": under.ifelse(1, 0).sum(),
        "near": within.ifelse(1, 0).sum(),
        "below": number.max(where=under),
        "lowest": number.min(where=within),
        "highest": number.max(where=within),
        "above": number.min(where=over),
    }
    return [value.name(f"{name}{place}") for name, value in asked.items()]


def _read(answer: Mapping[str, Any], place: int) -> _Beside:
    return _Beside(*(answer[f"{name}{place}"] for name in _Beside._fields))


def _quantile(column: ibis.Column, rows: int, level: float, beside: _Beside) -> float:
    place = (rows - 1) * level
    rank = floor(place)
    ends = (rank, min(rank + 1, rows - 1))
    low, high = (beside.at(each) for each in ends)
    if low is None or high is None:
        low, high = (_sought(column, each) for each in ends)
    return between(low, high, place - rank) + 0.0  # one zero


def _sought(column: ibis.Column, rank: int) -> float:
    """The value of a rank by sorting: where many values crowd around a quantile."""
    known = as_number(column).name("value").as_table().drop_null()
    return float(known.order_by("value").limit(1, offset=rank).to_pyarrow()["value"][0].as_py())
