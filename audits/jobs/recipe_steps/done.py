"""What one step made of a table."""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from audits.jobs.contract import Refused


class Done(NamedTuple):
    """The table after a step, how many cells it changed, and what else is to be said."""

    table: pa.Table
    changed: int = 0
    note: str = ""


def column(table: pa.Table, name: str) -> pa.ChunkedArray:
    """One column; raises Refused if there is none of that name."""
    check_columns(table, [name])
    return table.column(name)


def check_columns(table: pa.Table, names: Iterable[str]) -> None:
    """Raises Refused naming the columns that are not there."""
    if missing := [name for name in names if name not in table.column_names]:
        raise Refused(
            f"expected columns {', '.join(missing)}; the table has {', '.join(table.column_names)}"
        )


def with_column(table: pa.Table, name: str, values: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The table with the column replaced where it stands, or added at the end."""
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, values)
    return table.append_column(name, values)
