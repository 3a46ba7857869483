"""A Spark that counts Parquet files: on this machine's cores, or on a cluster by its address.

Needs the extra `assay[spark]` and a Java runtime. Promises: the session speaks UTC, shows no
web page and listens on this machine alone unless a cluster is named; one that was there before
is used and left as it is.
Cannot: reach files that the cluster's machines do not see under the same path.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import ibis
import pyarrow as pa

try:
    from ibis.backends.pyspark import Backend
    from pyspark.sql import SparkSession
except ImportError as _why:
    raise ImportError(
        "expected the library pyspark, which is not installed: install the extra assay[spark]"
    ) from _why

# said where Spark only looks whether pandas is there
warnings.filterwarnings("ignore", ".*does not yet fully support pandas.*", FutureWarning)

_LOCAL = "127.0.0.1"


class _Arrow(Backend):
    """Ibis's Spark, its answers fetched as Arrow: through pandas a missing number turns NaN."""

    def to_pyarrow(
        self, expr: ibis.Expr, /, *, limit: int | str | None = None, **_: Any
    ) -> pa.Table | pa.Array | pa.Scalar:
        table = expr.as_table()
        fetched = self._session.sql(self.compile(table, limit=limit)).toArrow()
        return expr.__pyarrow_result__(fetched.cast(table.schema().to_pyarrow()))


class Cluster(NamedTuple):
    """Where Spark runs and what it may use.

    `address` is ``local[*]``, ``local[2]``, ``spark://host:port``, ``yarn`` or ``k8s://…``;
    `spill` an absolute folder for what memory cannot hold; `settings` Spark's own, which win.
    """

    spill: Path
    address: str = "local[*]"
    memory: str = "1g"
    shuffle_partitions: int = 8
    settings: Mapping[str, str] = {}


@contextmanager
def opened(
    files: Mapping[str, Path | str | Sequence[Path | str]], cluster: Cluster
) -> Iterator[dict[str, ibis.Table]]:
    """Parquet files as Ibis tables, by name; several files under one name are one table.

    Parameters
    ----------
    files : mapping of str to path or sequence of paths
        Absolute paths, or addresses that Spark reads (``hdfs://``, ``s3a://``).
    cluster : Cluster
        Where it runs; ignored where this process has a session already.

    Yields
    ------
    dict of str to ibis.Table
        The tables, usable until the block ends.
    """
    before = SparkSession.getActiveSession()
    session = before or _started(cluster)
    try:
        connection = _Arrow()
        connection.register_options()
        connection.do_connect(session)
        yield {name: _table(connection, session, _as_list(given)) for name, given in files.items()}
    finally:
        if before is None:
            session.stop()


def _table(connection: ibis.BaseBackend, session: SparkSession, places: list[str]) -> ibis.Table:
    # Ibis itself takes one path only; a view of several is the same to it
    view = f"assay_{uuid4().hex}"
    session.read.parquet(*places).createTempView(view)
    return connection.table(view)


def _as_list(given: Path | str | Sequence[Path | str]) -> list[str]:
    several = [given] if isinstance(given, str | Path) else given
    return [str(place) for place in several]


def _started(cluster: Cluster) -> SparkSession:
    told = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": cluster.memory,
        "spark.local.dir": str(cluster.spill),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(cluster.shuffle_partitions),
    }
    if cluster.address.startswith("local"):
        told |= {"spark.driver.bindAddress": _LOCAL, "spark.driver.host": _LOCAL}
    builder = SparkSession.builder.master(cluster.address).appName("assay")
    for name, value in (told | dict(cluster.settings)).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
