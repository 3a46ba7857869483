"""People changed a little: noise, other categories, missing values, values never seen before.

Numbers stay numbers and whole numbers whole; booleans are categories of two. Missing values stay
missing. Nothing here knows a model.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.explain.dependence import plain, stored_as
from measures.explain.sampling import as_floats, is_number


def deviation(column: pa.ChunkedArray) -> float:
    """Standard deviation of the known numbers of a column; 0 of fewer than two."""
    known = as_floats(column)
    known = known[~np.isnan(known)]
    return float(known.std(ddof=1)) if len(known) > 1 else 0.0


def noisy(column: pa.ChunkedArray, level: float, frozen: np.random.RandomState) -> pa.Array:
    """Numbers with Gaussian noise of `level` standard deviations; others replaced at that rate."""
    if is_number(column.type):
        return moved(column, level * deviation(column) * frozen.standard_normal(len(column)))
    return otherwise(column, frozen.rand(len(column)) < level, frozen)


def moved(column: pa.ChunkedArray, by: np.ndarray | float) -> pa.Array:
    """Numbers moved by an amount, whole ones rounded and kept within the range of 64 bits."""
    return numbers_like(column, as_floats(column) + by)


def numbers_like(column: pa.ChunkedArray, values: np.ndarray) -> pa.Array:
    """New numbers for a column, NaN where missing: whole where it is whole, else float64."""
    missing = np.isnan(values)
    if not pa.types.is_integer(column.type):
        return pa.array(values, mask=missing)
    most = 2.0**62
    whole = np.clip(np.rint(np.where(missing, 0.0, values)), -most, most).astype(np.int64)
    return pa.array(whole, mask=missing)


def otherwise(
    column: pa.ChunkedArray, chosen: np.ndarray, frozen: np.random.RandomState
) -> pa.Array:
    """Categories, the chosen ones replaced by another that occurs, each other one as likely.

    Where only one category occurs nothing can be replaced.
    """
    levels = levels_of(column)
    own = np.asarray(pc.fill_null(pc.index_in(_plain(column), pa.array(levels)), -1))
    steps = 1 + (frozen.rand(len(own)) * max(0, len(levels) - 1)).astype(np.int64)
    changed = chosen & (own >= 0) & (len(levels) > 1)
    drawn = np.where(changed, (own + steps) % max(1, len(levels)), own)
    values = pa.array(levels, plain(column.type)).take(pa.array(drawn, mask=drawn < 0))
    return stored_as(values, column.type)


def without(column: pa.ChunkedArray, chosen: np.ndarray) -> pa.Array:
    """The column with the chosen values missing."""
    nothing = pa.scalar(None, plain(column.type))
    left = pc.if_else(pa.array(chosen), nothing, _plain(column).combine_chunks())
    return stored_as(left, column.type)


def always(column: pa.ChunkedArray, value: Any) -> pa.Array:
    """The column with one category for everybody."""
    return stored_as(pa.repeat(pa.scalar(value, plain(column.type)), len(column)), column.type)


def levels_of(column: pa.ChunkedArray) -> list[Any]:
    """The values that occur, in order."""
    return sorted(pc.unique(_plain(column).drop_null()).to_pylist())


def unseen(column: pa.ChunkedArray) -> str:
    """A category that does not occur in a column of text."""
    held, name = set(levels_of(column)), "(unseen)"
    while name in held:
        name += "*"
    return name


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(plain(column.type))
