"""Doors a worker comes in by. Each hands over to the room where it is done."""

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.db import OperationalError, connection

from audits import runs
from audits.child import process
from audits.runs import supervision, workplace
from audits.services import sweeping
from trail import services as trail


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def execute_run(run_id: int) -> None:
    """Carry out one run. Safe to deliver twice; see `Run.objects.claim`."""
    runs.execute(run_id)


@shared_task
def sweep() -> None:
    """Ring for what waits or was lost, and number what is committed."""
    sweeping.ring_again()
    trail.sequence()


@shared_task
def verify_trail() -> bool:
    """Check the whole trail against itself and against what it tells of."""
    return bool(trail.verify().ok)


@worker_init.connect
def set_up(**_: object) -> None:
    """Before the first run: the libraries are loaded, what killed workers left is removed."""
    process.warm_up()
    workplace.sweep()
    connection.close()


@worker_shutting_down.connect
def give_back(**_: object) -> None:
    """Have this worker's runs taken up by another, rather than waited for."""
    supervision.STOPPING.set()
