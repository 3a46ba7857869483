"""Filing what came out of a run: all of it in one transaction, or nothing.

Files are stored first: they are known by their digest, so storing them twice, or storing them
for a run that then cannot be filed, changes nothing.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audits import events
from audits.errors import LeaseLost
from audits.jobs.contract import Outcome
from audits.models import Run
from audits.runs import bundle, endings
from audits.runs.filing import kinds
from audits.runs.filing.finished import Finished, result_digest, store
from audits.runs.ingredients import Ingredients
from audits.runs.supervision import Cancelled
from audits.states import RunState
from trail import services as trail


def file(run: Run, outcome: Outcome, ingredients: Ingredients) -> None:
    """Store, register, file as evidence, draft the report, and end the run."""
    finished = Finished(run, outcome, store(outcome), bundle.of(run, ingredients))
    with transaction.atomic():
        _hold(run)
        result = kinds.file(finished)
        _succeed(finished, result)


def _hold(run: Run) -> None:
    """Lock the row; raises LeaseLost if another attempt has it, Cancelled if it was called off."""
    held = Run.objects.held(run).select_for_update().first()
    if held is None:
        raise LeaseLost(f"run {run.pk}, attempt {run.attempt}")
    if held.cancel_requested_at:
        raise Cancelled("it was cancelled")


def _succeed(finished: Finished, result: dict[str, Any]) -> None:
    run, digest = finished.run, result_digest(finished)
    Run.objects.held(run).update(
        state=RunState.SUCCEEDED,
        ended_at=timezone.now(),
        lease_ends_at=None,
        progress=1,
        progress_note="",
        result=result,
        result_digest=digest,
        bundle=finished.bundle,
    )
    about = {"kind": run.kind, "attempt": run.attempt, "result_digest": digest, "result": result}
    trail.record(events.RUN_SUCCEEDED, by=endings.WORKER, subject=run, detail=about)
