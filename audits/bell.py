"""The bell that calls a worker. It only wakes; the row says what is to be done.

A bell that does not ring loses nothing: the sweeper rings again. So a broker that is down is
noted in the log and never fails, nor long delays, the request that rang.
"""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from audits.models import Run

logger = logging.getLogger(__name__)

#: By name, so that web processes never import what the task works with.
TASK = "audits.tasks.execute_run"
#: A ring nobody heard by then is worth nothing: the sweeper has rung again.
EXPIRES = 60
#: One attempt, for somebody is waiting for the answer to their request.
QUICKLY = {
    "max_retries": 0,
    "connect_retries_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
}


def ring(run: Run) -> bool:
    """Call a worker for this run; False if the broker could not be reached."""
    try:
        with current_app.connection_for_write() as connection:
            connection.transport_options = {**connection.transport_options, **QUICKLY}
            _send(run, connection)
    except (OperationalError, OSError) as unreachable:
        logger.warning("The bell did not ring for run %s: %s", run.pk, unreachable)
        return False
    return True


def _send(run: Run, connection: object) -> None:
    current_app.send_task(
        TASK,
        args=[run.pk],
        queue=run.queue,
        connection=connection,
        retry=False,
        ignore_result=True,
        expires=EXPIRES,
    )
