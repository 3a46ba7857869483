"""Weights of people, checked and summed exactly: the order of the rows never matters.

A weight is scaled by a power of two and added up in whole numbers, which is exact in every
engine. What lies below 2⁻⁸⁹ of the largest weight is cut off. Scales are
32 powers of two apart, so that the parts of a table nearly always share one, and then add up
to the whole to the last bit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import frexp

import ibis
import numpy as np

from measures.reduce import guard, limbs
from measures.reduce.finite import float_of
from measures.reduce.statistic import frozen

_STEP = 32

#: Whole numbers that hold a weight and a weight's square: no weight has a square that is cut off.
_LIMBS = {"w": 4, "q": 7}
_LARGEST = 2.0**400


@dataclass(frozen=True, eq=False)
class CellWeights:
    """Per cell the sum of its people's weights and of their squares.

    `total` and `squares` are arrays of `fractions.Fraction`, shape (n_groups, 2, 2).
    """

    total: np.ndarray
    squares: np.ndarray

    def texts(self) -> tuple[list[str], list[str]]:
        """Both sums of every cell as exact decimal numbers, cell after cell."""
        total, squares = ([decimal_text(sum_) for sum_ in part.flat] for part in self)
        return total, squares

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.total, self.squares))


def decimal_text(value: Fraction) -> str:
    """An exact decimal number: 2.5 for 5/2.

    Raises
    ------
    ValueError
        If the number has no finite decimal form.
    """
    places = value.denominator.bit_length()
    digits, rest = divmod(value.numerator * 10**places, value.denominator)
    if rest:
        raise ValueError(f"expected a sum of decimal or binary numbers, got {value}")
    text = str(digits).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")


def nothing(shape: tuple[int, ...]) -> np.ndarray:
    """An array of exact zeros."""
    return np.full(shape, Fraction(0), dtype=object)


def added(total: np.ndarray, places: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """The total with parts added at their places, read-only."""
    np.add.at(total, places, parts)
    return frozen(total)


def largest_weight(
    table: ibis.Table, weight: str, beside: Sequence[str], *, most_distinct: int | None = None
) -> float:
    """The largest weight, once every weight is known to be one.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    weight : str
        Numeric column.
    beside : sequence of str
        Columns to show where a row is refused.
    most_distinct : int, optional
        Distinct weights allowed; by default any number.

    Returns
    -------
    float
        Positive; 0.0 if the table has no rows.

    Raises
    ------
    ValueError
        If a weight is negative, missing, NaN, infinite or beyond 2⁴⁰⁰, all are zero, or there
        are more distinct ones than allowed.
    """
    value = table[weight].cast("float64")
    refused = _refused(value)
    asked = {
        "rows": table.count(),
        "refused": refused.ifelse(1, 0).sum().fill_null(0),
        "largest": refused.ifelse(ibis.null("float64"), value).max(),
    }
    if most_distinct is not None:
        asked["distinct"] = value.nunique()
    answer = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    if answer["refused"]:
        found = guard.unusable(table, refused, [weight, *beside])
        raise ValueError(f"expected finite weights of at least 0 in {weight!r}, got others {found}")
    if most_distinct is not None and answer["distinct"] > most_distinct:
        raise ValueError(
            f"expected at most {most_distinct} distinct weights in {weight!r},"
            f" got {answer['distinct']:,}"
        )
    if answer["rows"] and not answer["largest"]:
        raise ValueError(f"expected a positive weight in {weight!r}, got only zeros")
    return float(answer["largest"] or 0.0)


def exact_sums(table: ibis.Table, weight: str, largest: float) -> dict[str, ibis.Value]:
    """The aggregates from which `from_sums` finds the sums of weights and squares."""
    value = table[weight].cast("float64")
    asked: dict[str, ibis.Value] = {}
    for name, column, top in (("w", value, largest), ("q", value * value, largest**2)):
        asked |= limbs.sums_of(column * float_of(2.0 ** -_exponent(top)), name, _LIMBS[name])
    return asked


def from_sums(answer: dict[str, list[int]], largest: float) -> tuple[list[Fraction], ...]:
    """Sums of weights and of squares, one per group of the query."""
    return tuple(
        [
            limbs.joined(sums) * Fraction(2) ** (_exponent(top) - limbs.LIMB * _LIMBS[name])
            for sums in zip(
                *(answer[each] for each in limbs.names_of(name, _LIMBS[name])), strict=True
            )
        ]
        for name, top in (("w", largest), ("q", largest**2))
    )


def _refused(value: ibis.Column) -> ibis.Column:
    known = value.isnan() | value.isinf() | (value < 0) | (value > _LARGEST)
    return value.isnull() | known


def _exponent(largest: float) -> int:
    """The power of two that scales values into [0, 1], in steps."""
    return _STEP * -(-frexp(largest)[1] // _STEP)
