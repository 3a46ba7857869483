"""What a child process does: read the job, do the work, leave the answer. Never the worker's.

Whatever happens, an answer is left; a child that ends without one has crashed.
"""

import json
import logging
import multiprocessing
import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection, wait
from pathlib import Path

from audits.child import limits as limiting
from audits.child import wire
from audits.child.limits import Limits
from audits.jobs import doors
from audits.jobs.contract import Refused, Tell

logger = logging.getLogger(__name__)
ORPHANED = 70


def carry_out(folder: Path, pipe: Connection, limits: Limits) -> None:
    """Do the job that was left in the folder, within limits, telling the pipe how far it is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker to answer
    die_with_the_worker()
    limiting.apply(limits, processors=os.cpu_count() or 1)
    try:
        wire.write_answer(folder, _answer(folder, pipe, limits))
    except (TypeError, ValueError) as unsayable:
        wire.write_answer(folder, _failed(f"its result cannot be stored: {unsayable}"))


def _answer(folder: Path, pipe: Connection, limits: Limits) -> wire.Answer:
    job = wire.read_job(folder)
    try:
        return wire.Answer(outcome=doors.WORK[job.kind](job, _teller(pipe)))
    except Refused as refused:
        if isinstance(refused.__cause__, MemoryError):  # not the file's fault
            return _failed(_too_little_memory(limits))
        return wire.Answer(refused=str(refused))
    except MemoryError:
        return _failed(_too_little_memory(limits))
    except Exception as error:  # noqa: BLE001 the answer to anything else is its traceback
        return _failed(f"{type(error).__name__}: {error}")


def _too_little_memory(limits: Limits) -> str:
    return f"it needed more than the {limits.memory // 2**20} MB it may use"


def _failed(sentence: str) -> wire.Answer:
    return wire.Answer(failed=sentence, traceback=traceback.format_exc())


def _teller(pipe: Connection) -> Tell:
    def tell(done: float, sentence: str) -> None:
        try:
            pipe.send_bytes(json.dumps([float(done), str(sentence)[:200]]).encode())
        except OSError:
            logger.debug("Nobody listens any more: %s", sentence)

    return tell


def die_with_the_worker() -> None:
    """End at once when the worker's end of the pipe closes, however the worker died."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(ORPHANED)

    threading.Thread(target=watch, name="die-with-the-worker", daemon=True).start()
