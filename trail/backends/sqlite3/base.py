"""SQLite: the context is one row of `trail_context`, which no committed state ever holds.

SQLite has no settings of a transaction, and a function of our own would make every write from
another program fail. A row that is deleted before commit is seen by this transaction alone.
"""

from collections.abc import Iterator
from typing import Any

from django.db.backends.sqlite3 import base

from trail.backends.capturing import CapturingConnection

_TELL = (
    "INSERT INTO trail_context (id, said) VALUES (1, ?) "
    "ON CONFLICT (id) DO UPDATE SET said = excluded.said"
)

_MARK = (
    "INSERT INTO trail_context (id, sequencing) VALUES (1, ?) "
    "ON CONFLICT (id) DO UPDATE SET sequencing = excluded.sequencing"
)


class FetchedCursor:
    """A cursor whose rows have all been read."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._rows = iter(cursor.fetchall())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        """Up to so many rows."""
        return [row for row, _ in zip(self._rows, range(size), strict=False)]

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self._rows)


class DatabaseWrapper(CapturingConnection, base.DatabaseWrapper):
    """Django's SQLite connection, telling the triggers who acts."""

    _has_table = False
    trail_told = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Erase what is deleted from the file, and let REPLACE fire delete triggers."""
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA recursive_triggers = ON")
        self._has_table = False
        return connection

    def tell(self, said: str) -> bool:
        """Write the row, once the table is there (not yet while migrations run)."""
        if not self._can_tell():
            return False
        self.connection.execute(_TELL, [said])
        self.trail_told = True
        return True

    def mark_sequencing(self, *, on: bool) -> None:
        """Mark the row; being a write, this also takes SQLite's write lock."""
        self.connection.execute(_MARK, [int(on)])
        self.trail_told = True

    def finished(self, cursor: Any) -> Any:
        """INSERT … RETURNING keeps its statement open until the last row is read."""
        return FetchedCursor(cursor) if cursor.description else cursor

    def _can_tell(self) -> bool:
        if not self._has_table:
            found = "SELECT 1 FROM sqlite_master WHERE name = 'trail_context'"
            self._has_table = self.connection.execute(found).fetchone() is not None
        return self._has_table

    def _commit(self) -> None:
        if self.trail_told:
            self.connection.execute("DELETE FROM trail_context")
        super()._commit()

    def _end(self) -> None:
        super()._end()
        self.trail_told = False
