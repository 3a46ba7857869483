"""The governed tables, rebuilt from the trail and compared with what stands in them.

Only a digest is kept for each row, so that large tables fit: every change names the digest of
the row before and after it.
"""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection

from trail import capture_sql, events
from trail.declarations import Governed, governed
from trail.log.canonical import read
from trail.models import InboxRow
from trail.services.checks import Fault
from trail.services.happenings import image_digest

PAGE = 2000
_ROW_EVENTS = {
    events.ROW_INSERTED,
    events.ROW_UPDATED,
    events.ROW_DELETED,
    events.ROW_ADOPTED,
}


class Replay:
    """Folds row entries, in order, to the last known digest of every row."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, tuple[str, int] | None]] = {
            model.label: {} for model in governed()
        }

    def take(
        self, index: int, envelope: dict[str, Any], payload: dict[str, Any] | None
    ) -> Iterator[Fault]:
        """One entry; those that are not about governed rows are passed over."""
        event, subject = envelope.get("event"), envelope.get("subject")
        if event not in _ROW_EVENTS or not isinstance(subject, dict):
            return
        rows, pk = self._rows.get(str(subject.get("type"))), str(subject.get("id"))
        if rows is None:
            return
        if payload is None:
            rows[pk] = None
            return
        known = rows.get(pk)
        if known and payload.get("was") not in (None, known[0]):
            yield Fault(
                _row(str(subject["type"]), pk),
                f"was changed without an entry between {known[1]} and {index}",
            )
        if event == events.ROW_DELETED:
            rows.pop(pk, None)
        else:
            rows[pk] = (str(payload.get("is")), index)

    def finish(self) -> Iterator[Fault]:
        """Compare with the tables as they stand."""
        self._take_waiting()
        for model in governed():
            try:
                yield from self._compare(model)
            except DatabaseError as error:
                yield Fault(model.model_class._meta.db_table, f"cannot be read: {error}")

    def _take_waiting(self) -> None:
        """What is committed but not yet numbered counts as well."""
        waiting = InboxRow.objects.filter(source="row").order_by("id")
        for row in waiting.iterator(chunk_size=PAGE):
            rows, new = self._rows.get(row.subject_type), read(row.body).get("new")
            if rows is not None and new is None:
                rows.pop(row.subject_id, None)
            elif rows is not None:
                rows[row.subject_id] = (image_digest(new), -1)

    def _compare(self, model: Governed) -> Iterator[Fault]:
        rows, table = self._rows[model.label], model.model_class._meta.db_table
        for pk, image in _standing(model):
            place = _row(table, pk)
            if pk not in rows:
                yield Fault(place, "stands in the table without an entry in the trail")
            elif (known := rows.pop(pk)) and known[0] != image_digest(read(image)):
                yield Fault(place, f"is not what the trail says since entry {known[1]}")
        for pk, known in rows.items():
            last = f"entry {known[1]}" if known else "an entry that cannot be read"
            yield Fault(_row(table, pk), f"is gone without an entry; {last} was its last")


def _standing(model: Governed) -> Iterator[tuple[str, str]]:
    """Primary key and image of every row, page by page."""
    meta = model.model_class._meta
    pk, image = f't."{meta.pk.column}"', capture_sql.dialect(connection).row_image(model, "t")
    select = f'SELECT {pk}, CAST({pk} AS text), CAST({image} AS text) FROM "{meta.db_table}" AS t'
    last: list[Any] = []
    while True:
        where = f"WHERE {pk} > %s" if last else ""
        with connection.cursor() as cursor:
            escaped = select.replace("%", "%%") if last else select
            cursor.execute(f"{escaped} {where} ORDER BY {pk} LIMIT {PAGE}", last or None)
            page = cursor.fetchall()
        yield from ((text, held) for _, text, held in page)
        if len(page) < PAGE:
            return
        last = [page[-1][0]]


def _row(table: str, pk: str) -> str:
    return f"{table} {pk}"
