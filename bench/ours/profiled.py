"""Profile of every column of a Parquet file: nothing is sketched."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from measures.engines.duckdb import Limits, opened
from measures.profile.columns import LEVELS, ColumnProfile, describe
from measures.reduce.columns import duplicate_rows


class Profiled(NamedTuple):
    """Every column, and the rows that repeat an earlier one."""

    columns: list[ColumnProfile]
    duplicates: int


def profile(current: str | Path) -> Profiled:
    """Counts, distinct values, moments, quantiles, histograms, top values, duplicates."""
    file = Path(current)
    with opened({"rows": file}, Limits(file.parent / "spill")) as tables:
        columns = describe(tables["rows"])
        unique = [each.name for each in columns if each.is_unique]
        return Profiled(columns, duplicate_rows(tables["rows"], unique=unique))


def figures(found: Profiled) -> dict[str, float]:
    """Single numbers, by "mean number_0"."""
    of_columns = {
        f"{what} {column.name}": value
        for column in found.columns
        for what, value in _figures(column)
        if value is not None
    }
    return of_columns | {"duplicates": float(found.duplicates)}


def _figures(column: ColumnProfile) -> Iterator[tuple[str, float | None]]:
    held = column.column
    yield "missing", float(held.counts.missing)
    yield "distinct", float(held.distinct)
    if held.kind == "number":
        yield from (("low", held.low), ("high", held.high))
        yield from (("mean", column.mean), ("deviation", column.deviation))
        yield from ((f"quantile {level}", value) for level, value in _quantiles(column))
    yield from ((f"rows of {value}", float(rows)) for value, rows in column.values)


def _quantiles(column: ColumnProfile) -> Iterator[tuple[float, float]]:
    return zip(LEVELS, column.quantiles, strict=False)  # none where a value is infinite
