"""How runs end without a result, or go back to the queue. Each write is guarded by the attempt."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audits import bell, events
from audits.errors import LeaseLost
from audits.models import Run
from audits.runs import limits
from audits.states import RunState
from trail import services as trail

#: Who did it, where nobody did.
WORKER = "system:worker"
CRASHED = "the task crashed three times: {}"


def fail(run: Run, sentence: str, traceback: str = "") -> None:
    """Over, and why."""
    _end(run, RunState.FAILED, events.RUN_FAILED, error=sentence[:4000], traceback=traceback)


def cancel(run: Run) -> None:
    """Over, because somebody called it off."""
    _end(run, RunState.CANCELLED, events.RUN_CANCELLED)


def crash(run: Run, cause: str) -> None:
    """Its process died: back to the queue, or over when that has happened too often."""
    crashes = run.crashes + 1
    if crashes >= limits.CRASHES:
        _end(run, RunState.FAILED, events.RUN_FAILED, error=CRASHED.format(cause), crashes=crashes)
    else:
        _give_back(run, cause, wait=2 ** (crashes - 1) - 1, crashes=crashes)


def try_later(run: Run, cause: Exception) -> None:
    """Something that passes stood in the way: back to the queue for longer each time."""
    sentence = f"{type(cause).__name__}: {cause}"
    if run.attempt >= limits.ATTEMPTS:
        fail(run, f"given up after {run.attempt} attempts; the last ended with {sentence}")
    else:
        _give_back(run, sentence, wait=min(2**run.attempt, 300))


def release(run: Run, cause: str) -> None:
    """Back to the queue, for no fault of its own."""
    _give_back(run, cause, wait=0)


@transaction.atomic
def _end(run: Run, state: RunState, event: str, **values: object) -> None:
    _write(run, state=state, ended_at=timezone.now(), lease_ends_at=None, **values)
    about = {"kind": run.kind, "attempt": run.attempt, "error": str(values.get("error", ""))}
    outcome = "failure" if state == RunState.FAILED else "success"
    trail.record(event, by=WORKER, subject=run, detail=about, outcome=outcome)


@transaction.atomic
def _give_back(run: Run, cause: str, *, wait: int, **values: object) -> None:
    again_at = timezone.now() + timedelta(seconds=wait)
    _write(run, state=RunState.QUEUED, lease_ends_at=None, not_before=again_at, **values)
    about = {"kind": run.kind, "attempt": run.attempt, "cause": cause, "again_at": again_at}
    trail.record(events.RUN_RELEASED, by=WORKER, subject=run, detail=about)
    if not wait:
        transaction.on_commit(lambda: bell.ring(run))


def _write(run: Run, **values: object) -> None:
    if not Run.objects.held(run).update(**values):
        raise LeaseLost(f"run {run.pk}, attempt {run.attempt}")
