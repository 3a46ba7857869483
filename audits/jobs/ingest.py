"""Take in a file somebody brought: checked, typed, and kept as Parquet.

The same file and spec give the same bytes. What is wrong with a file is said in a sentence
that names the place; nothing is repaired in silence.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs import parquet
from audits.jobs.contract import Job, Outcome, Refused, Tell
from audits.jobs.reading import csv_text, parquet_file, segments
from measures.measured import Measured
from models_registry.rules import file_kinds


def work(job: Job, tell: Tell) -> Outcome:
    """Inputs: "upload". Facts: "required_columns", "into". Product: "snapshot"."""
    path = Path(job.inputs["upload"])
    _check_kind(path, job.spec["format"], job.spec["filename"])
    tell(0.1, "reading the file")
    table = segments.check(_read(path, job), job.facts["into"])
    _check_finite(table)
    _check_text(table)
    table = parquet.without_nan(table)
    tell(0.8, f"keeping {table.num_rows} rows")
    product = parquet.write(table, "snapshot", job.folder)
    return Outcome(_measures(table), _details(table), (product,))


def _read(path: Path, job: Job) -> pa.Table:
    required = list(job.facts["required_columns"])
    if job.spec["format"] == "parquet":
        return parquet_file.read(path, required=required)
    return csv_text.read(
        path,
        delimiter=job.spec["delimiter"],
        null_values=list(job.spec["null_values"]),
        required=required,
    )


def _check_kind(path: Path, promised: file_kinds.Format, filename: str) -> None:
    found, wanted = _kind(path), file_kinds.KINDS[promised]
    if found == file_kinds.EMPTY:
        raise Refused(f"expected {wanted}, but {filename} is empty")
    if found != wanted:
        raise Refused(f"expected {filename} to be {wanted}, but it is {found}")


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(file_kinds.HEAD)
        file.seek(-min(len(head), 8), 2)
        return file_kinds.kind_of(head, file.read())


def _check_finite(table: pa.Table) -> None:
    for field in table.schema:
        if pa.types.is_floating(field.type):
            row = pc.index(pc.is_inf(table.column(field.name)), True).as_py()
            if row >= 0:
                raise Refused(f"column {field.name}: expected a finite number in row {row + 1}")


def _check_text(table: pa.Table) -> None:
    """A NUL in a group's name could be written to no database."""
    for field in table.schema:
        if pa.types.is_string(field.type):
            found = pc.match_substring(table.column(field.name), "\0")
            if (row := pc.index(found, True).as_py()) >= 0:
                raise Refused(f"column {field.name}: expected text in row {row + 1}, got a NUL")


def _measures(table: pa.Table) -> tuple[Measured, ...]:
    rows = table.num_rows
    return (
        Measured("rows", rows, None, None, rows, "rows"),
        Measured("columns", table.num_columns, None, None, rows, "columns"),
    )


def _details(table: pa.Table) -> dict[str, Any]:
    return {"rows": table.num_rows, "columns": parquet.describe(table)}
