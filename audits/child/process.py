"""A child process as its worker sees it: started, listened to, ended."""

import json
import multiprocessing
import signal
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple, Self

from audits.child import door, wire
from audits.child.limits import Limits
from audits.jobs.contract import Job

context: ForkServerContext = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(list(door.PRELOADED))


def warm_up() -> None:
    """Have the fork server load the libraries now, and not while a run's lease goes by."""
    first = context.Process(target=door.stand_by, name="warm-up", daemon=True)
    first.start()
    first.join()
    first.close()


class Progress(NamedTuple):
    """How far a child is, and what it is doing."""

    done: float
    note: str


class Child:
    """One child process with one job. Leaving the `with` block ends it, come what may."""

    def __init__(self, job: Job, folder: Path, limits: Limits) -> None:
        wire.write_job(folder, job)
        self.folder = folder
        self._ours, theirs = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(
            target=door.enter, args=(folder, theirs, limits), name=f"job-{job.kind}", daemon=True
        )
        self._start(theirs)

    def _start(self, theirs: Connection) -> None:
        try:
            self._process.start()
        finally:
            theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()
        self._ours.close()

    def listen(self, seconds: float) -> Progress | None:
        """The newest progress within so many seconds; returns at once when the child ends."""
        newest = None
        ready = wait([self._ours, self._process.sentinel], seconds)
        if self._ours in ready:
            newest = self._read()
        return newest

    def _read(self) -> Progress | None:
        newest = None
        try:
            while self._ours.poll():
                newest = Progress(*json.loads(self._ours.recv_bytes()))
        except (EOFError, OSError):
            self._process.join(1)  # its end is closed: it has ended, or is about to
        return newest

    @property
    def pid(self) -> int:
        """The process's number, while it is ours."""
        return self._process.pid or 0

    @property
    def has_ended(self) -> bool:
        """Whether the process is over."""
        return not self._process.is_alive()

    def answer(self) -> wire.Answer | None:
        """What it left; None if it crashed."""
        return wire.read_answer(self.folder)

    @property
    def cause_of_death(self) -> str:
        """How a child without an answer ended, in words."""
        code = self._process.exitcode or 0
        if code < 0:
            return f"its process was ended by {signal.Signals(-code).name}"
        return f"its process ended with status {code} and no result"
