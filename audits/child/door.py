"""Where a child process comes in."""

from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from audits.child.limits import Limits

#: Loaded once by the fork server, so that each child starts with the libraries in memory.
ENTRY = "audits.child.entry"
PRELOADED = ("audits.child.one_thread", ENTRY)


def enter(folder: Path, pipe: Connection, limits: Limits) -> None:
    """Carry out the job in that folder.

    By name, because the worker must be able to name this function to its fork server without
    itself loading what the jobs work with.
    """
    import_module(ENTRY).carry_out(folder, pipe, limits)


def stand_by() -> None:
    """Load what the jobs work with, and no more."""
    import_module(ENTRY)
