"""Checks that other apps add to the verification of the trail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Something that is not as the trail says, and where."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


Check = Callable[[], Iterator[Fault]]
_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Have `verify` run this check too. A name is registered once; again replaces it."""
    _checks[name] = check


def registered() -> dict[str, Check]:
    """All checks by name."""
    return dict(_checks)
