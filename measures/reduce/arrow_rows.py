"""Columns of a table as Arrow, whole or piece by piece: from Parquet files, memory or an engine.

Promises: one column is read at a time and no other is decoded; Parquet files and Arrow tables
may be read by several threads at once. Rows keep their order within one source, except those
of an engine, whose columns are therefore never taken apart and put together again.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from measures.reduce.missing import as_number

#: What a reduction accepts: a table of an engine, an Arrow table, Parquet files of one schema.
Source: TypeAlias = ibis.Table | pa.Table | Path | Sequence[Path]

#: Columns worked on at once, unless told otherwise. Results never depend on it.
THREADS = 2

#: Rows of an engine fetched at a time: as many as a row group of a snapshot.
_BLOCK = 131_072

Given = TypeVar("Given")
Found = TypeVar("Found")


class Adds(Protocol):
    """What pieces are counted into."""

    def __add__(self, other: Self) -> Self:
        """The counts of both pieces."""


Counted = TypeVar("Counted", bound=Adds)


class Span(NamedTuple):
    """Smallest and largest finite value of a numeric column (None if none), and how many.

    `known` counts NaN too where it comes from a file's own statistics, which do not tell.
    """

    low: float | None
    high: float | None
    known: int
    whole: bool


@runtime_checkable
class Rows(Protocol):
    """Columns by name."""

    @property
    def concurrent(self) -> bool:
        """Whether several threads may read at once."""

    def names(self) -> list[str]:
        """Every column's name."""

    def number(self, name: str) -> pa.ChunkedArray:
        """One numeric column, as it is stored."""

    def pieces(self, names: Sequence[str]) -> Iterator[tuple[str, pa.Array]]:
        """Numeric columns, a block of rows at a time."""

    def span(self, name: str) -> Span:
        """The range of a numeric column."""

    def is_whole(self, name: str) -> bool:
        """Whether the column's type holds whole numbers only."""


class ParquetRows(NamedTuple):
    """Parquet files of one schema; texts are read by their dictionaries."""

    files: tuple[Path, ...]
    footers: tuple[pq.FileMetaData, ...]
    schema: pa.Schema

    @property
    def concurrent(self) -> bool:
        """Each read opens the file for itself."""
        return True

    def names(self) -> list[str]:
        """Every column's name."""
        return list(self.schema.names)

    def number(self, name: str) -> pa.ChunkedArray:
        """One column of any type, whole."""
        parts = [each.read([name], use_threads=False).column(0) for each in self._opened(name)]
        return pa.chunked_array([piece for part in parts for piece in part.chunks], parts[0].type)

    def pieces(self, names: Sequence[str]) -> Iterator[tuple[str, pa.Array]]:
        """Columns of any type, a row group at a time."""
        for name in names:
            for file in self._opened(name):
                for group in range(file.num_row_groups):
                    read = file.read_row_group(group, [name], use_threads=False)
                    yield from ((name, piece) for piece in read.column(0).chunks)

    def first_rows(self, name: str, many: int) -> pa.Array:
        """At most so many rows of the first file, the others not decoded."""
        file = next(self._opened(name))
        batches = file.iter_batches(many, columns=[name], use_threads=False)
        return next((batch.column(0) for batch in batches), pa.array([], pa.float64()))

    def span(self, name: str) -> Span:
        """From the files' footers where they say it, else by reading the column."""
        place, field = self.schema.get_field_index(name), self.schema.field(name)
        known = [
            footer.row_group(group).column(place).statistics
            for footer in self.footers
            for group in range(footer.num_row_groups)
            if footer.row_group(group).num_rows
        ]
        if pa.types.is_decimal(field.type) or not all(_tells(each) for each in known):
            return _span_of(self.number(name))
        held = [each for each in known if each.has_min_max]
        low = min((float(each.min) for each in held), default=None)
        high = max((float(each.max) for each in held), default=None)
        if low is None or high is None or not np.isfinite([low, high]).all():
            return _span_of(self.number(name))
        return Span(low, high, sum(each.num_values for each in known), self.is_whole(name))

    def is_whole(self, name: str) -> bool:
        """By the files' schema."""
        return bool(pa.types.is_integer(self.schema.field(name).type))

    def _opened(self, name: str) -> Iterator[pq.ParquetFile]:
        text = [name] if _is_text(self.schema.field(name).type) else []
        for file, footer in zip(self.files, self.footers, strict=True):
            yield pq.ParquetFile(file, metadata=footer, read_dictionary=text, memory_map=True)


class ArrowRows(NamedTuple):
    """A table in memory."""

    table: pa.Table

    @property
    def concurrent(self) -> bool:
        """Arrow tables do not change."""
        return True

    def names(self) -> list[str]:
        """Every column's name."""
        return list(self.table.column_names)

    def number(self, name: str) -> pa.ChunkedArray:
        """One column of any type."""
        return self.table[name]

    def pieces(self, names: Sequence[str]) -> Iterator[tuple[str, pa.Array]]:
        """Columns of any type, as they lie in memory."""
        for name in names:
            yield from ((name, piece) for piece in self.table[name].chunks)

    def span(self, name: str) -> Span:
        """By looking at every value."""
        return _span_of(self.table[name])

    def is_whole(self, name: str) -> bool:
        """By the table's schema."""
        return bool(pa.types.is_integer(self.table[name].type))


class EngineRows(NamedTuple):
    """A table of an engine: numbers are fetched as float64, a block at a time."""

    table: ibis.Table

    @property
    def concurrent(self) -> bool:
        """One connection answers one question at a time."""
        return False

    def names(self) -> list[str]:
        """Every column's name."""
        return list(self.table.columns)

    def number(self, name: str) -> pa.ChunkedArray:
        """One numeric column."""
        return self.table.select(as_number(self.table[name]).name(name)).to_pyarrow()[name]

    def pieces(self, names: Sequence[str]) -> Iterator[tuple[str, pa.Array]]:
        """All the columns in one pass, a block of rows at a time."""
        if not names:
            return
        asked = self.table.select([as_number(self.table[name]).name(name) for name in names])
        reader = asked.to_pyarrow_batches(chunk_size=_BLOCK)
        while (batch := _next_of(reader)) is not None:
            yield from zip(names, batch.columns, strict=True)

    def span(self, name: str) -> Span:
        """Asked of the engine."""
        number, endless = as_number(self.table[name]), ibis.literal("Infinity").cast("float64")
        value = (number.abs() < endless).ifelse(number, ibis.null("float64"))
        asked = {"low": value.min(), "high": value.max(), "known": value.count()}
        answer = self.table.aggregate(**asked).to_pyarrow().to_pylist()[0]
        return Span(answer["low"], answer["high"], answer["known"], self.is_whole(name))

    def is_whole(self, name: str) -> bool:
        """By the engine's schema."""
        return bool(self.table[name].type().is_integer())


def rows_of(source: Source | Rows) -> Rows:
    """The columns of a source; of one opened already, itself.

    Raises
    ------
    ValueError
        If there is no file, or the files' columns differ.
    """
    if isinstance(source, ibis.Table):
        return EngineRows(source)
    if isinstance(source, pa.Table):
        return ArrowRows(source)
    if isinstance(source, Rows):
        return source
    files = (source,) if isinstance(source, Path) else tuple(source)
    if not files:
        raise ValueError("expected at least one Parquet file, got none")
    footers = tuple(pq.read_metadata(file) for file in files)
    schemas = [footer.schema.to_arrow_schema() for footer in footers]
    for file, schema in zip(files, schemas, strict=True):
        if not schema.equals(schemas[0]):
            raise ValueError(f"expected the columns of {files[0]} in {file} too, got {schema}")
    return ParquetRows(files, footers, schemas[0])


def fold(
    rows: Rows,
    names: Sequence[str],
    count: Callable[[str, pa.Array], Counted],
    *,
    threads: int = THREADS,
) -> dict[str, Counted]:
    """Count pieces of columns and add the counts up; a column without rows is not in the answer.

    Sources that allow it are read a column per thread; an engine is asked once for all.
    """
    if not rows.concurrent:
        return _added(rows.pieces(names), count)
    found = in_threads(lambda name: _added(rows.pieces([name]), count), names, threads=threads)
    return {name: each for part in found for name, each in part.items()}


def in_threads(
    work: Callable[[Given], Found], given: Sequence[Given], *, threads: int = THREADS
) -> list[Found]:
    """The work done on each, in the order given."""
    if threads < 2 or len(given) < 2:
        return [work(each) for each in given]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, given))


def floats(array: pa.Array | pa.ChunkedArray, name: str) -> tuple[np.ndarray, int]:
    """Values as float64 (NaN among them) and how many are NULL.

    Raises
    ------
    ValueError
        If the column does not hold numbers.
    """
    held = array.type
    if not (_is_number(held) or pa.types.is_boolean(held)):
        raise ValueError(f"expected numbers in {name!r}, got values of type {held}")
    known = array.drop_null() if array.null_count else array
    if not pa.types.is_float64(held):
        known = known.cast(pa.float64(), safe=False)
    return known.to_numpy() if isinstance(known, pa.ChunkedArray) else known.to_numpy(
        zero_copy_only=False
    ), array.null_count


def _next_of(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    """The next block, None after the last."""
    with warnings.catch_warnings():  # ibis calls what DuckDB has renamed
        warnings.simplefilter("ignore", DeprecationWarning)
        return next(reader, None)


def _added(
    pieces: Iterator[tuple[str, pa.Array]], count: Callable[[str, pa.Array], Counted]
) -> dict[str, Counted]:
    found: dict[str, Counted] = {}
    for name, piece in pieces:
        counted = count(name, piece)
        found[name] = found[name] + counted if name in found else counted
    return found


def _span_of(column: pa.ChunkedArray) -> Span:
    values, _ = floats(column, "a column")
    finite = values[np.isfinite(values)]
    whole = bool(pa.types.is_integer(column.type))
    if not len(finite):
        return Span(None, None, 0, whole)
    return Span(float(finite.min()), float(finite.max()), len(finite), whole)


def _tells(statistics: pq.Statistics | None) -> bool:
    """Whether a footer says the smallest, the largest and the number of known values."""
    if statistics is None or not statistics.has_null_count:
        return False
    return bool(statistics.has_min_max or not statistics.num_values)


def _is_number(held: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(held) or pa.types.is_floating(held) or pa.types.is_decimal(held)
    )


def _is_text(held: pa.DataType) -> bool:
    return bool(pa.types.is_string(held) or pa.types.is_large_string(held))
