"""Mean, deviation, skewness and kurtosis of a column, from sums that add exactly.

Values are shifted by a centre near their mean, so that nothing cancels, and scaled by a power
of two into [-1, 1]. Each power of a value is rounded to a whole number of a tiny unit and
these are added as whole numbers: neither the order of the rows nor threads can matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import frexp, ldexp, sqrt
from typing import Any, NamedTuple

import ibis
import numpy as np

from measures.reduce import limbs
from measures.reduce.finite import float_of
from measures.reduce.missing import as_number
from measures.reduce.statistic import check_same, digest_of

#: Bits of one of the two parts a value is cut into: 65,536 of them add exactly in a float.
_PART = 36
_BLOCK = 65_536

_AT_ONCE = 10


class Shift(NamedTuple):
    """What is subtracted from each value, and the most that is left of one, in size."""

    centre: float
    reach: float


@dataclass(frozen=True)
class Moments:
    """Sums of powers of the known values of one column.

    ``powers[k - 1] / unit`` is the sum of ``((x - centre) / 2**exponent) ** k``.
    """

    rows: int
    centre: float
    exponent: int
    powers: tuple[int, int, int, int]
    unit: int

    def __add__(self, other: "Moments") -> "Moments":
        check_same("centre", self.centre, other.centre)
        check_same("scale", (self.exponent, self.unit), (other.exponent, other.unit))
        first, second, third, fourth = (
            ours + theirs for ours, theirs in zip(self.powers, other.powers, strict=True)
        )
        powers = (first, second, third, fourth)
        return Moments(self.rows + other.rows, self.centre, self.exponent, powers, self.unit)

    def digest(self) -> str:
        """SHA-256 over the sums, as text since they pass the range of JSON numbers."""
        sums = [str(power) for power in (*self.powers, self.unit)]
        return digest_of("moments", self.rows, self.centre, self.exponent, sums)

    @property
    def mean(self) -> float | None:
        """In the column's unit; None if nothing is known."""
        if not self.rows:
            return None
        return self.centre + _scaled(float(self._raw(1)), self.exponent)

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation (divisor rows − 1); None below two values."""
        if self.rows < 2:
            return None
        variance = self._central(2) * self.rows / (self.rows - 1)
        return _scaled(sqrt(variance), self.exponent)

    @property
    def skewness(self) -> float | None:
        """g₁ = m₃ / m₂^(3/2) (divisor rows); None where all values are equal."""
        second = float(self._central(2)) if self.rows else 0.0
        return float(self._central(3)) / second**1.5 if second**1.5 else None

    @property
    def kurtosis(self) -> float | None:
        """g₂ = m₄ / m₂² − 3 (divisor rows), 0 of a normal law; None where all are equal."""
        second = self._central(2) if self.rows else Fraction(0)
        return float(self._central(4) / second**2 - 3) if second else None

    def _raw(self, power: int) -> Fraction:
        return Fraction(self.powers[power - 1], self.rows * self.unit)

    def _central(self, power: int) -> Fraction:
        """Mean of (x − mean)**power, in units of 2**(power · exponent)."""
        first, second = self._raw(1), self._raw(2)
        if power == 2:
            return max(Fraction(0), second - first**2)
        third = self._raw(3)
        if power == 3:
            return third - 3 * first * second + 2 * first**3
        return self._raw(4) - 4 * first * third + 6 * first**2 * second - 3 * first**4


def moments_of(values: np.ndarray) -> Moments:
    """Moments of finite values of shape (n,) about their exact mean; n is at least 1."""
    low, high = float(values.min()), float(values.max())
    centre = exact_mean(values, max(abs(low), abs(high)))
    return shifted_moments(values, shift_between(low, high, centre))


def shift_between(low: float, high: float, centre: float) -> Shift:
    """The shift by a centre of a column that reaches from low to high."""
    half = max(high / 2 - centre / 2, centre / 2 - low / 2)  # halved, so as not to overflow
    return Shift(centre, half * 2 if half < 2.0**1022 else np.inf)


def exact_mean(values: np.ndarray, largest: float) -> float:
    """Mean of finite values of shape (n,), none above `largest` in size, in any order."""
    exponent = _exponent(largest)
    total = sum(whole_sum(block * 2.0**-exponent) for block in blocks(values))
    return _scaled(total / (len(values) << 2 * _PART), exponent)


def shifted_moments(values: np.ndarray, shift: Shift) -> Moments:
    """Moments of finite values of shape (n,), in any order."""
    wide, exponent = _exponents(shift)
    powers = [0, 0, 0, 0]
    for block in blocks(values):
        scaled = (block * 2.0**-wide - shift.centre * 2.0**-wide) * 2.0 ** (wide - exponent)
        square = scaled * scaled
        for k, power in enumerate((scaled, square, square * scaled, square * square)):
            powers[k] += whole_sum(power)
    first, second, third, fourth = powers
    return Moments(
        len(values), shift.centre, exponent, (first, second, third, fourth), 1 << 2 * _PART
    )


def blocks(values: np.ndarray) -> list[np.ndarray]:
    """The values cut into pieces that whole numbers of 36 bits can be added up in."""
    return [values[start : start + _BLOCK] for start in range(0, len(values), _BLOCK)]


def whole_sum(block: np.ndarray) -> int:
    """Sum of at most 65,536 values in [-1, 1], each rounded to 2**-72, in units of that."""
    scaled = block * 2.0**_PART
    high = np.rint(scaled)
    scaled -= high
    scaled *= 2.0**_PART
    return (int(high.sum()) << _PART) + int(np.rint(scaled).sum())


def reduce_moments(table: ibis.Table, shifts: Mapping[str, Shift]) -> dict[str, Moments]:
    """Add up the powers of columns, ten columns in a pass.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows below 10¹⁰.
    shifts : mapping of str to Shift
        Per numeric column what to subtract and how far values then reach; all are finite.

    Returns
    -------
    dict of str to Moments
        One per column, missing values left out.

    References
    ----------
    D. N. Joanes and C. A. Gill (1998), "Comparing measures of sample skewness and kurtosis",
    The Statistician 47(1), 183-189.
    """
    names, found = list(shifts), dict[str, Moments]()
    for start in range(0, len(names), _AT_ONCE):
        found |= _some(table, {name: shifts[name] for name in names[start : start + _AT_ONCE]})
    return found


def _some(table: ibis.Table, shifts: Mapping[str, Shift]) -> dict[str, Moments]:
    scaled = [scaled_column(table[name], shift) for name, shift in shifts.items()]
    known = table.select([each.name(f"d{i}") for i, each in enumerate(scaled)])
    asked = [each for i in range(len(scaled)) for each in moment_questions(known[f"d{i}"], i)]
    answer = known.aggregate(asked).to_pyarrow().to_pylist()[0]
    return {name: moments_in(answer, i, shift) for i, (name, shift) in enumerate(shifts.items())}


def scaled_column(column: ibis.Column, shift: Shift) -> ibis.Value:
    """The column shifted and scaled as `moment_questions` takes it; NULL where missing."""
    wide, exponent = _exponents(shift)
    centred = as_number(column) * float_of(2.0**-wide) - float_of(shift.centre * 2.0**-wide)
    return centred * float_of(2.0 ** (wide - exponent))


def moment_questions(scaled: ibis.Column, i: int) -> list[ibis.Value]:
    """What to ask of a scaled column, the answers named by its number."""
    square = scaled * scaled
    powers = (scaled, square, square * scaled, square * square)
    sums: dict[str, ibis.Value] = {}
    for k, power in enumerate(powers):
        sums |= limbs.sums_of(power, f"p{i}_{k}_")
    return [scaled.count().name(f"n{i}"), *(each.name(name) for name, each in sums.items())]


def moments_in(answer: Mapping[str, Any], i: int, shift: Shift) -> Moments:
    """The moments in the answer to `moment_questions`."""
    first, second, third, fourth = (
        limbs.joined([answer[name] for name in limbs.names_of(f"p{i}_{k}_")]) for k in range(4)
    )
    powers, exponent = (first, second, third, fourth), _exponents(shift)[1]
    return Moments(answer[f"n{i}"], shift.centre, exponent, powers, 1 << limbs.BITS)


def _exponents(shift: Shift) -> tuple[int, int]:
    """Powers of two that bring the values, then their distances to the centre, into [-1, 1].

    In two steps, since scaling a value by the second at once could overflow.
    """
    if shift.reach == np.inf:
        return 1025, 1026
    wide = _exponent(max(abs(shift.centre), shift.reach)) + 1
    return wide, max(wide - 1000, _exponent(shift.reach))


def _exponent(largest: float) -> int:
    return max(-1000, frexp(largest)[1])


def _scaled(value: float, exponent: int) -> float:
    try:
        return ldexp(value, exponent)
    except OverflowError:
        return float("inf")
