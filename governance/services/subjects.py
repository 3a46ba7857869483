"""Subjects: whatever approval and evidence can be about, named in one way.

A kind of subject is registered once, by the app that owns it, with how it is described and
what its approval causes. Requests and evidence then name it by type, id, label and digest.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model, QuerySet

from governance.models import ApprovalRequest
from people.errors import Malformed
from people.models import Team, User


@dataclass(frozen=True)
class SubjectRef:
    """What something is called, and the digest of what it is right now."""

    type: str
    id: str
    label: str
    digest: str
    team: Team | None
    author: User | None


@dataclass(frozen=True)
class Standing:
    """What a policy's `applies_to` is matched against."""

    risk_tier: str = ""
    domain: str = ""


class Effect(Protocol):
    """What closing a request causes, in the same transaction."""

    def __call__(self, request: ApprovalRequest, *, by: User) -> None: ...


def _openly(subject: Any) -> str:
    """Nothing stands in the way of asking for its approval."""
    return ""


def _nothing(request: ApprovalRequest, *, by: User) -> None:
    """Closing the request causes nothing."""


@dataclass(frozen=True)
class Kind:
    """How one kind of subject is found and described, and what its approval causes.

    `refuses` says in a sentence why approval of a subject cannot be asked for, if so. One that
    is approved `by_environment` may be put forward for several at a time, others only once.
    """

    rows: Callable[[], QuerySet[Any]]
    model: type[Model]
    describe: Callable[[Any], SubjectRef]
    standing: Callable[[Any], Standing] = lambda subject: Standing()
    on_approved: Effect = _nothing
    on_rejected: Effect = _nothing
    on_withdrawn: Effect = _nothing
    refuses: Callable[[Any], str] = _openly
    by_environment: bool = False


_NUMBER = re.compile(r"[0-9]{1,18}")
_KINDS: dict[str, Kind] = {}


def register(type: str, kind: Kind) -> None:  # noqa: A002
    """Make a kind of subject known under its name."""
    _KINDS[type] = kind


def kind_of(type: str) -> Kind:  # noqa: A002
    """The kind of that name."""
    if type not in _KINDS:
        raise Malformed(f"a subject is one of {', '.join(sorted(_KINDS))}; got {type!r}")
    return _KINDS[type]


def of(subject: Any) -> SubjectRef:
    """The reference to a row; a reference is given back as it is."""
    if isinstance(subject, SubjectRef):
        return subject
    for kind in _KINDS.values():
        if isinstance(subject, kind.model):
            return kind.describe(subject)
    raise Malformed(f"a {type(subject).__name__} cannot be a subject of evidence or approval")


def find(type: str, id: object) -> SubjectRef:  # noqa: A002
    """The reference to a row by its type and id."""
    return kind_of(type).describe(row(type, id))


def row(type: str, id: object) -> Any:  # noqa: A002
    """The row itself."""
    kind = kind_of(type)
    told = str(id)
    found = kind.rows().filter(pk=int(told)).first() if _NUMBER.fullmatch(told) else None
    if found is None:
        raise Malformed(f"there is no {type} {told[:20]}")
    return found


def standing_of(ref: SubjectRef) -> Standing:
    """The risk tier and domain a subject falls under."""
    return kind_of(ref.type).standing(row(ref.type, ref.id))
