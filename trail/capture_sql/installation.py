"""Putting the triggers into a database, and saying whether they are as they should be.

`install` changes only what differs. A table whose image changed (a column came or went) is
*adopted*: its rows are written to the inbox as they stand, so that replaying the trail yields
them. Triggers that merely went missing are put back without adoption: what was changed in
between is for verification to find.
"""

import hashlib
from types import ModuleType
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trail import events
from trail.capture_sql import postgresql, sqlite
from trail.context import acting
from trail.declarations import Governed, governed
from trail.log.canonical import canonical


def dialect(connection: BaseDatabaseWrapper) -> ModuleType:
    """The module that writes this database's triggers."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]


def differences(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Trigger names that are not as they should be, and how: missing, changed or unknown."""
    with connection.cursor() as cursor:
        found, wanted = dialect(connection).existing(cursor), dialect(connection).wanted()
    missing = dict.fromkeys(wanted.keys() - found.keys(), "missing")
    unknown = dict.fromkeys(found.keys() - wanted.keys(), "unknown")
    both = wanted.keys() & found.keys()
    return missing | unknown | {name: "changed" for name in both if wanted[name] != found[name]}


def install(connection: BaseDatabaseWrapper) -> None:
    """Bring the database's triggers into step with the declarations."""
    differing = differences(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(sqlite.CONTEXT_TABLE)
        dialect(connection).drop(cursor, {n for n, how in differing.items() if how != "missing"})
        dialect(connection).make(cursor, {n for n, how in differing.items() if how != "unknown"})
        with acting(by="system:migrate", source="cli"):
            _adopt_changed(connection, cursor)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take all triggers away. For tests that flush their database; `install` puts them back."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        dialect(connection).drop(cursor, set(dialect(connection).existing(cursor)))


def not_laid_out(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables and columns the triggers need that are not there yet, because migrations are due."""
    with connection.cursor() as cursor:
        found = set(connection.introspection.table_names(cursor))
        if "trail_captured_table" not in found:
            return ["trail_captured_table"]
        return [lack for model in governed() for lack in _lacking(connection, cursor, found, model)]


def _lacking(
    connection: BaseDatabaseWrapper, cursor: Any, found: set[str], model: Governed
) -> list[str]:
    table = model.model_class._meta.db_table
    if table not in found:
        return [table]
    described = connection.introspection.get_table_description(cursor, table)
    columns = {column.name for column in described}
    return [f"{table}.{f.column}" for f in model.fields() if f.column not in columns]


def _adopt_changed(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    wanted = {
        model.model_class._meta.db_table: (model, _digest(connection, model))
        for model in governed()
    }
    cursor.execute("SELECT table_name, digest FROM trail_captured_table")
    held = dict(cursor.fetchall())
    changed = {table: new for table, new in wanted.items() if held.get(table) != new[1]}
    for table, (model, digest) in changed.items():
        cursor.execute(dialect(connection).adoption(model))
        cursor.execute(_REMEMBER, [table, digest])
    if changed:
        digests = {table: digest for table, (_, digest) in sorted(changed.items())}
        cursor.execute(_RECORD, [events.CAPTURE_CHANGED, canonical({"detail": digests}).decode()])


def _digest(connection: BaseDatabaseWrapper, model: Governed) -> str:
    return hashlib.sha256(dialect(connection).row_image(model, "t").encode()).hexdigest()


_REMEMBER = (
    "INSERT INTO trail_captured_table (table_name, digest) VALUES (%s, %s) "
    "ON CONFLICT (table_name) DO UPDATE SET digest = excluded.digest"
)
_RECORD = (
    "INSERT INTO trail_inbox (source, event, subject_type, subject_id, actor, outcome, "
    "occurred_at, context, body) "
    "VALUES ('service', %s, 'trail.capture', '1', 'system:migrate', 'success', '', '', %s)"
)
