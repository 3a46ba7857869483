"""A worker beside its child: keeps the lease, passes on progress, obeys cancel and the clock."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from audits.child.process import Child, Progress
from audits.child.wire import Answer
from audits.errors import LeaseLost
from audits.jobs.contract import Job
from audits.models import Run
from audits.runs import endings, limits

logger = logging.getLogger(__name__)

#: Set when the worker is told to stop: its runs go back to the queue.
STOPPING = threading.Event()
#: Seconds between two looks at the row (has it been cancelled? is it still ours?).
GLANCE = 1.0
LISTEN = 0.25


class Ended(Exception):
    """The run is over, or over for this worker, before there was a result."""

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.traceback = traceback

    def settle(self, run: Run) -> None:
        """Write how it ended."""
        endings.fail(run, self.sentence, self.traceback)


class Cancelled(Ended):
    """Somebody called it off."""

    def settle(self, run: Run) -> None:
        """Write that it was called off."""
        endings.cancel(run)


class Stopped(Ended):
    """This worker is told to stop; another will take the run up."""

    def settle(self, run: Run) -> None:
        """Give it back."""
        endings.release(run, self.sentence)


class Crashed(Ended):
    """The child ended without an answer."""

    def settle(self, run: Run) -> None:
        """Give it back, or up when it has crashed too often."""
        endings.crash(run, self.sentence)


def supervise(run: Run, job: Job, folder: Path) -> Answer:
    """Have the job done in a child process; raises Ended or LeaseLost if it is not to be."""
    allowed = limits.of_child()
    watch = Watch(run, seconds=allowed.seconds)
    with Child(job, folder, allowed) as child:
        while not child.has_ended:
            watch.hear(child.listen(LISTEN))
            watch.look()
        watch.keep()
        answer = child.answer()
        if answer is None:
            watch.check_stopping()
            raise Crashed(child.cause_of_death)
        return answer


class Watch:
    """What a supervising worker keeps an eye on."""

    def __init__(self, run: Run, *, seconds: int) -> None:
        self._run = run
        self._seconds = seconds
        self._started = self._glanced = self._kept = time.monotonic()
        self._news: Progress | None = None

    def hear(self, progress: Progress | None) -> None:
        """Note how far the child is."""
        self._news = progress or self._news

    def look(self) -> None:
        """Stop, time out, be cancelled or keep the lease, whichever it is time for."""
        now = time.monotonic()
        self.check_stopping()
        if now - self._started > self._seconds:
            raise Ended(f"it took longer than the {self._seconds} seconds it may take")
        if now - self._glanced < GLANCE:
            return
        self._glanced = now
        due = self._news or now - self._kept > limits.lease().total_seconds() / 3
        self._through_faults(self.keep if due else self._check_row)

    def check_stopping(self) -> None:
        """Raises Stopped once the worker is told to stop."""
        if STOPPING.is_set():
            raise Stopped("its worker was stopped")

    def keep(self) -> None:
        """Move the lease on and say how far it is; raises LeaseLost or Cancelled."""
        values: dict[str, object] = {"lease_ends_at": timezone.now() + limits.lease()}
        if self._news:
            done = min(max(self._news.done, 0.0), 1.0)
            values |= {"progress": f"{done:.3f}", "progress_note": self._news.note[:200]}
        if not Run.objects.held(self._run).update(**values):
            raise LeaseLost(f"run {self._run.pk}, attempt {self._run.attempt}")
        self._kept, self._news = time.monotonic(), None
        self._check_row()

    def _check_row(self) -> None:
        asked = Run.objects.held(self._run).values_list("cancel_requested_at", flat=True).first()
        if asked:
            raise Cancelled("it was cancelled")

    def _through_faults(self, step: Callable[[], None]) -> None:
        """A database that is away for a moment is not a reason to lose the work of an hour."""
        try:
            step()
        except (OperationalError, InterfaceError) as fault:
            if time.monotonic() - self._kept > limits.lease().total_seconds():
                raise LeaseLost(f"run {self._run.pk}: no database since its lease began") from fault
            logger.warning("Run %s: its row cannot be reached: %s", self._run.pk, fault)
            close_old_connections()
