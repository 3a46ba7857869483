"""Sums of columns that come out the same to the last bit, whatever the order of the rows.

Adding floats depends on the order, and an engine with threads has none. Here each value is
scaled by a power of two into [-1, 1] and added as a decimal of 18 places: an exact addition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import frexp, sqrt

import ibis

from measures.reduce.missing import as_number
from measures.reduce.statistic import check_same, digest_of

_PLACES = 18
_AT_ONCE = 40
_TYPE = f"decimal(38, {_PLACES})"


@dataclass(frozen=True)
class Sums:
    """Of the known values of one column: how many, their sum, the sum of their squares.

    Sums are whole numbers of 10⁻¹⁸ in units of ``2**exponent`` (squares: its square).
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
        return self.total / (self.rows * 10**_PLACES) * 2.0**self.exponent if self.rows else None

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation (divisor rows − 1), None below two values."""
        if self.rows < 2:
            return None
        within = self.squares * self.rows * 10**_PLACES - self.total * self.total
        variance = within / (self.rows * (self.rows - 1) * 10 ** (2 * _PLACES))
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
    asked = []
    for i, (column, exponent) in enumerate(exponents.items()):
        scaled = as_number(table[column]) * ibis.literal(repr(2.0**-exponent)).cast("float64")
        asked += [
            scaled.count().name(f"n{i}"),
            scaled.cast(_TYPE).sum().name(f"s{i}"),
            (scaled * scaled).cast(_TYPE).sum().name(f"q{i}"),
        ]
    answer = table.aggregate(asked).to_pyarrow().to_pydict()
    return {
        column: Sums(
            answer[f"n{i}"][0], _units(answer[f"s{i}"][0]), _units(answer[f"q{i}"][0]), exponent
        )
        for i, (column, exponent) in enumerate(exponents.items())
    }


def _units(value: Decimal | None) -> int:
    return int(Fraction(value or 0) * 10**_PLACES)  # a Decimal's own arithmetic would round
