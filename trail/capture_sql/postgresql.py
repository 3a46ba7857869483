"""The triggers as PostgreSQL writes them: one function each, enabled ALWAYS.

The triggers themselves carry no condition, so that name, moment, function and the function's
text say all there is to compare.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from trail import events
from trail.capture_sql.images import columns, image, postgresql_expression
from trail.declarations import Governed, governed

_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
_AFTER_ANY = _ROW | _INSERT | _DELETE | _UPDATE
_BEFORE_CHANGE = _ROW | _BEFORE | _DELETE | _UPDATE
_MOMENTS = {_INSERT: "INSERT", _DELETE: "DELETE", _UPDATE: "UPDATE", _TRUNCATE: "TRUNCATE"}
_NOW = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_SAID = (
    "coalesce(nullif(current_setting('assay.context', true), ''), json_build_object("
    "'actor', 'unattributed:' || session_user, 'txn', txid_current()::text)::text)"
)
_INBOX = (
    "INSERT INTO trail_inbox (source, event, subject_type, subject_id, actor, outcome, "
    "occurred_at, context, body) "
)
_SEQUENCING = "coalesce(current_setting('assay.sequencing', true), '') = 'on'"


class Trigger(NamedTuple):
    """One trigger and its function, which bear the same name."""

    name: str
    table: str
    moment: int
    body: str

    @property
    def known_as(self) -> str:
        """Everything that must be so for it to work as meant."""
        return f"{self.table} {self.moment} A {self.body}"

    def statements(self) -> Iterator[str]:
        """Make it, whether or not it was there."""
        yield (
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"AS $trail${self.body}$trail$"
        )
        when = "BEFORE" if self.moment & _BEFORE else "AFTER"
        what = " OR ".join(word for bit, word in _MOMENTS.items() if self.moment & bit)
        each = "ROW" if self.moment & _ROW else "STATEMENT"
        yield f'DROP TRIGGER IF EXISTS "{self.name}" ON "{self.table}"'
        yield (
            f'CREATE TRIGGER "{self.name}" {when} {what} ON "{self.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{self.name}"()'
        )
        yield f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{self.name}"'


def row_image(model: Governed, row: str) -> str:
    """The row as one JSON object."""
    return image(model, row, function="json_build_object", expression=postgresql_expression)


def adoption(model: Governed) -> str:
    """Write every row of a table to the inbox as it stands now."""
    meta = model.model_class._meta
    values = _values(model, events.ROW_ADOPTED, "t", new="t")
    return f'{_INBOX}SELECT {values} FROM "{meta.db_table}" AS t'


def triggers() -> Iterator[Trigger]:
    """All triggers: capture of every governed table, guards of the trail's own."""
    for model in governed():
        yield _capture(model)
    yield from _guards()


def _capture(model: Governed) -> Trigger:
    table = model.model_class._meta.db_table
    pk = f'"{model.model_class._meta.pk.column}"'
    old, new = ", ".join(columns(model, "OLD")), ", ".join(columns(model, "NEW"))
    inserted = _write(model, events.ROW_INSERTED, "NEW", new="NEW")
    updated = _write(model, events.ROW_UPDATED, "NEW", old="OLD", new="NEW")
    deleted = _write(model, events.ROW_DELETED, "OLD", old="OLD")
    body = (
        "BEGIN "
        f"IF TG_OP = 'INSERT' THEN {inserted} "
        f"ELSIF TG_OP = 'DELETE' THEN {deleted} "
        f"ELSIF OLD.{pk} <> NEW.{pk} THEN {deleted} {inserted} "
        f"ELSIF ROW({old}) IS DISTINCT FROM ROW({new}) THEN {updated} "
        "END IF; RETURN NULL; END"
    )
    return Trigger(f"trail_{table}_row", table, _AFTER_ANY, body)


def _write(model: Governed, event: str, subject: str, **images: str) -> str:
    return f"{_INBOX}VALUES ({_values(model, event, subject, **images)});"


def _values(model: Governed, event: str, subject: str, **images: str) -> str:
    body = ", ".join(f"'{name}', {row_image(model, row)}" for name, row in images.items())
    pk = f'{subject}."{model.model_class._meta.pk.column}"'
    return (
        f"'row', '{event}', '{model.label}', {pk}::text, '', 'success', "
        f"{_NOW}, {_SAID}, json_build_object({body})::text"
    )


def _guards() -> Iterator[Trigger]:
    kept = "what is written to the trail stays as it is"
    for table in _WRITTEN_ONCE:
        yield _guard(table, "change", _BEFORE_CHANGE, "false", kept)
        only = "only the sequencer adds to the trail"
        yield _guard(table, "insert", _ROW | _BEFORE | _INSERT, _SEQUENCING, only)
    for table in (*_WRITTEN_ONCE, "trail_inbox", "trail_head", "trail_signing_key"):
        yield _guard(table, "truncate", _BEFORE | _TRUNCATE, "false", kept)
    for table, moment, condition, message in _SPECIAL:
        yield _guard(table, "change", moment, condition, message)


def _guard(table: str, what: str, moment: int, allowed: str, message: str) -> Trigger:
    body = (
        f"BEGIN IF NOT ({allowed}) THEN RAISE EXCEPTION '{table}: {message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
    )
    return Trigger(f"trail_guard_{table}_{what}", table, moment, body)


_WRITTEN_ONCE = (
    "trail_entry",
    "trail_payload",
    "trail_checkpoint",
    "trail_tile",
    "trail_subject_key",
)
_KEY_ENDS_ONCE = (
    "TG_OP = 'UPDATE' AND OLD.until IS NULL AND NEW.until IS NOT NULL AND ROW(OLD.id, OLD.name, "
    "OLD.purpose, OLD.public_key, OLD.key_id, OLD.since) IS NOT DISTINCT FROM ROW(NEW.id, "
    "NEW.name, NEW.purpose, NEW.public_key, NEW.key_id, NEW.since)"
)
_FORWARD = f"TG_OP = 'UPDATE' AND {_SEQUENCING} AND NEW.size >= OLD.size"
_TAKEN = f"TG_OP = 'DELETE' AND {_SEQUENCING}"
_SPECIAL = [
    ("trail_inbox", _BEFORE_CHANGE, _TAKEN, "only the sequencer takes rows away"),
    ("trail_head", _BEFORE_CHANGE, _FORWARD, "only the sequencer moves the head, and forward"),
    ("trail_signing_key", _BEFORE_CHANGE, _KEY_ENDS_ONCE, "of a key only its end is set, once"),
]
_EXISTING = """
SELECT t.tgname, c.relname || ' ' || t.tgtype || ' ' || t.tgenabled::text || ' ' || p.prosrc
    || CASE WHEN t.tgqual IS NULL AND p.proname = t.tgname THEN '' ELSE ' conditional' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgname LIKE 'trail\\_%'
    AND c.relnamespace = current_schema()::regnamespace
"""
_TABLE_OF = (
    "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE t.tgname = %s AND c.relnamespace = current_schema()::regnamespace"
)


def existing(cursor: Any) -> dict[str, str]:
    """The trail's triggers in this database, by name."""
    cursor.execute(_EXISTING)
    return dict(cursor.fetchall())


def wanted() -> dict[str, str]:
    """What `existing` should answer."""
    return {trigger.name: trigger.known_as for trigger in triggers()}


def make(cursor: Any, names: set[str]) -> None:
    """Create these triggers."""
    for trigger in triggers():
        if trigger.name in names:
            cursor.execute("; ".join(trigger.statements()))


def drop(cursor: Any, names: set[str]) -> None:
    """Drop these triggers."""
    for name in sorted(names):
        cursor.execute(_TABLE_OF, [name])
        for (table,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
