"""A Parquet file somebody brought, in the few types Assay works with."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.jobs import parquet
from audits.jobs.contract import Refused
from audits.jobs.reading import header

_STORED = (
    (pa.types.is_boolean, pa.bool_()),
    (pa.types.is_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_dictionary, pa.string()),
    (pa.types.is_string, pa.string()),
    (pa.types.is_large_string, pa.string()),
    (pa.types.is_date, pa.date32()),
    (pa.types.is_null, pa.string()),
)


def read(path: Path, *, required: list[str]) -> pa.Table:
    """The rows, each column in its stored type. Raises Refused with what is wrong, and where."""
    header.check_names(_names(path), required)
    table = parquet.read(path)
    if not table.num_rows:
        raise Refused("expected rows, but the Parquet file has none")
    columns = [_stored(field.name, table.column(at)) for at, field in enumerate(table.schema)]
    return pa.table(columns, names=table.column_names)


def _names(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as broken:
        raise Refused(f"expected a Parquet file, but it cannot be read: {broken}") from broken


def _stored(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(column, _stored_type(name, column.type))
    except pa.ArrowException as odd:
        raise Refused(f"column {name} cannot be stored: {odd}") from odd


def _stored_type(name: str, arrow_type: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(arrow_type):
        return arrow_type
    if pa.types.is_timestamp(arrow_type):
        return pa.timestamp("us", arrow_type.tz)
    for is_kind, stored in _STORED:
        if is_kind(arrow_type):
            return stored
    raise Refused(
        f"column {name}: expected booleans, numbers, text, dates or times, got {arrow_type}"
    )
