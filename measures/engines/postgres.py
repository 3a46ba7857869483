"""A PostgreSQL that counts its own tables in place: read-only, within bounds, one state of them.

Promises: nothing is written; every question inside one block sees the table as it was at the
first; a question that takes too long is ended, as is one whose asker has gone.
Cannot: bound the server's memory, which is its administrator's to set.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import ibis
import pyarrow as pa
from ibis.backends.postgres import Backend
from ibis.common.exceptions import IbisError, TableNotFound

_SECOND = 1000  # in PostgreSQL's own unit
_ROWS_AT_ONCE = 100_000


class Patience(NamedTuple):
    """How long may be waited, in seconds; `processes` help the server with one question."""

    connect: int = 10
    question: int = 3600
    processes: int = 2


class _OneTransaction(Backend):
    """Ibis's PostgreSQL, for use inside a transaction.

    Ibis closes a cursor after the part of the transaction that made it. Where that part has
    failed the cursor is gone with it, and the complaint about this would hide the failure.
    """

    def to_pyarrow_batches(
        self,
        expr: ibis.Expr,
        /,
        *,
        params: Mapping[ibis.Scalar, Any] | None = None,
        limit: int | str | None = None,
        chunk_size: int = _ROWS_AT_ONCE,
        **_: Any,
    ) -> pa.RecordBatchReader:
        schema = expr.as_table().schema()
        query = self.compile(expr, limit=limit, params=params)
        kind = schema.as_struct().to_pyarrow()

        def batches() -> Iterator[pa.RecordBatch]:
            name = f"assay_{uuid4().hex}"
            with self.con.transaction(), self.con.cursor(name=name) as cursor:
                cursor.execute(query)
                while rows := cursor.fetchmany(chunk_size):
                    yield pa.RecordBatch.from_struct_array(pa.array(rows, type=kind))

        return pa.RecordBatchReader.from_batches(schema.to_pyarrow(), batches())


@contextmanager
def opened(
    address: str, tables: Mapping[str, str], patience: Patience | None = None
) -> Iterator[dict[str, ibis.Table]]:
    """Tables or views of a database as Ibis tables, by name.

    Parameters
    ----------
    address : str
        ``postgresql://user:password@host:port/database``, with libpq's parameters as a query
        (``?sslmode=verify-full``).
    tables : mapping of str to str
        Per name ``table`` or ``schema.table``.
    patience : Patience, optional
        Bounds of this connection.

    Yields
    ------
    dict of str to ibis.Table
        The tables, usable until the block ends, all in the state of the first question.

    Raises
    ------
    ValueError
        If the address is no PostgreSQL's, or a table is not there; the address is not shown.
    """
    if not address.startswith(("postgresql://", "postgres://")):
        raise ValueError("expected an address that starts with postgresql://")
    connection = _connected(address, patience or Patience())
    try:
        # Ibis makes a transaction of each question; inside this one they become parts of it
        with connection.con.transaction():
            yield {name: _table(connection, place) for name, place in tables.items()}
    finally:
        connection.disconnect()


def _connected(address: str, patience: Patience) -> Backend:
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query))
    named = {
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "database": unquote(parts.path.removeprefix("/")) or None,
    }
    connection = _OneTransaction()
    connection.do_connect(
        **{name: value for name, value in named.items() if value is not None},
        **given,
        **_bounds(patience),
    )
    return connection


def _bounds(patience: Patience) -> dict[str, str]:
    told = {
        "default_transaction_read_only": "on",
        "default_transaction_isolation": "repeatable\\ read",
        "statement_timeout": str(patience.question * _SECOND),
        "client_connection_check_interval": str(_SECOND),
        "max_parallel_workers_per_gather": str(patience.processes),
    }
    options = " ".join(f"-c {name}={value}" for name, value in told.items())
    return {
        "options": options,
        "connect_timeout": str(patience.connect),
        "application_name": "assay",
    }


def _table(connection: Backend, place: str) -> ibis.Table:
    schema, dot, name = place.rpartition(".")
    try:
        return connection.table(name, database=schema if dot else None)
    except (IbisError, TableNotFound) as why:
        raise ValueError(f"expected a table or view that may be read, got {place!r}") from why
