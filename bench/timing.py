"""Ours and the peer timed in turns, so that a busy machine is busy for both."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]

#: A peer that has taken this long in all is asked no more.
PATIENCE = 15.0

Work = Callable[[], object]
#: Does the work once, and says how long it took.
Timed = Callable[[], float]


class Medians(NamedTuple):
    """Median seconds of each of ours, and of the peer."""

    ours: dict[str, float]
    peer: float


def in_turns(
    ours: Mapping[str, Work],
    peer: Timed,
    *,
    turns: int = 3,
    each: int = 3,
    patience: float = PATIENCE,
) -> Medians:
    """Time ours and the peer alternately.

    Each of ours is done once to warm up. Then a turn does each of ours `each` times, the peer
    once, and each of ours again; there are as many turns as asked for, or fewer once the peer
    has taken `patience` seconds in all.
    """
    taken: dict[str, list[float]] = {name: [] for name in ours}
    theirs: list[float] = []
    for work in ours.values():
        work()
    while len(theirs) < turns and sum(theirs) < patience:
        _add(taken, ours, each)
        theirs.append(peer())
        _add(taken, ours, each)
    return Medians({name: median(seconds) for name, seconds in taken.items()}, median(theirs))


def seconds(work: Work) -> float:
    """How long the work takes, once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def repeatedly(work: Work, times: int) -> float:
    """Median seconds of work done several times, after once to warm up."""
    work()
    return median(seconds(work) for _ in range(times))


def peak_mb(work: Callable[..., object], **given: Any) -> float:
    """Largest resident memory, in megabytes, of a fresh process that does this once.

    Imports are included: those of the module the work stands in, and no others.

    Parameters
    ----------
    work : callable
        A function of a module.
    **given
        What to call it with: paths, numbers, texts, lists of these.
    """
    return _peak_mb(work.__module__, work.__qualname__, json.dumps(given, default=str))


@cache
def _peak_mb(module: str, function: str, given: str) -> float:
    """Measured once, beside however many peers the same work stands."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peak", module, function, given],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


def _add(taken: dict[str, list[float]], works: Mapping[str, Work], times: int) -> None:
    for name, work in works.items():
        taken[name] += [seconds(work) for _ in range(times)]
