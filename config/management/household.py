"""Several processes started, watched and stopped as one."""

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
#: A process that ends this often within a minute is not started again: all are stopped.
TOO_OFTEN = 5
MINUTE = 60.0


class GivenUp(Exception):
    """A process could not be kept running."""


class Member(NamedTuple):
    """One process: what it is called, how it is started, how long it may take to stop."""

    name: str
    command: Sequence[str]
    patience: float = 15.0


class Household:
    """Processes that live and end together. The first of them is stopped first."""

    def __init__(self, members: Sequence[Member], *, folder: Path) -> None:
        self.members = members
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ends: dict[str, list[float]] = {member.name: [] for member in members}

    def __enter__(self) -> "Household":
        for member in self.members:
            self._start(member)
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            if process := self.running.pop(member.name, None):
                _stop(process, member.patience)

    def tend(self) -> None:
        """Start again what has ended; raises GivenUp when it ends too often."""
        for member in self.members:
            status = self.running[member.name].poll()
            if status is not None:
                self._note_end(member.name, status)
                self._start(member)

    def _start(self, member: Member) -> None:
        self.running[member.name] = subprocess.Popen(
            member.command,
            cwd=self.folder,
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
            # safe: `serve` has no other thread
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )

    def _note_end(self, name: str, status: int) -> None:
        now = time.monotonic()
        recent = [at for at in self.ends[name] if now - at < MINUTE]
        self.ends[name] = [*recent, now]
        if len(self.ends[name]) >= TOO_OFTEN:
            raise GivenUp(f"{name} ended {TOO_OFTEN} times in a minute, last with status {status}")
        logger.warning("%s ended with status %s; starting it again", name, status)


def _stop(process: subprocess.Popen[bytes], patience: float) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    """If we are killed they are asked to stop, and do not stay behind holding the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
