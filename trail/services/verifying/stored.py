"""Entries as they are stored, read page by page in the order of their numbers.

They are read as bytes and text, never through converters: what stands there may be anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction

from trail.services.checks import Fault

PAGE = 2000


class Stored(NamedTuple):
    """One entry with its payload, as found."""

    number: int
    event: str
    actor: str
    subject_type: str
    subject_id: str
    request_id: str
    run_id: str
    outcome: str
    occurred_at: str
    envelope: bytes
    leaf_hash: bytes
    salt: bytes | None
    nonce: bytes | None
    ciphertext: bytes | None
    key: bytes | None
    key_of: str | None


@contextmanager
def snapshot() -> Iterator[None]:
    """One state of the database for all that is read here, without keeping anybody waiting."""
    nested, usual = connection.in_atomic_block, getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql" and not nested:
                _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = usual  # type: ignore[attr-defined]


def entries(size: int) -> Iterator[Stored | Fault]:
    """Every entry below `size`; a fault for a page that cannot be read."""
    for first in range(0, size, PAGE):
        try:
            found = _execute(_query(), [first, min(first + PAGE, size)])
        except DatabaseError as error:
            yield Fault(f"entries {first} to {first + PAGE - 1}", f"cannot be read: {error}")
            continue
        yield from (Stored(*row) for row in found)


def strays(size: int) -> Iterator[Fault]:
    """Entries and payloads that stand outside the numbers that were given."""
    outside = 'SELECT "index" FROM trail_entry WHERE "index" < 0 OR "index" >= %s LIMIT 10'
    for (index,) in _execute(outside, [size]):
        yield Fault(f"entry {index}", f"stands outside the trail, which has {size} entries")
    orphans = (
        "SELECT entry_id FROM trail_payload p WHERE NOT EXISTS "
        '(SELECT 1 FROM trail_entry e WHERE e."index" = p.entry_id) LIMIT 10'
    )
    for (index,) in _execute(orphans):
        yield Fault(f"payload {index}", "belongs to no entry")


def _query() -> str:
    said = ("event", "actor", "subject_type", "subject_id", "request_id", "run_id", "outcome")
    text = ", ".join(f"e.{name}" for name in said)
    names = ("e.envelope", "e.leaf_hash", "p.salt", "p.nonce", "p.ciphertext", "k.key")
    return (
        f'SELECT e."index", {text}, {_time()}, {", ".join(map(_bytes, names))}, k.subject_ref '
        'FROM trail_entry e LEFT JOIN trail_payload p ON p.entry_id = e."index" '
        "LEFT JOIN trail_subject_key k ON k.id = p.subject_key_id "
        'WHERE e."index" >= %s AND e."index" < %s ORDER BY e."index"'
    )


def _bytes(column: str) -> str:
    return f"CAST({column} AS BLOB)" if connection.vendor == "sqlite" else column


def _time() -> str:
    """The column as envelopes write times."""
    if connection.vendor == "sqlite":
        whole = "substr(e.occurred_at || '.', 1, instr(e.occurred_at || '.', '.'))"
        part = "substr(substr(e.occurred_at || '.', instr(e.occurred_at || '.', '.') + 1)"
        return f"replace({whole}, ' ', 'T') || {part} || '000000', 1, 6) || 'Z'"
    return "to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def _execute(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []
