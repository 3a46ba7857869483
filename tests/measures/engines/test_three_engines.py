"""The same question gets the same answer from DuckDB, PostgreSQL and Spark, to the last bit."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import ibis
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from measures.engines import duckdb, postgres, spark
from tests.measures.questions import QUESTIONS, ROWS, people
from tests.plugins import postgresql

#: Compiling a plan pays for millions of rows, not for these.
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}

CREATE = """
    CREATE TABLE people (
        sex text, race text, age double precision, code bigint, label smallint,
        prediction smallint, other boolean, score double precision, second double precision,
        weight double precision, share double precision, class text, said text, rest double
        precision, wage double precision, guess double precision, query bigint,
        seen timestamp with time zone
    )
"""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ibis.Table]]:
    """The people in all three, in a different order in each."""
    folder = tmp_path_factory.mktemp("engines")
    rows, stack = people(), ExitStack()
    with stack:
        path = folder / "people.parquet"
        pq.write_table(rows, path, row_group_size=500)
        limits = duckdb.Limits(folder / "spill")
        tables = stack.enter_context(duckdb.opened({"people": path}, limits))
        address = _in_postgresql(rows.take(np.arange(ROWS)[::-1]), stack)
        placed = {"people": "public.people"}
        in_place = stack.enter_context(postgres.opened(address, placed))
        halves = [folder / "second.parquet", folder / "first.parquet"]
        pq.write_table(rows.slice(1_111), halves[0])
        pq.write_table(rows.slice(0, 1_111), halves[1])
        cluster = spark.Cluster(folder / "spark", "local[*]", settings=QUICK)
        on_spark = stack.enter_context(spark.opened({"people": halves}, cluster))
        found = {"duckdb": tables, "postgres": in_place, "spark": on_spark}
        yield {name: opened["people"] for name, opened in found.items()}


def test_three_engines_agree_to_the_last_bit(engines: dict[str, ibis.Table]) -> None:
    answers = {
        name: {question: plain(asked(table)) for question, asked in QUESTIONS.items()}
        for name, table in engines.items()
    }
    assert answers["postgres"] == answers["duckdb"]
    assert answers["spark"] == answers["duckdb"]


def plain(answer: Any) -> Any:
    """What can be compared: digests where there are some, else every value in full."""
    if hasattr(answer, "digest"):
        return answer.digest()
    if isinstance(answer, dict):
        return {str(name): plain(each) for name, each in sorted(answer.items())}
    if isinstance(answer, list | tuple):
        return [plain(each) for each in answer]
    if isinstance(answer, np.ndarray):
        return answer.tolist()
    return repr(answer)


def _in_postgresql(rows: pa.Table, stack: ExitStack) -> str:
    server = postgresql.start()
    stack.callback(server.stop)
    place = str(server.socket_folder)
    with psycopg.connect(host=place, user=postgresql.USER, dbname="postgres") as writing:
        writing.execute(CREATE)
        with writing.cursor().copy("COPY people FROM STDIN") as copy:
            for row in rows.to_pylist():
                copy.write_row(list(row.values()))
    return f"postgresql://{postgresql.USER}@/postgres?host={place}"
