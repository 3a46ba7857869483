"""What the tests of the trail need: entries as people read them, and hands that tamper."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from trail import capture_sql
from trail import services as trail
from trail.models import Entry
from trail.services import reading


@pytest.fixture
def entries() -> Callable[..., list[Entry]]:
    """Everything that happened so far, numbered; filtered by columns."""

    def read(**wanted: Any) -> list[Entry]:
        trail.sequence()
        found = Entry.objects.select_related("payload__subject_key").order_by("index")
        return list(found.filter(**wanted))

    return read


@pytest.fixture
def changes(entries: Callable[..., list[Entry]]) -> Callable[[str], list[tuple[str, Any]]]:
    """Row events of one table since the last call: event and payload."""
    seen = {entry.index for entry in entries()}

    def read(subject_type: str) -> list[tuple[str, Any]]:
        new = [e for e in entries(subject_type=subject_type) if e.index not in seen]
        seen.update(entry.index for entry in entries())
        rows = (e for e in new if e.event.startswith("trail.row."))
        return [(e.event.rpartition(".")[2], reading.payload_of(e)) for e in rows]

    return read


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor for somebody who switched the triggers off, and on again afterwards."""
    _settle()
    capture_sql.remove(connection)
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        _settle()
        capture_sql.install(connection)


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Run SQL as somebody who switched the triggers off."""

    def run(sql: str, *parameters: Any) -> None:
        with unguarded() as cursor:
            cursor.execute(sql, parameters or None)

    return run


@pytest.fixture
def places() -> Callable[[], list[str]]:
    """Where verification finds faults."""
    return lambda: [fault.place for fault in trail.verify().faults]


def _settle() -> None:
    """Have PostgreSQL check foreign keys now: with checks pending no trigger can be dropped."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
