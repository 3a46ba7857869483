"""Which rows a model is asked about: the same ones however the table happens to be ordered.

Each row gets a key from its values and a seed; rows sorted by key are in a random order that
depends on the values alone. Its first n rows are a simple random sample, every longer prefix
holds every shorter one, and equal rows are told apart by counting them, so that a table of few
distinct rows is sampled as fairly as any. The keys have 64 bits: two different rows share one
about once in 2⁶⁴ pairs, and only then could the order of the rows be seen.
"""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Answers of a model: shape (n_rows,), one finite number per row of the table.
Score = Callable[[pa.Table], np.ndarray]

#: Rows handed to a model at a time, so that memory does not grow with shuffles or grid points.
ROWS_PER_CALL = 200_000

_MISSING = np.uint64(0x9AE16A3B2F90404F)


def canonical_order(table: pa.Table, *, seed: int, strata: np.ndarray | None = None) -> np.ndarray:
    """Places of the rows, in a random order that the order of the table does not change.

    Parameters
    ----------
    table : pyarrow.Table
        Any number of rows; numbers, text, booleans, times.
    seed : int
        Another seed gives another order.
    strata : numpy.ndarray of shape (n_rows,), optional
        Every prefix of the order then holds each stratum in its share, to within one row.

    Returns
    -------
    numpy.ndarray of shape (n_rows,), int64
        ``table.take(order[:n])`` is a sample of n rows without replacement.

    Raises
    ------
    ValueError
        If there is not one stratum per row.
    """
    keys = _keys(table, seed)
    if strata is None:
        return _by_key(keys)
    if len(strata) != table.num_rows:
        raise ValueError(f"expected a stratum for {table.num_rows} rows, got {len(strata)}")
    _, codes = np.unique(strata, return_inverse=True)
    order = _by_key(_mixed(keys, codes.astype(np.uint64)))
    return order[np.argsort(_places_within(codes[order]), kind="stable")]


def scored(score: Score, table: pa.Table) -> np.ndarray:
    """Answers of a model to any number of rows, asked for a bounded number at a time.

    Raises ValueError unless there is one finite answer for each row.
    """
    parts = [
        np.asarray(score(table.slice(start, ROWS_PER_CALL)), dtype=np.float64)
        for start in range(0, table.num_rows, ROWS_PER_CALL)
    ]
    found = np.concatenate(parts) if parts else np.empty(0)
    if found.shape != (table.num_rows,):
        raise ValueError(f"expected {table.num_rows} scores, one per row, got shape {found.shape}")
    if not np.isfinite(found).all():
        odd = np.flatnonzero(~np.isfinite(found))
        raise ValueError(
            f"expected a finite score for every row, got {found[odd[0]]} and the like"
            f" in {len(odd)} rows: row {', '.join(str(row + 1) for row in odd[:3])}"
        )
    return found


def replaced(table: pa.Table, name: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The table with other values in one column."""
    return table.set_column(table.column_names.index(name), name, column)


def check_features(table: pa.Table, features: Sequence[str]) -> None:
    """Raise ValueError unless the table has rows and every feature."""
    absent = [name for name in features if name not in table.column_names]
    if absent:
        raise ValueError(
            f"expected the columns {', '.join(features)}, but {', '.join(absent)}"
            f" {'is' if len(absent) == 1 else 'are'} not among {', '.join(table.column_names)}"
        )
    if not table.num_rows:
        raise ValueError("expected rows to ask the model about, got none")


def is_number(kind: pa.DataType) -> bool:
    """Integers, floats and decimals; a boolean is a category of two."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def as_floats(column: pa.ChunkedArray) -> np.ndarray:
    """A column of numbers as float64; NaN where missing."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64(), safe=False), float("nan")))


def _keys(table: pa.Table, seed: int) -> np.ndarray:
    keys = np.full(table.num_rows, _text_key(f"rows {seed}"), dtype=np.uint64)
    for name in sorted(table.column_names):
        values = _values(table.column(name))
        keys = _mixed(keys, values ^ _text_key(f"column {name}"))
    return keys


def _values(column: pa.ChunkedArray) -> np.ndarray:
    """64 bits per value; equal values have equal bits, missing ones and NaN bits of their own."""
    kind = column.type
    if pa.types.is_floating(kind):
        numbers = as_floats(column) + 0.0  # -0.0 is 0.0
        return np.where(np.isnan(numbers), _MISSING, numbers.view(np.uint64))
    if pa.types.is_integer(kind) and kind != pa.uint64():
        known = np.asarray(pc.fill_null(pc.cast(column, pa.int64()), 0)).view(np.uint64)
        return np.where(np.asarray(column.is_null()), _MISSING, known)
    return _of_distinct(column)


def _of_distinct(column: pa.ChunkedArray) -> np.ndarray:
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    encoded = pc.dictionary_encode(plain.combine_chunks(), null_encoding="encode")
    held = [
        _MISSING if value is None else _text_key(str(value))
        for value in encoded.dictionary.to_pylist()
    ]
    return np.array(held, dtype=np.uint64)[np.asarray(encoded.indices)]


def _text_key(text: str) -> np.uint64:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _mixed(keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Both, well mixed: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        mixed = keys * np.uint64(0x9E3779B97F4A7C15) + values
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _by_key(keys: np.ndarray) -> np.ndarray:
    """Order by key; rows with equal keys are first told apart by how many came before."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(keys) else order
    if len(starts) == len(keys):
        return order
    before = np.arange(len(keys)) - np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
    told_apart = np.where(before > 0, _mixed(ranked, before.astype(np.uint64)), ranked)
    return order[np.argsort(told_apart, kind="stable")]


def _places_within(codes: np.ndarray) -> np.ndarray:
    """Of each row, in order: the place in its stratum as a share of the stratum, in (0, 1)."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = np.empty(len(codes))
    places[order] = (rank + 0.5) / np.repeat(sizes, sizes)
    return places
