"""Sums of columns that come out the same to the last bit, whatever the order of the rows.

Each value is scaled by a power of two into [-1, 1] and added up in whole numbers, which is
exact, and the same in every engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import frexp, sqrt
from typing import Any

import ibis

from measures.reduce import limbs
from measures.reduce.finite import float_of
from measures.reduce.missing import as_number
from measures.reduce.statistic import check_same, digest_of

_UNIT = 1 << limbs.BITS
_AT_ONCE = 20


@dataclass(frozen=True)
class Sums:
    """Of the known values of one column: how many, their sum, the sum of their squares.

    Sums are whole numbers of 2⁻⁹⁰ in units of ``2**exponent`` (squares: its square).
    """

    rows: int
    total: int
    squares: int
    exponent: int

    def __add__(self, other: "Sums") -> "Sums":
        check_same("exponent", self.exponent, other.exponent)
        return Sums(
            self.rows + other.rows,
            self.total + other.total,
            self.squares + other.squares,
            self.exponent,
        )

    def digest(self) -> str:
        """SHA-256 over the sums, as text since they pass the range of JSON numbers."""
        return digest_of("sums", self.rows, str(self.total), str(self.squares), self.exponent)

    @property
    def mean(self) -> float | None:
        """Mean of the known values, None if there are none."""
        return self.total / (self.rows * _UNIT) * 2.0**self.exponent if self.rows else None

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation (divisor rows − 1), None below two values."""
        if self.rows < 2:
            return None
        within = self.squares * self.rows * _UNIT - self.total * self.total
        variance = within / (self.rows * (self.rows - 1) * _UNIT**2)
        return sqrt(max(0.0, variance)) * 2.0**self.exponent


def exponent_for(largest: float) -> int:
    """The power of two that scales values up to `largest` (in absolute terms) into [-1, 1]."""
    return max(-1000, frexp(largest)[1])


def reduce_sums(table: ibis.Table, exponents: Mapping[str, int]) -> dict[str, Sums]:
    """Sum columns and their squares.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    exponents : mapping of str to int
        Per numeric column the power of two that bounds its absolute values, all finite.

    Returns
    -------
    dict of str to Sums
        One per column; missing values left out.
    """
    columns = list(exponents)
    found: dict[str, Sums] = {}
    for start in range(0, len(columns), _AT_ONCE):
        some = columns[start : start + _AT_ONCE]
        found |= _some(table, {column: exponents[column] for column in some})
    return found


def _some(table: ibis.Table, exponents: Mapping[str, int]) -> dict[str, Sums]:
    asked: dict[str, ibis.Value] = {}
    for i, (column, exponent) in enumerate(exponents.items()):
        scaled = as_number(table[column]) * float_of(2.0**-exponent)
        asked[f"n{i}"] = scaled.count()
        asked |= limbs.sums_of(scaled, f"s{i}_") | limbs.sums_of(scaled * scaled, f"q{i}_")
    answer = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {
        column: Sums(answer[f"n{i}"], _sum(answer, f"s{i}_"), _sum(answer, f"q{i}_"), exponent)
        for i, (column, exponent) in enumerate(exponents.items())
    }


def _sum(answer: Mapping[str, Any], name: str) -> int:
    return limbs.joined([answer[each] for each in limbs.names_of(name)])
