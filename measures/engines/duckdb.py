"""A DuckDB that reads the files it was given, within bounds, and nothing else.

Promises: memory, threads and spill space are bounded; no file but the named ones is read and
no extension is downloaded; the configuration is locked before the first question is asked.
Cannot: hold the process exactly to the memory limit, which binds DuckDB's own buffers only.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import ibis


class Limits(NamedTuple):
    """What one connection may use. `spill` is an absolute folder for what memory cannot hold."""

    spill: Path
    memory: str = "512MB"
    threads: int = 2
    spill_size: str = "8GB"


@contextmanager
def opened(
    files: Mapping[str, Path | Sequence[Path]], limits: Limits
) -> Iterator[dict[str, ibis.Table]]:
    """Parquet files as Ibis tables, by name; several files under one name are one table.

    Parameters
    ----------
    files : mapping of str to Path or sequence of Path
        Absolute paths of Parquet files.
    limits : Limits
        Bounds of this connection.

    Yields
    ------
    dict of str to ibis.Table
        The tables, usable until the block ends.
    """
    paths = {name: _as_list(given) for name, given in files.items()}
    connection = _connect(limits)
    try:
        _lock(connection, [path for several in paths.values() for path in several])
        yield {name: connection.read_parquet(several) for name, several in paths.items()}
    finally:
        connection.disconnect()


def _as_list(given: Path | Sequence[Path]) -> list[str]:
    several = [given] if isinstance(given, str | Path) else given
    return [str(Path(path).absolute()) for path in several]


def _connect(limits: Limits) -> ibis.BaseBackend:
    limits.spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(
        memory_limit=limits.memory,
        threads=limits.threads,
        temp_directory=str(limits.spill.absolute()),
        max_temp_directory_size=limits.spill_size,
        preserve_insertion_order=False,
        enable_external_file_cache=False,  # the system keeps what was read, and counts it apart
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        allow_community_extensions=False,
    )


def _lock(connection: ibis.BaseBackend, paths: Sequence[str]) -> None:
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    connection.raw_sql(f"SET allowed_paths = [{quoted}]")
    connection.raw_sql("SET enable_external_access = false")
    connection.raw_sql("SET lock_configuration = true")
