"""Parquet as Assay keeps it: the same table gives the same bytes.

Promises that only for one version of pyarrow: the file names the library that wrote it.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.jobs.contract import Product, Refused

MEDIA_TYPE = "application/vnd.apache.parquet"
ROW_GROUP = 131_072

_KINDS = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_dictionary, "text"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_null, "unknown"),
)


def read(path: str | Path) -> pa.Table:
    """The whole table. Raises Refused if the file is not Parquet or is broken."""
    try:
        # no threads: one that a limit on memory keeps from starting would be waited for forever
        return pq.ParquetFile(path, pre_buffer=False).read(use_threads=False)
    except MemoryError:
        raise  # not the file's fault
    except (pa.ArrowException, OSError) as broken:
        raise Refused(f"expected a Parquet file, but it cannot be read: {broken}") from broken


def write(table: pa.Table, name: str, folder: Path) -> Product:
    """Write the table into the folder, with fixed settings and nothing but the table."""
    path = folder / f"{name}.parquet"
    pq.write_table(
        table.replace_schema_metadata(None).combine_chunks(),
        path,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=3,
        version="2.6",
        data_page_version="1.0",
        store_schema=True,
    )
    return Product(name, path, MEDIA_TYPE)


def describe(table: pa.Table) -> list[dict[str, Any]]:
    """Each column's name, type in plain words, and how many values are missing."""
    return [
        {"name": field.name, "type": kind(field.type), "nulls": table.column(at).null_count}
        for at, field in enumerate(table.schema)
    ]


def kind(arrow_type: pa.DataType) -> str:
    """The type in plain words: boolean, integer, number, text, date, timestamp."""
    return next((word for is_kind, word in _KINDS if is_kind(arrow_type)), str(arrow_type))


def without_nan(table: pa.Table) -> pa.Table:
    """The table with NaN as missing: there is one way of not knowing a value, not two."""
    for at, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(at)
            known = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
            table = table.set_column(at, field.name, known)
    return table
