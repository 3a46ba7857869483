"""The triggers as SQLite writes them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from trail import events
from trail.capture_sql.images import columns, image, sqlite_expression
from trail.declarations import Governed, governed

CONTEXT_TABLE = (
    "CREATE TABLE IF NOT EXISTS trail_context (id integer PRIMARY KEY CHECK (id = 1), "
    "said text NOT NULL DEFAULT '', sequencing integer NOT NULL DEFAULT 0)"
)
_NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'"
_INBOX = (
    "INSERT INTO trail_inbox (source, event, subject_type, subject_id, actor, outcome, "
    "occurred_at, context, body) "
)
_SEQUENCING = "coalesce((SELECT sequencing FROM trail_context), 0)"


class Trigger(NamedTuple):
    """One trigger: its name, its table, and the statement that makes it."""

    name: str
    table: str
    sql: str


def row_image(model: Governed, row: str) -> str:
    """The row as one JSON object."""
    return image(model, row, function="json_object", expression=sqlite_expression)


def adoption(model: Governed) -> str:
    """Write every row of a table to the inbox as it stands now."""
    meta = model.model_class._meta
    values = _values(model, events.ROW_ADOPTED, "t", new="t")
    return f'{_INBOX}SELECT {values} FROM "{meta.db_table}" AS t'


def triggers() -> Iterator[Trigger]:
    """All triggers: capture of every governed table, guards of the trail's own."""
    for model in governed():
        yield from _capture(model)
    yield from _guards()


def _capture(model: Governed) -> Iterator[Trigger]:
    pk = f'"{model.model_class._meta.pk.column}"'
    changed = " OR ".join(
        f"{old} IS NOT {new}"
        for old, new in zip(columns(model, "OLD"), columns(model, "NEW"), strict=True)
    )
    kept = f"WHEN OLD.{pk} IS NEW.{pk} AND ({changed})"
    inserted = _write(model, events.ROW_INSERTED, "NEW", new="NEW")
    updated = _write(model, events.ROW_UPDATED, "NEW", old="OLD", new="NEW")
    deleted = _write(model, events.ROW_DELETED, "OLD", old="OLD")
    yield _trigger(model, "insert", "AFTER INSERT", "", inserted)
    yield _trigger(model, "update", "AFTER UPDATE", kept, updated)
    yield _trigger(
        model, "rekey", "AFTER UPDATE", f"WHEN OLD.{pk} IS NOT NEW.{pk}", deleted + inserted
    )
    yield _trigger(model, "delete", "AFTER DELETE", "", deleted)


def _write(model: Governed, event: str, subject: str, **images: str) -> str:
    return f"{_INBOX}VALUES ({_values(model, event, subject, **images)}); "


def _values(model: Governed, event: str, subject: str, **images: str) -> str:
    body = ", ".join(f"'{name}', {row_image(model, row)}" for name, row in images.items())
    pk = f'{subject}."{model.model_class._meta.pk.column}"'
    said = "coalesce((SELECT said FROM trail_context), '')"
    return (
        f"'row', '{event}', '{model.label}', CAST({pk} AS TEXT), '', 'success', "
        f"{_NOW}, {said}, json_object({body})"
    )


def _trigger(model: Governed, what: str, when: str, condition: str, body: str) -> Trigger:
    table = model.model_class._meta.db_table
    return _made(f"trail_{table}_{what}", table, when, condition, body)


def _made(name: str, table: str, when: str, condition: str, body: str) -> Trigger:
    head = f'CREATE TRIGGER "{name}" {when} ON "{table}" FOR EACH ROW {condition}'
    return Trigger(name, table, f"{head.strip()} BEGIN {body.strip()} END")


def _guards() -> Iterator[Trigger]:
    kept = "what is written to the trail stays as it is"
    for table, same in _WRITTEN_ONCE.items():
        yield _guard(table, "update", "", kept)
        yield _guard(table, "delete", "", kept)
        unwanted = f"{_SEQUENCING} = 0 OR EXISTS (SELECT 1 FROM {table} WHERE {same})"
        yield _guard(table, "insert", unwanted, "only the sequencer adds to the trail, and once")
    for table, moment, condition, message in _SPECIAL:
        yield _guard(table, moment, condition, message)


def _guard(table: str, moment: str, condition: str, message: str) -> Trigger:
    when = f"WHEN {condition}" if condition else ""
    body = f"SELECT RAISE(ABORT, '{table}: {message}');"
    return _made(f"trail_guard_{table}_{moment}", table, f"BEFORE {moment.upper()}", when, body)


_WRITTEN_ONCE = {
    "trail_entry": 'trail_entry."index" = NEW."index"',
    "trail_payload": "trail_payload.entry_id = NEW.entry_id",
    "trail_checkpoint": "trail_checkpoint.size = NEW.size",
    "trail_tile": (
        "trail_tile.id = NEW.id OR (trail_tile.level = NEW.level "
        "AND trail_tile.number = NEW.number AND trail_tile.width = NEW.width)"
    ),
    "trail_subject_key": (
        "trail_subject_key.id = NEW.id OR trail_subject_key.subject_ref = NEW.subject_ref"
    ),
}
_KEY_CHANGED = (
    "OLD.until IS NOT NULL OR NEW.until IS NULL OR OLD.id IS NOT NEW.id "
    "OR OLD.name IS NOT NEW.name OR OLD.purpose IS NOT NEW.purpose OR OLD.since IS NOT NEW.since "
    "OR OLD.public_key IS NOT NEW.public_key OR OLD.key_id IS NOT NEW.key_id"
)
_KEY_KNOWN = (
    "EXISTS (SELECT 1 FROM trail_signing_key AS k WHERE k.id = NEW.id "
    "OR (k.purpose = NEW.purpose AND k.public_key = NEW.public_key))"
)
_SPECIAL: list[tuple[str, str, str, str]] = [
    ("trail_inbox", "update", "", "what happened is not changed"),
    ("trail_inbox", "delete", f"{_SEQUENCING} = 0", "only the sequencer takes rows away"),
    (
        "trail_inbox", "insert",
        "EXISTS (SELECT 1 FROM trail_inbox AS i WHERE i.id = NEW.id)", "a row is written once",
    ),
    (
        "trail_head", "update", f"{_SEQUENCING} = 0 OR NEW.size < OLD.size",
        "only the sequencer moves the head, and forward",
    ),
    ("trail_head", "delete", "", "the head stays"),
    ("trail_head", "insert", "EXISTS (SELECT 1 FROM trail_head)", "there is one head"),
    ("trail_signing_key", "update", _KEY_CHANGED, "of a key only its end is set, once"),
    ("trail_signing_key", "delete", "", "a key stays listed"),
    ("trail_signing_key", "insert", _KEY_KNOWN, "a key is listed once"),
]  # fmt: skip


def existing(cursor: Any) -> dict[str, str]:
    """The trail's triggers in this database, by name."""
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'trail_*'"
    )
    return dict(cursor.fetchall())


def wanted() -> dict[str, str]:
    """What `existing` should answer."""
    return {trigger.name: trigger.sql for trigger in triggers()}


def make(cursor: Any, names: set[str]) -> None:
    """Create these triggers."""
    cursor.execute(CONTEXT_TABLE)
    for trigger in triggers():
        if trigger.name in names:
            cursor.execute(trigger.sql)


def drop(cursor: Any, names: set[str]) -> None:
    """Drop these triggers."""
    for name in sorted(names):
        cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
