"""A real worker in a process of its own, on the tests' database and Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)
LEASE = 3


def database_url() -> str:
    """The test database, as a setting."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    host = quote(str(held["HOST"]), safe="/")
    return f"postgresql://{held['USER']}@/{held['NAME']}?host={host}"


class Worker:
    """A Celery worker as `serve` starts it, with a short lease."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.log = log
        told = {"ASSAY_DATABASE_URL": database_url(), "ASSAY_LEASE_SECONDS": str(LEASE)}
        told |= {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
        command = ["celery", "--app", "config.celery", "worker", "--pool", "threads"]
        command += ["--concurrency", "2", "--loglevel", "INFO", "--without-mingle"]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT, env={**os.environ, **told, **environment}, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def await_ready(self) -> "Worker":
        """It listens."""
        until(lambda: "ready." in self.log.read_text(errors="replace"), 60, self.told)
        return self

    def told(self) -> str:
        """What it has said."""
        return self.log.read_text(errors="replace")[-6000:]

    def kill(self) -> None:
        """As the kernel does when memory is short: no word to anybody."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As an operator does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def children_at_work(self) -> list[int]:
        """The processes its fork server has started."""
        return [pid for server in children_of(self.process.pid) for pid in children_of(server)]


def children_of(parent: int) -> list[int]:
    """The processes right below one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def until(so: Callable[[], object], seconds: float, told: Callable[[], str] = lambda: "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, f"not so within {seconds} s\n{told()}"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
