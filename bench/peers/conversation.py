"""How a peer is talked to: a line of JSON asks for a task, a line of JSON answers.

A task is a method. It does the work and returns a function that says what came out: the work is
timed, the telling is not. Data is loaded by a task of its own, before the clock runs.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

#: What a task found: numbers by name.
Values = dict[str, float]
Telling = Callable[[], Values]


def nothing() -> Values:
    """What a task says that only prepares another."""
    return {}


def serve(peer: object) -> None:
    """Carry out what is asked, line by line, until the other side closes."""
    with _own_output() as answers:
        for line in sys.stdin:
            answers.write(json.dumps(_answer(peer, json.loads(line))) + "\n")
            answers.flush()


def _answer(peer: object, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        work = getattr(peer, asked["task"])
        start = time.perf_counter()
        tell = work(**asked["given"])
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "values": tell()}
    except Exception:  # noqa: BLE001  whatever went wrong there is told here
        return {"failed": traceback.format_exc()}


def _own_output() -> TextIO:
    """Our answers' way out; what the libraries print goes to the log."""
    ours = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return ours
