"""Recording what happened, with its meaning, in the transaction that does it."""

import json
import secrets
from typing import Any

from django.db import connection, models
from django.utils import timezone

from trail.context import current, reference
from trail.errors import NotInTransaction
from trail.log.canonical import as_text, canonical_plain
from trail.models import InboxRow


def record(
    event: str,
    *,
    by: object,
    subject: models.Model | tuple[str, object],
    detail: dict[str, Any] | None = None,
    reason: str = "",
    outcome: str = "success",
) -> None:
    """Write one happening to the trail; it stands or falls with the caller's transaction.

    Raises NotInTransaction outside `transaction.atomic`: the change and its record would not
    be kept together.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{event} must be recorded inside transaction.atomic")
    kind, pk = _subject(subject)
    InboxRow.objects.create(
        source="service", event=event, subject_type=kind, subject_id=pk,
        actor=reference(by), outcome=outcome, context=_context(),
        occurred_at=timezone.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        body=canonical_plain(as_text(_body(detail, reason))).decode(),
    )  # fmt: skip


def _body(detail: dict[str, Any] | None, reason: str) -> dict[str, Any]:
    body: dict[str, Any] = {"detail": detail} if detail else {}
    return body | ({"reason": reason} if reason else {})


def _subject(subject: models.Model | tuple[str, object]) -> tuple[str, str]:
    if isinstance(subject, models.Model):
        return subject._meta.label_lower, str(subject.pk)
    kind, pk = subject
    return kind, str(pk)


def _context() -> str:
    """The context as the row triggers see it, so that one transaction's entries belong together."""
    connection.push_context()  # type: ignore[attr-defined]
    txn = connection.trail_txn or secrets.token_hex(8)  # type: ignore[attr-defined]
    return json.dumps(current().as_dict() | {"txn": txn}, default=str)
