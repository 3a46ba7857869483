"""Reading the trail: who may see what, in words a person understands.

Auditors and superusers see every entry with its payload; anybody else sees the entries of
their own acts, without payload. Who is an auditor is said from above, by `let_read`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from trail.context import reference
from trail.errors import KeyMissing
from trail.log.canonical import read
from trail.log.payload import Unopenable, unseal
from trail.models import Checkpoint, Entry, Head
from trail.services import subject_keys

_rules: list[Callable[[Any], bool]] = []


def let_read(rule: Callable[[Any], bool]) -> None:
    """Let whom this rule answers True for read everything."""
    _rules.append(rule)


def may_read_all(user: Any) -> bool:
    """Whether somebody reads every entry and payload."""
    return bool(user.is_active and (user.is_superuser or any(rule(user) for rule in _rules)))


def visible_to(user: Any) -> QuerySet[Entry]:
    """The entries somebody may see; payloads come along for those who may read them."""
    if may_read_all(user):
        return Entry.objects.select_related("payload__subject_key")
    return Entry.objects.filter(actor=reference(user))


def between(since: datetime | None, until: datetime | None) -> Q:
    """Entries of a stretch of time, found by number first.

    No entry is covered by a checkpoint signed before it happened, nor did any wait longer for
    its checkpoint than the head remembers. So the times bound the numbers exactly.
    """
    wanted = Q()
    if since:
        wanted &= Q(occurred_at__gte=since, index__gte=_size_before(since))
    if until:
        wanted &= Q(occurred_at__lte=until)
        if (size := _size_surely_after(until)) is not None:
            wanted &= Q(index__lt=size)
    return wanted


def payload_of(entry: Entry) -> dict[str, Any] | None:
    """What the entry commits to, opened; None if it was erased or does not open."""
    sealed = getattr(entry, "payload", None)
    if sealed is None:
        return None
    try:
        secret = subject_keys.unwrap(subject_keys.opener(), bytes(sealed.subject_key.key))
        opened = unseal(secret, bytes(sealed.nonce), bytes(sealed.ciphertext))
        return dict(read(opened))
    except (KeyMissing, Unopenable, ValueError):
        return None


def names(actors: Iterable[str]) -> dict[str, str]:
    """Who the opaque references are, as far as the accounts still exist."""
    refs = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    found = get_user_model().objects.filter(ref__in=refs) if refs else ()
    return {f"user:{user.ref}": str(user) for user in found}


def actor_named(text: str) -> str:
    """The reference meant by a username, a bare or a full reference."""
    if ":" in text or text == "unattributed":
        return text
    found = get_user_model().objects.filter(username=text).first()
    return reference(found) if found else f"user:{text}"


def _size_before(since: datetime) -> int:
    earlier = Checkpoint.objects.filter(signed_at__lt=since)
    last = earlier.order_by("-signed_at", "-size").first()
    return last.size if last else 0


def _size_surely_after(until: datetime) -> int | None:
    head = Head.objects.filter(pk=1).first()
    latest = until + timedelta(microseconds=head.longest_wait if head else 0)
    later = Checkpoint.objects.filter(signed_at__gt=latest)
    first = later.order_by("signed_at", "size").first()
    return first.size if first else None
