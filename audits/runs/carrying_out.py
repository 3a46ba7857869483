"""One run from claim to end. Whatever happens, the row says how it ended, or is free again."""

import logging
import os
import socket
import traceback
from threading import get_ident

from django.db import OperationalError, transaction

from audits import events
from audits.child.wire import Answer
from audits.errors import LeaseLost
from audits.jobs.contract import Outcome
from audits.models import Run
from audits.runs import endings, filing, ingredients, limits, supervision, workplace
from people.errors import AssayError
from trail import services as trail

logger = logging.getLogger(__name__)

#: What passes: a locked or restarting database, storage that does not answer.
TRANSIENT = (OperationalError, OSError)


def execute(run_id: int) -> None:
    """Carry out one run, if it waits or was lost. Safe to call any number of times."""
    run = _claim(run_id)
    if run is None:
        return
    with trail.acting(by=run.requested_by, source="task", run_id=str(run.pk)):
        try:
            _carry_out(run)
        except LeaseLost:
            logger.warning("Run %s was taken over while attempt %s ran", run.pk, run.attempt)


def _claim(run_id: int) -> Run | None:
    with transaction.atomic():
        run = Run.objects.claim(run_id, worker=_worker(), lease=limits.lease())
        if run:
            about = {"kind": run.kind, "attempt": run.attempt, "worker": run.worker}
            trail.record(events.RUN_STARTED, by=endings.WORKER, subject=run, detail=about)
        return run


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{get_ident()}"[:100]


def _carry_out(run: Run) -> None:
    if run.crashes >= limits.CRASHES:
        return endings.fail(run, endings.CRASHED.format("its worker was lost"))
    if run.cancel_requested_at:
        return endings.cancel(run)
    try:
        _work(run)
    except LeaseLost:
        raise
    except supervision.Ended as ended:
        ended.settle(run)
    except AssayError as reason:
        endings.fail(run, reason.message)
    except TRANSIENT as passing:
        endings.try_later(run, passing)
    except Exception as error:
        logger.exception("Run %s failed", run.pk)  # it must end; operators read why there
        endings.fail(run, f"{type(error).__name__}: {error}", traceback.format_exc())


def _work(run: Run) -> None:
    """Prepare, work in the child, file. The folder lives until the products are stored."""
    with workplace.of(run) as folder:
        prepared = ingredients.of(run)
        with workplace.verified_files(prepared.digests) as files:
            job = prepared.job(run, files, folder)
            answer = supervision.supervise(run, job, folder)
        filing.file(run, _outcome(answer), prepared)


def _outcome(answer: Answer) -> Outcome:
    if answer.refused:
        raise supervision.Ended(answer.refused)
    if answer.outcome is None:
        raise supervision.Ended(answer.failed, answer.traceback)
    return answer.outcome
