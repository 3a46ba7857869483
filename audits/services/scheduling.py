"""Asking for runs, and calling them off."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from audits import bell, canonical, events, permissions, specs
from audits.errors import RunHasEnded
from audits.models import Run
from audits.services import subjects
from audits.states import RunKind, RunState
from people.models import User
from trail import services as trail

#: What a person waits for at the screen; everything else may take its time.
LIGHT = frozenset({RunKind.INGEST, RunKind.PROFILE, RunKind.PREDICT})


@transaction.atomic
def request_run(kind: str, spec: Mapping[str, Any], *, by: User) -> Run:
    """Write down what is wanted; a worker is called once that is committed.

    Raises UnknownKind, Malformed, NotPermitted, or what `subjects` finds in the way.
    """
    word = specs.read_kind(kind)
    read = specs.read(word, spec)
    subject = subjects.find(word, read, by=by)
    permissions.check_may_request(by, word, subject.team, about=subject.type)
    run = _write(word, read.model_dump(mode="json"), subject, by=by)
    trail.record(events.RUN_REQUESTED, by=by, subject=run, detail=_summary(run))
    transaction.on_commit(lambda: bell.ring(run))
    return run


def _write(kind: RunKind, spec: dict[str, Any], subject: subjects.Subject, *, by: User) -> Run:
    content = {"kind": kind.value, "spec": spec, "version": specs.SPEC_VERSION}
    return Run.objects.create(
        kind=kind,
        team=subject.team,
        spec=spec,
        spec_version=specs.SPEC_VERSION,
        spec_digest=canonical.digest(content),
        subject_type=subject.type,
        subject_id=str(subject.id),
        subject_label=subject.label[:255],
        subject_digest=subject.digest,
        queue="light" if kind in LIGHT else "heavy",
        requested_by=by,
    )


def _summary(run: Run) -> dict[str, Any]:
    return {
        "kind": run.kind,
        "spec_digest": run.spec_digest,
        "about": {"type": run.subject_type, "id": run.subject_id, "digest": run.subject_digest},
    }


@transaction.atomic
def cancel(run: Run, *, by: User) -> Run:
    """Call a run off: at once if it waits, else as soon as its worker looks.

    Raises NotPermitted or RunHasEnded.
    """
    permissions.check_may_cancel(by, run)
    if not (_cancel_waiting(run) or _ask_worker(run)):
        run.refresh_from_db()
        raise RunHasEnded(f"run {run.pk} can no longer be cancelled: it is {run.state}")
    run.refresh_from_db()
    over = run.state == RunState.CANCELLED
    event = events.RUN_CANCELLED if over else events.RUN_CANCEL_ASKED
    trail.record(event, by=by, subject=run, detail={"kind": run.kind})
    return run


def _cancel_waiting(run: Run) -> int:
    now = timezone.now()
    return Run.objects.filter(pk=run.pk, state=RunState.QUEUED).update(
        state=RunState.CANCELLED, cancel_requested_at=now, ended_at=now
    )


def _ask_worker(run: Run) -> int:
    running = Run.objects.filter(pk=run.pk, state=RunState.RUNNING)
    return running.update(cancel_requested_at=timezone.now())
