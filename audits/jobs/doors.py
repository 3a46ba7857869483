"""Which function does the work of each kind. Imported by the child process alone."""

from collections.abc import Callable
from importlib import import_module

from audits.jobs.contract import Job, Outcome, Tell

Work = Callable[[Job, Tell], Outcome]


def work_of(kind: str) -> Work:
    """The work of that kind."""
    return import_module(f"audits.jobs.{kind}").work
