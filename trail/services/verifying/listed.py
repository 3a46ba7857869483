"""Keys, verifications and captured tables: rows whose entries say what they hold.

They are not captured by triggers. Each was recorded by the service that wrote it, and must
stand as its entry says, with no row more and none less.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models

from trail import events
from trail.log.canonical import as_text, read
from trail.models import CapturedTable, InboxRow, SigningKey, VerificationRecord
from trail.services import keys
from trail.services.checks import Fault

Detail = dict[str, Any]
_LISTED: dict[str, type[models.Model]] = {
    events.KEY_ADDED: SigningKey,
    events.VERIFIED: VerificationRecord,
}


def of_verification(kept: VerificationRecord) -> Detail:
    """What is recorded of a verification."""
    found = {"size": kept.size, "root": kept.root, "ok": kept.ok, "faults": kept.faults}
    return found | {"at": kept.at, "seconds": kept.seconds}


class Listed:
    """Collects what the entries say, in order; then compares with the rows."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Detail]] = {event: {} for event in _LISTED}
        self._captured: dict[str, str] = {}

    def take(self, envelope: Detail, payload: Detail | None) -> None:
        """One entry; those about other things are passed over."""
        detail, subject = (payload or {}).get("detail"), envelope.get("subject")
        if isinstance(detail, dict) and isinstance(subject, dict):
            self._keep(str(envelope.get("event")), str(subject.get("id")), detail)

    def finish(self) -> Iterator[Fault]:
        """Compare with the rows as they stand."""
        named = [*_LISTED, events.CAPTURE_CHANGED]
        for row in InboxRow.objects.filter(source="service", event__in=named).order_by("id"):
            self._keep(row.event, row.subject_id, read(row.body).get("detail") or {})
        standing = {key.pk: keys.described(key) for key in _all(SigningKey)}
        yield from self._compare(events.KEY_ADDED, standing)
        ended = SigningKey.objects.filter(until__isnull=False).order_by("pk")
        for pk in ended.values_list("pk", flat=True):
            yield Fault(f"signing key {pk}", "has an end, and no entry says so")
        kept = {row.pk: of_verification(row) for row in _all(VerificationRecord)}
        yield from self._compare(events.VERIFIED, kept)
        yield from self._compare_captured()

    def _keep(self, event: str, pk: str, detail: Detail) -> None:
        if event in self._said:
            self._said[event][pk] = detail
        elif event == events.CAPTURE_CHANGED:
            self._captured.update(detail)

    def _compare(self, event: str, standing: dict[int, Detail]) -> Iterator[Fault]:
        said, name = self._said[event], _name(_LISTED[event])
        for pk, holds in standing.items():
            place, recorded = f"{name} {pk}", said.pop(str(pk), None)
            if recorded is None:
                yield Fault(place, "stands in the table without an entry in the trail")
            elif wrong := [key for key in recorded if as_text(holds.get(key)) != recorded[key]]:
                yield Fault(place, f"is not what its entry says: {', '.join(wrong)}")
        for gone in said:
            yield Fault(f"{name} {gone}", "is gone without an entry")

    def _compare_captured(self) -> Iterator[Fault]:
        standing = dict(CapturedTable.objects.values_list("table_name", "digest"))
        for table in sorted(standing.keys() | self._captured.keys()):
            if standing.get(table) != self._captured.get(table):
                yield Fault(f"captured table {table}", "is not what the trail says was installed")


def _all(model: type[models.Model]) -> Iterator[Any]:
    return model._default_manager.order_by("pk").iterator(chunk_size=2000)


def _name(model: type[models.Model]) -> str:
    return {SigningKey: "signing key", VerificationRecord: "verification"}[model]
