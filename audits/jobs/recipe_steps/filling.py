"""Filling missing values with a figure learned from the rows it may be learned from."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.contract import Refused
from audits.jobs.parquet import kind
from audits.jobs.recipe_steps.done import check_columns
from audits.jobs.scoring import is_number
from models_registry.rules import recipe


def fit(table: pa.Table, step: recipe.Impute) -> dict[str, pa.Scalar]:
    """What each column's missing values are filled with, learned from these rows."""
    check_columns(table, step.columns)
    return {name: _learn(table.column(name), name, how) for name, how in step.columns.items()}


def fill(table: pa.Table, fitted: dict[str, pa.Scalar]) -> tuple[pa.Table, int]:
    """The table without missing values in those columns, and how many were filled."""
    filled = 0
    for name, value in fitted.items():
        column = table.column(name)
        filled += column.null_count
        wide = _wide_enough(column, value)
        table = table.set_column(
            table.column_names.index(name), name, pc.fill_null(wide, value.cast(wide.type))
        )
    return table, filled


def in_words(fitted: dict[str, pa.Scalar]) -> str:
    """The fitted figures, for the record."""
    return ", ".join(f"{name}: {value.as_py()}" for name, value in fitted.items())


def _learn(column: pa.ChunkedArray, name: str, how: str) -> pa.Scalar:
    if column.null_count == len(column):
        raise Refused(f"expected {name} to have values to learn from, but all are missing")
    if how == "most_frequent":
        return _most_frequent(column)
    if not is_number(column.type):
        raise Refused(f"expected {name} to be numbers for its {how}, got {kind(column.type)}")
    numbers = pc.cast(column, pa.float64())
    return pc.mean(numbers) if how == "mean" else pc.quantile(numbers, q=0.5)[0]


def _most_frequent(column: pa.ChunkedArray) -> pa.Scalar:
    """The commonest value; of several the smallest, so that the choice does not hang on order."""
    counted: list[dict[str, Any]] = pc.value_counts(column.drop_null()).to_pylist()
    best = min(counted, key=lambda pair: (-pair["counts"], pair["values"]))
    return pa.scalar(best["values"], column.type)


def _wide_enough(column: pa.ChunkedArray, value: pa.Scalar) -> pa.ChunkedArray:
    """Integers become numbers if they are filled with a fraction."""
    whole = pa.types.is_integer(column.type) and float(value.as_py()).is_integer()
    if pa.types.is_floating(value.type) and not whole:
        return pc.cast(column, pa.float64())
    return column
