"""Who is acting now, from where and why: the context every happening is recorded with.

It belongs to the thread or task that set it. Database connections push it to the row triggers
at the first write of a transaction, and again when it changes within one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

UNATTRIBUTED = "unattributed"


@dataclass(frozen=True, eq=False)
class Context:
    """Who acts, through which door, in answer to what. `auth` names method and age only."""

    actor: str = ""
    source: str = ""
    request_id: str = ""
    run_id: str = ""
    reason: str = ""
    auth: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What is not empty, ready for JSON."""
        return {name: value for name, value in vars(self).items() if value}


NOBODY = Context()
_current: ContextVar[Context] = ContextVar("assay_trail_context", default=NOBODY)


def current() -> Context:
    """The context in force."""
    return _current.get()


def reference(by: object) -> str:
    """How the trail names somebody: an opaque reference, never a name or an address."""
    if by is None:
        return current().actor or UNATTRIBUTED
    if isinstance(by, str):
        return by
    ref = getattr(by, "ref", None)
    return f"user:{ref}" if ref else UNATTRIBUTED


@contextmanager
def acting(
    *,
    by: object,
    source: str = "",
    request_id: str = "",
    run_id: str = "",
    reason: str = "",
    auth: Mapping[str, Any] | None = None,
    address: str = "",
) -> Iterator[Context]:
    """Within this block `by` acts. What is not said is kept from the context around it."""
    said: dict[str, Any] = {
        "source": source,
        "request_id": request_id,
        "run_id": run_id,
        "reason": reason,
    }
    said |= {"address": address, "auth": auth, "actor": "" if by is None else reference(by)}
    context = replace(current(), **{name: value for name, value in said.items() if value})
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def set_actor(by: object, *, auth: Mapping[str, Any] | None = None) -> None:
    """Say who acts, once that is known; the rest of the context stays."""
    context = current()
    _current.set(replace(context, actor=reference(by), auth=auth or context.auth))
