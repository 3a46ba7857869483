"""The servers that the tests bring up for themselves."""

import psycopg
import pytest

from tests.plugins import postgresql


def test_the_bundled_postgresql_serves_where_the_system_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "_system_programs", lambda: None)
    server = postgresql.start()
    try:
        with psycopg.connect(
            host=str(server.socket_folder), user=postgresql.USER, dbname="postgres"
        ) as connection:
            assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
    finally:
        server.stop()
    assert server.process.poll() is not None
    assert not server.folder.exists()
