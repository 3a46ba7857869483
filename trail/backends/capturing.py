"""Connections that tell the row triggers who acts, once per transaction, at its first write.

The context is pushed again only when it changed, or when a savepoint was rolled back and the
database forgot it. A write outside any transaction is given one of its own, so that nothing
outlives it. Pushing goes past Django's cursors: it is no query of the application's.
"""

import json
import secrets
from functools import partial
from typing import Any

from django.db import transaction
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from trail.backends.hooks import run_after_commit
from trail.context import Context, current

_READ_ONLY = {
    "SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA", "EXPLAIN", "SHOW",
    "SET", "DECLARE", "FETCH", "CLOSE", "CREATE", "ALTER", "DROP", "TRUNCATE", "ANALYZE", "VACUUM",
}  # fmt: skip


def writes(sql: object) -> bool:
    """Whether a statement may change rows. What is not known to read counts as writing."""
    if not isinstance(sql, str):
        return True
    word = sql.lstrip()[:10].partition(" ")[0].rstrip(";").upper()
    return word not in _READ_ONLY


class _CapturedStatements:
    """A cursor that has the context pushed before it writes."""

    db: "CapturingConnection"
    cursor: Any

    def _execute(self, sql: object, params: Any, *ignored: Any) -> Any:
        run = partial(super()._execute, sql, params, *ignored)  # type: ignore[misc]
        return self._attributed(run) if writes(sql) else run()

    def _executemany(self, sql: object, params: Any, *ignored: Any) -> Any:
        run = partial(super()._executemany, sql, params, *ignored)  # type: ignore[misc]
        return self._attributed(run) if writes(sql) else run()

    def _attributed(self, run: partial[Any]) -> Any:
        if self.db.in_atomic_block or not self.db.get_autocommit():
            self.db.push_context()
            return run()
        with transaction.atomic(using=self.db.alias):
            self.db.push_context()
            answer = run()
            self.cursor = self.db.finished(self.cursor)
        return answer


class CapturingCursor(_CapturedStatements, CursorWrapper):
    """The cursor of every day."""


class CapturingDebugCursor(_CapturedStatements, CursorDebugWrapper):
    """The same, keeping a log of its queries."""


class CapturingConnection:
    """What both database wrappers share; mixed in before Django's own."""

    alias: str
    connection: Any
    in_atomic_block: bool
    needs_rollback: bool
    trail_txn = ""
    trail_muted = False
    _pushed: Context | None = None

    def get_autocommit(self) -> bool:
        """As Django says."""
        return bool(super().get_autocommit())  # type: ignore[misc]

    def make_cursor(self, cursor: Any) -> CapturingCursor:
        """A cursor that captures."""
        return CapturingCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CapturingDebugCursor:
        """A cursor that captures and logs."""
        return CapturingDebugCursor(cursor, self)

    def push_context(self) -> None:
        """Tell the triggers who acts, unless this transaction has told them already."""
        context = current()
        if self._pushed is context or self.trail_muted or self.needs_rollback:
            return
        if self._pushed is None:
            self._begin_telling()
        said = json.dumps(context.as_dict() | {"txn": self.trail_txn}, default=str)
        if self.tell(said):
            self._pushed = context

    def tell(self, said: str) -> bool:
        """Write the context where this database's triggers read it; False if it cannot yet."""
        raise NotImplementedError

    def mark_sequencing(self, *, on: bool) -> None:
        """Tell the guards, until this transaction ends, whether the sequencer is at work."""
        raise NotImplementedError

    def finished(self, cursor: Any) -> Any:
        """The cursor with its statement run to the end, so that the transaction may close."""
        return cursor

    def forget_context(self) -> None:
        """The database no longer holds what it was told."""
        self._pushed = None

    def _begin_telling(self) -> None:
        self.trail_txn = self.trail_txn or secrets.token_hex(8)
        if self.in_atomic_block:
            transaction.on_commit(
                partial(run_after_commit, self.alias), using=self.alias, robust=True
            )

    def _end(self) -> None:
        self._pushed, self.trail_txn = None, ""

    def connect(self) -> None:
        """Connect, with nothing told yet."""
        self._end()
        super().connect()  # type: ignore[misc]

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end()

    def _rollback(self) -> None:
        self._end()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.forget_context()
