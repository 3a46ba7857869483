"""A sample of rows that depends on what the rows hold and a seed, not on their order.

Each row gets a number made from its values and the seed; the rows with the smallest numbers
are taken. Rows alike in all columns are told apart by how many there are, so that a value is
drawn as often as it occurs.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from measures.reduce.arrow_rows import EngineRows, Rows, Source, floats, rows_of

#: Odd constants of the SplitMix64 generator's mixing function (Steele, Lea, Flood 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Sample(NamedTuple):
    """Rows in an order of their own: numbers as float64, categories as text (None missing)."""

    numbers: dict[str, np.ndarray]
    categories: dict[str, np.ndarray]
    rows: int


def sample_rows(
    source: Source | pd.DataFrame,
    numbers: Sequence[str],
    categories: Sequence[str],
    *,
    most: int,
    seed: int,
) -> Sample:
    """At most so many rows, drawn without replacement and put in the order of their numbers.

    Parameters
    ----------
    source : ibis.Table, pyarrow.Table, Path, sequence of Path or pandas.DataFrame
        Rows; Parquet columns are read one at a time, twice. Those of an engine are fetched
        at once, as their order is not kept between questions.
    numbers, categories : sequence of str
        Columns to take; a category is compared by its text.
    most : int
        Rows wanted, at least 1.
    seed : int
        Another seed draws other rows.

    Raises
    ------
    ValueError
        If `most` is below 1, or a column of `numbers` holds none.
    """
    if most < 1:
        raise ValueError(f"expected to sample at least 1 row, got {most}")
    rows = _in_order(source, numbers, categories)
    drawn = _drawn(rows, numbers, categories, most, seed)
    return Sample(
        {name: _number(rows, name)[drawn] for name in numbers},
        {name: _category(rows, name).take(drawn) for name in categories},
        len(drawn),
    )


class _Coded(NamedTuple):
    """A category's values and, per row, which it is (-1 where missing)."""

    codes: np.ndarray
    values: np.ndarray

    def take(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(np.append(self.values, [None])[self.codes[places]])


def _in_order(
    source: Source | pd.DataFrame, numbers: Sequence[str], categories: Sequence[str]
) -> Rows:
    if isinstance(source, pd.DataFrame):
        held = source[[*numbers, *categories]]
        return rows_of(pa.Table.from_pandas(held, preserve_index=False))
    rows = rows_of(source)
    if isinstance(rows, EngineRows):
        return rows_of(rows.table.select(*numbers, *categories).to_pyarrow())
    return rows


def _drawn(
    rows: Rows, numbers: Sequence[str], categories: Sequence[str], most: int, seed: int
) -> np.ndarray:
    """Places of the rows with the smallest numbers, in the order of these."""
    mixed: np.ndarray | None = None
    for name in sorted([*numbers, *categories]):
        held = _bits_of(rows, name, name in numbers)
        start = np.uint64(seed % 2**64) if mixed is None else mixed
        mixed = _mix(held ^ _mix(start + _STEP))
    if mixed is None:
        raise ValueError("expected at least one column to sample rows by, got none")
    order = np.argsort(mixed, kind="stable")
    ordered = mixed[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    alike = np.diff(np.append(starts, len(ordered)))
    turn = np.arange(len(ordered)) - np.repeat(starts, alike)
    number = _mix(ordered + (turn.astype(np.uint64) + np.uint64(1)) * _STEP)
    return np.asarray(order[np.argsort(number, kind="stable")[:most]])


def _bits_of(rows: Rows, name: str, is_number: bool) -> np.ndarray:
    if is_number:
        values = _number(rows, name) + 0.0  # -0.0 is 0.0
        values[np.isnan(values)] = np.nan  # one NaN
        return values.view(np.uint64)
    coded = _category(rows, name)
    texts = [_bits_of_text(value) for value in coded.values] + [0]
    return np.array(texts, dtype=np.uint64)[coded.codes]


def _bits_of_text(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _number(rows: Rows, name: str) -> np.ndarray:
    """Every row's value, NaN where missing."""
    column = rows.number(name)
    values, missing = floats(column, name)
    if not missing:
        return values
    full = np.full(len(column), np.nan)
    full[column.is_valid().to_numpy()] = values
    return full


def _category(rows: Rows, name: str) -> _Coded:
    column = rows.number(name)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    held = column.unify_dictionaries().combine_chunks()
    if isinstance(held, pa.ChunkedArray):  # no rows, so no chunk
        return _Coded(np.empty(0, np.int64), np.empty(0, object))
    values = held.dictionary.cast(pa.string()).to_numpy(zero_copy_only=False)
    return _Coded(held.indices.cast(pa.int64()).fill_null(-1).to_numpy(), values)


def _mix(state: np.ndarray | np.uint64) -> np.ndarray:
    """SplitMix64's finaliser: every bit of the state moves every bit of the answer."""
    with np.errstate(over="ignore"):
        mixed = (state ^ (state >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))
