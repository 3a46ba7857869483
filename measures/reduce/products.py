"""Sums, squares and products of pairs of numeric columns: all that correlations need.

Rows where either of a pair is missing do not count for it (pairwise complete). Each value is
brought into [-1, 1] and cut into three whole numbers of 18 bits; products of these add up
exactly in a float, so matrix products may take the rows in any order and on any threads and
the sums are still exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce.arrow_rows import EngineRows
from measures.reduce.finite import LARGEST, float_of
from measures.reduce.missing import as_number
from measures.reduce.moments import Shift
from measures.reduce.statistic import check_same, digest_of, frozen

_PART, _PARTS = 18, 3
_BITS = _PART * _PARTS
#: Rows at a time: 2**16 products of two numbers of 18 bits stay below 2**53.
_BLOCK = 65_536
_AT_ONCE = 131_072


@dataclass(frozen=True, eq=False)
class Products:
    """Sums over the rows where both columns of a pair are known; whole numbers of Python.

    A value enters as ``u = (x - centre) / 2**exponent``, rounded to 2**-54. All arrays have
    shape (n_columns, n_columns): `pairs` counts rows, ``totals[i, j]`` is the sum of uᵢ over
    the rows where column j is known too, in units of 2**-54; ``squares[i, j]`` that of uᵢ²
    and ``products[i, j]`` that of uᵢuⱼ, in units of 2**-108.
    """

    columns: tuple[str, ...]
    shifts: tuple[Shift, ...]
    pairs: np.ndarray
    totals: np.ndarray
    squares: np.ndarray
    products: np.ndarray

    def __add__(self, other: "Products") -> "Products":
        check_same("columns", self.columns, other.columns)
        check_same("shifts", self.shifts, other.shifts)
        sums = (
            frozen(ours + theirs) for ours, theirs in zip(self._sums(), other._sums(), strict=True)
        )
        return Products(self.columns, self.shifts, *sums)

    def digest(self) -> str:
        """SHA-256 over columns, shifts and sums, the sums as text."""
        sums = [[str(each) for each in part.ravel()] for part in self._sums()]
        return digest_of("products", self.columns, [list(each) for each in self.shifts], sums)

    def _sums(self) -> tuple[np.ndarray, ...]:
        return self.pairs, self.totals, self.squares, self.products


def reduce_products(table: ibis.Table, columns: Sequence[str]) -> Products:
    """Add up all pairs of numeric columns: a pass for their ranges, one for the rows.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows; they are streamed, 131,072 at a time.
    columns : sequence of str
        Numeric columns. Missing, NaN and infinite values do not count.

    Returns
    -------
    Products
        Exact sums of values rounded to 2**-54 of half their column's range.
    """
    shifts = _ranges(table, columns)
    found = _summed(tuple(columns), shifts, np.empty((0, len(columns))))
    if not columns:
        return found
    numbers = table.select([_finite(table[name]).name(f"c{i}") for i, name in enumerate(columns)])
    pieces: list[np.ndarray] = []
    names = [f"c{i}" for i in range(len(columns))]
    for _, piece in EngineRows(numbers).pieces(names):
        pieces.append(_floats(piece))
        if len(pieces) == len(columns):
            found += products_of(dict(zip(columns, pieces, strict=True)), shifts)
            pieces = []
    return found


def products_of(columns: Mapping[str, np.ndarray], shifts: Sequence[Shift]) -> Products:
    """The products of columns in memory, each of shape (n,), NaN where missing."""
    scaled = np.stack(
        [_scaled(values, shift) for values, shift in zip(columns.values(), shifts, strict=True)],
        axis=1,
    )
    return _summed(tuple(columns), tuple(shifts), scaled)


def _ranges(table: ibis.Table, columns: Sequence[str]) -> tuple[Shift, ...]:
    """The middle of each column's finite values, and half their range."""
    asked = [
        getattr(_finite(table[name]), end)().name(f"{end}{i}")
        for i, name in enumerate(columns)
        for end in ("min", "max")
    ]
    answer = table.aggregate(asked).to_pyarrow().to_pylist()[0] if asked else {}
    ends = [(answer[f"min{i}"], answer[f"max{i}"]) for i in range(len(columns))]
    return tuple(
        Shift(0.0, 0.0) if low is None else Shift(low / 2 + high / 2, high / 2 - low / 2)
        for low, high in ends
    )


def _finite(column: ibis.Column) -> ibis.Column:
    value = as_number(column)
    return (value.abs() <= float_of(LARGEST)).ifelse(value, ibis.null("float64"))


def _floats(piece: pa.Array) -> np.ndarray:
    return np.asarray(piece.to_numpy(zero_copy_only=False), dtype=np.float64)


def _scaled(values: np.ndarray, shift: Shift) -> np.ndarray:
    """Into [-1, 1]; rounding may put the ends a hair outside, hence the clip."""
    exponent = max(-1000, int(np.frexp(shift.reach)[1]))
    return np.clip((values - shift.centre) * 2.0**-exponent, -1.0, 1.0)


def _summed(columns: tuple[str, ...], shifts: tuple[Shift, ...], scaled: np.ndarray) -> Products:
    size = len(columns)
    sums = [np.zeros((size, size), dtype=np.int64)]
    sums += [np.zeros((size, size), dtype=object) for _ in range(3)]
    for start in range(0, len(scaled), _BLOCK):
        block = _block(scaled[start : start + _BLOCK])
        sums = [before + now for before, now in zip(sums, block, strict=True)]
    return Products(columns, shifts, *map(frozen, sums))


def _block(scaled: np.ndarray) -> list[np.ndarray]:
    """Pairs, totals, squares and products of one block of rows."""
    known = (~np.isnan(scaled)).astype(np.float64)
    parts = _cut(np.nan_to_num(scaled))
    size = scaled.shape[1]
    gram = _whole(parts.reshape(len(scaled), -1).T @ parts.reshape(len(scaled), -1))
    gram = gram.reshape(_PARTS, size, _PARTS, size)
    products = sum(gram[a, :, b] << _shift(a, b) for a in range(_PARTS) for b in range(_PARTS))
    totals = sum(_whole(parts[:, a].T @ known) << _PART * (_PARTS - 1 - a) for a in range(_PARTS))
    pairs = (known.T @ known).astype(np.int64)
    if known.all():
        squares = np.repeat(np.diag(products)[:, np.newaxis], size, axis=1)
    else:
        squares = _squares(parts, known)
    return [pairs, np.asarray(totals), squares, np.asarray(products)]


def _squares(parts: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Sum of each column's squares over the rows where each column is known."""
    found = np.zeros((known.shape[1], known.shape[1]), dtype=object)
    for a, b in combinations_with_replacement(range(_PARTS), 2):
        crossed = _whole((parts[:, a] * parts[:, b]).T @ known)
        found += crossed << _shift(a, b) + (a != b)
    return found


def _cut(scaled: np.ndarray) -> np.ndarray:
    """Values in [-1, 1] as three whole numbers of 18 bits each; shape (n, 3, n_columns)."""
    parts = np.empty((len(scaled), _PARTS, scaled.shape[1]))
    rest = scaled
    for part in range(_PARTS):
        rest = rest * 2.0**_PART
        np.rint(rest, out=parts[:, part])
        rest -= parts[:, part]
    return parts


def _shift(a: int, b: int) -> int:
    """Bits from the unit of a product of two parts down to 2**-108."""
    return _PART * (2 * (_PARTS - 1) - a - b)


def _whole(values: np.ndarray) -> np.ndarray:
    """Floats that are whole numbers, as Python's."""
    return values.astype(np.int64).astype(object)
