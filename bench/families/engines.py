"""The same reduction on DuckDB, PostgreSQL and Spark: the times, and counts that must be equal.

Beside PostgreSQL stands the same question in SQL by hand. Spark runs on this machine's cores; its
start is a row of its own, since a cluster is up already.
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import ibis
import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from bench import data
from bench.agreement import ValuesDiffer
from bench.ours import fairness as ours
from bench.peers import environments
from bench.rows import Row, row
from bench.scope import Comparison, Scope
from bench.timing import in_turns, peak_mb, repeatedly, seconds
from measures.engines import postgres, spark
from measures.reduce.cells import Cells, reduce_cells
from tests.plugins import postgresql
from tests.plugins.processes import Unavailable

BY_HAND = """
    SELECT sex, race, region, label, prediction, count(*) FROM log
    GROUP BY sex, race, region, label, prediction
"""
TABLE = """
    CREATE UNLOGGED TABLE log (
        sex text, race text, region text, age text, branch text, label smallint, prediction smallint
    )
"""


def comparisons(scope: Scope) -> list[Comparison]:
    """At ten times the common number of rows."""
    rows = scope.rows if scope.quick else 10 * scope.rows
    path = data.predictions(rows)
    return [partial(on, path, rows) for on in (_on_duckdb, _on_postgresql, _on_spark)]


def _on_duckdb(path: Path, rows: int) -> Iterator[Row]:
    took = repeatedly(partial(ours.cells_of, path), 5)
    yield row("engines, duckdb from parquet", rows, took, peak=peak_mb(ours.cells_of, path=path))


def _on_postgresql(path: Path, rows: int) -> Iterator[Row]:
    expected = ours.cells_of(path)
    with _served() as address, psycopg.connect(address, autocommit=True) as by_hand:
        _fill(by_hand, path)
        with postgres.opened(address, {"log": "public.log"}) as tables:
            _check("postgresql", expected, _cells(tables["log"]))
            took = in_turns(
                {"ours": partial(_cells, tables["log"])},
                partial(seconds, lambda: by_hand.execute(BY_HAND).fetchall()),
                each=1,
            )
    peer = f"psycopg {metadata.version('psycopg')}, SQL by hand"
    yield row("engines, postgresql in place", rows, took.ours["ours"], peer=peer, theirs=took.peer)


def _on_spark(path: Path, rows: int) -> Iterator[Row]:
    expected = ours.cells_of(path)
    cluster = spark.Cluster(path.parent / "spill", shuffle_partitions=2)
    start = time.perf_counter()
    with spark.opened({"log": path}, cluster) as tables:
        _check("spark", expected, _cells(tables["log"]))
        first = time.perf_counter() - start
        took = repeatedly(partial(_cells, tables["log"]), 5)
    yield row(f"engines, spark {cluster.address} from parquet", rows, took)
    yield row("engines, spark start and first answer", rows, first)


def _cells(table: ibis.Table) -> Cells:
    return reduce_cells(table, ours.FEATURES, label="label", prediction="prediction")


def _check(engine: str, expected: Cells, found: Cells) -> None:
    if found.digest() != expected.digest():
        raise ValuesDiffer(f"engines: expected duckdb's cells from {engine}, got other counts")


@contextmanager
def _served() -> Iterator[str]:
    """The address of an empty server that listens on a socket in a folder of its own."""
    try:
        server = postgresql.start()
    except Unavailable as why:
        raise environments.Unavailable(str(why)) from why
    try:
        place = quote(str(server.socket_folder), safe="")
        yield f"postgresql://{postgresql.USER}@/postgres?host={place}"
    finally:
        server.stop()


def _fill(connection: psycopg.Connection, path: Path) -> None:
    """The rows in a table, with the statistics a table in use would have."""
    connection.execute(TABLE)
    plain = pyarrow.csv.WriteOptions(include_header=False)
    with connection.cursor().copy("COPY log FROM STDIN (FORMAT csv)") as copy:
        for batch in pq.ParquetFile(path).iter_batches():
            text = io.BytesIO()
            pyarrow.csv.write_csv(pa.Table.from_batches([batch]), text, plain)
            copy.write(text.getvalue())
    connection.execute("VACUUM ANALYZE log")
