"""PostgreSQL in place: one state of the table, nothing written, an end to what takes too long."""

from collections.abc import Iterator

import psycopg
import pytest

from measures.engines import postgres
from measures.reduce.cells import reduce_cells
from tests.plugins import postgresql

BINARY = {"label": "label", "prediction": "prediction"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = postgresql.start()
    yield f"postgresql://{postgresql.USER}@/postgres?host={server.socket_folder}"
    server.stop()


@pytest.fixture
def writing(address: str) -> Iterator[psycopg.Connection]:
    """A connection of somebody else, and three people in a table of theirs."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS bank CASCADE; CREATE SCHEMA bank")
        connection.execute("CREATE TABLE bank.people (sex text, label int, prediction int)")
        connection.execute("INSERT INTO bank.people VALUES ('f', 1, 0), ('f', 0, 0), (NULL, 1, 1)")
        yield connection


def test_rows_are_counted_where_they_lie(address, writing):
    with postgres.opened(address, {"people": "bank.people"}) as tables:
        cells = reduce_cells(tables["people"], ["sex"], **BINARY)
    assert cells.groups == (("(missing)",), ("f",))
    assert cells.counts.tolist() == [[[0, 0], [0, 1]], [[1, 0], [1, 0]]]


def test_every_question_sees_the_rows_of_the_first(address, writing):
    with postgres.opened(address, {"people": "bank.people"}) as tables:
        before = reduce_cells(tables["people"], ["sex"], **BINARY)
        writing.execute("INSERT INTO bank.people VALUES ('m', 1, 1)")
        assert reduce_cells(tables["people"], ["sex"], **BINARY).digest() == before.digest()
    with postgres.opened(address, {"people": "bank.people"}) as tables:
        assert reduce_cells(tables["people"], ["sex"], **BINARY).rows == 4


def test_nothing_can_be_written(address, writing):
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        postgres.opened(address, {"people": "bank.people"}) as tables,
    ):
        tables["people"].get_backend().create_table("copy", tables["people"], database="bank")
    assert writing.execute("SELECT count(*) FROM bank.people").fetchone() == (3,)


def test_a_question_that_takes_too_long_is_ended(address, writing):
    writing.execute(
        "CREATE VIEW bank.slow AS SELECT people.*, pg_sleep(20)::text AS late FROM bank.people"
    )
    brief = postgres.Patience(question=1)
    with (
        pytest.raises(psycopg.errors.QueryCanceled),
        postgres.opened(address, {"slow": "bank.slow"}, brief) as tables,
    ):
        tables["slow"].to_pyarrow()


def test_a_table_that_is_not_there_is_named(address, writing):
    wanted = "expected a table or view that may be read, got 'bank.persons'"
    with (
        pytest.raises(ValueError, match=wanted),
        postgres.opened(address, {"people": "bank.persons"}),
    ):
        pass


def test_an_address_of_another_kind_is_refused_without_being_shown():
    with (
        pytest.raises(ValueError, match="starts with postgresql://") as refused,
        postgres.opened("mysql://root:secret@db/bank", {}),
    ):
        pass
    assert "secret" not in str(refused.value)
