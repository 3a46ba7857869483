"""Steps that choose rows and columns."""

from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.recipe_steps.done import Done, check_columns
from models_registry.rules import recipe

_AT = "assay:row"  # no column of a snapshot is named so


def drop_duplicates(table: pa.Table, step: recipe.DropDuplicates) -> Done:
    """Of equal rows the first stays."""
    check_columns(table, step.columns)
    first = np.unique(first_equal_rows(table, step.columns))
    return Done(table.take(pa.array(first)), 0, f"{table.num_rows - len(first)} equal rows")


def drop_rows_missing(table: pa.Table, step: recipe.DropRowsMissing) -> Done:
    """Rows in which one of the columns is missing go."""
    check_columns(table, step.columns)
    notes = [f"{name}: {table.column(name).null_count}" for name in step.columns]
    known = reduce(pc.and_, [pc.is_valid(table.column(name)) for name in step.columns])
    return Done(table.filter(known), 0, f"missing in {', '.join(notes)}")


def drop_columns(table: pa.Table, step: recipe.DropColumns) -> Done:
    """Columns go."""
    check_columns(table, step.columns)
    return Done(table.drop_columns(step.columns), 0, f"{len(step.columns)} columns")


def select_columns(table: pa.Table, step: recipe.SelectColumns) -> Done:
    """Only these columns stay."""
    check_columns(table, step.columns)
    dropped = table.num_columns - len(step.columns)
    return Done(table.select(step.columns), 0, f"{dropped} other columns dropped")


def first_equal_rows(table: pa.Table, columns: list[str]) -> np.ndarray:
    """For each row the position of the first row equal to it in the columns (all, if none)."""
    names = list(dict.fromkeys(columns or table.column_names))
    numbered = table.select(names).append_column(_AT, pa.array(np.arange(table.num_rows)))
    groups = numbered.group_by(names, use_threads=False).aggregate([(_AT, "list")])
    first = np.empty(table.num_rows, dtype=np.int64)
    for rows in groups.column(f"{_AT}_list").to_pylist():
        first[rows] = min(rows)
    return first
