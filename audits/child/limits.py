"""What a child process may use of the machine."""

import resource
from pathlib import Path
from typing import NamedTuple

STATUS = Path("/proc/self/status")


class Limits(NamedTuple):
    """Bytes of memory beyond what the libraries take when loaded; seconds by the clock."""

    memory: int
    seconds: int


def apply(limits: Limits, *, processors: int) -> None:
    """Hold this process to its limits. Time by the clock is the parent's to keep.

    Private writable memory is limited, not address space: the numeric libraries reserve far
    more addresses than they ever use. Processor time is a second line should the parent fail.
    """
    _lower(resource.RLIMIT_DATA, _private_memory() + limits.memory)
    _lower(resource.RLIMIT_CPU, limits.seconds * processors + 5)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def _private_memory() -> int:
    """Bytes now in use; 0 where the system does not say (then the limit is the stricter)."""
    if not STATUS.exists():
        return 0
    for line in STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
