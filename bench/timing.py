"""Ours and the peer timed in turns, so that a busy machine is busy for both."""

import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

Work = Callable[[], object]


class Row(NamedTuple):
    """One line of the table: medians in seconds, the peak of a process that does ours alone."""

    name: str
    ours_s: float
    peer: str
    peer_s: float
    ratio: float
    peak_mb: float
    rows: int


def in_turns(ours: Mapping[str, Work], peer: Work, *, turns: int, each: int) -> dict[str, float]:
    """Median seconds of each of ours, and of the peer under the name "peer".

    A turn runs each of ours `each` times, the peer once, and ours again.
    """
    taken: dict[str, list[float]] = {name: [] for name in (*ours, "peer")}
    for work in ours.values():
        work()  # warm: imports, page cache
    for _ in range(turns):
        _add(taken, ours, each)
        taken["peer"].append(_seconds(peer))
        _add(taken, ours, each)
    return {name: median(seconds) for name, seconds in taken.items()}


def peak_mb(work: Callable[..., object], *given: Any) -> float:
    """Largest resident memory of a fresh process that does this once, imports included."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measured, args=(sender, work, given))
    child.start()
    peak = receiver.recv()
    child.join()
    return float(peak)


def _measured(sender: Any, work: Callable[..., object], given: tuple[Any, ...]) -> None:
    work(*given)
    sender.send(_high_water_mark_kb() / 1024)


def _high_water_mark_kb() -> int:
    """VmHWM: getrusage would count what the parent held when it started us."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _add(taken: dict[str, list[float]], works: Mapping[str, Work], times: int) -> None:
    for name, work in works.items():
        taken[name] += [_seconds(work) for _ in range(times)]


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
