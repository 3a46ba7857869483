"""A peer as seen from here: a process that holds its data and is asked for one task at a time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from bench.peers import environments
from bench.timing import ROOT

LOGS = ROOT / ".bench" / "logs"

#: No peer tells anybody that it was run.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "EVIDENTLY_DISABLE_TELEMETRY": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "WHYLOGS_NO_ANALYTICS": "True",
    "YDATA_PROFILING_NO_ANALYTICS": "True",
}


class PeerFailed(Exception):
    """The peer could not do what it was asked."""


class Answer(NamedTuple):
    """How long a task took, measured where it was done, and the numbers it found."""

    seconds: float
    values: dict[str, float]


class Peer:
    """A running peer."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def ask(self, task: str, **given: Any) -> Answer:
        """Have a task done. Raises PeerFailed if it could not be."""
        print(json.dumps({"task": task, "given": given}, default=str), file=self._to, flush=True)
        line = self._from.readline()
        if not line:
            raise PeerFailed(f"{task}: the peer ended; see {self._log}")
        told = json.loads(line)
        if "failed" in told:
            raise PeerFailed(f"{task}: {told['failed']}")
        return Answer(told["seconds"], told["values"])

    @property
    def _to(self) -> IO[str]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _from(self) -> IO[str]:
        assert self._process.stdout
        return self._process.stdout


@contextmanager
def started(module: str, environment: str | None = None) -> Iterator[Peer]:
    """A module of `bench.peers` in an environment of its own, or in ours if none is named.

    Raises
    ------
    environments.Unavailable
        If the environment cannot be made.
    """
    python = environments.python_of(environment) if environment else Path(sys.executable)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{module}.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [python, "-m", f"bench.peers.{module}"],
            cwd=ROOT,
            env=os.environ | _QUIET,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        try:
            yield Peer(process, log)
        finally:
            process.terminate()
