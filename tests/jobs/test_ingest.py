"""A file becomes typed Parquet, or a sentence says what is wrong with it and where."""

import io
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits.jobs import ingest
from audits.jobs.contract import Job, Outcome, Refused

Take = Callable[..., Outcome]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Take in a file's content; keywords change the spec or the facts."""

    def taken(content: bytes, **changes: Any) -> Outcome:
        path = tmp_path / "upload"
        path.write_bytes(content)
        spec = {
            "format": "csv", "filename": "rows.csv", "delimiter": ",", "null_values": ["NA"],
        }  # fmt: skip
        facts = {"required_columns": [], "into": "dataset"}
        spec |= {key: value for key, value in changes.items() if key not in facts}
        facts |= {key: value for key, value in changes.items() if key in facts}
        job = Job("ingest", spec, {"upload": str(path)}, facts, tmp_path)
        return ingest.work(job, lambda *_: None)

    return taken


def as_parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def table_of(outcome: Outcome) -> pa.Table:
    return pq.read_table(outcome.products[0].path)


def types_of(outcome: Outcome) -> dict[str, str]:
    return {column["name"]: column["type"] for column in outcome.details["columns"]}


def test_every_column_gets_the_type_of_its_values(take: Take) -> None:
    rows = (
        b"i,n,t,b,d,m,zip,none,mixed\n"
        b"1,1.5,north,true,2020-01-31,2020-01-31 10:00:00,00123,,a1\n"
        b"-2,1e3,,False,1999-12-01,2020-01-31T10:00,02139,,7\n"
        b"NA,nan,west,NA,NA,NA,NA,NA,b\n"
    )
    outcome = take(rows)
    assert types_of(outcome) == {
        "i": "integer", "n": "number", "t": "text", "b": "boolean", "d": "date",
        "m": "timestamp", "zip": "text", "none": "text", "mixed": "text",
    }  # fmt: skip
    assert table_of(outcome).column("n").to_pylist() == [1.5, 1000.0, None]
    assert outcome.details["columns"][0] == {"name": "i", "type": "integer", "nulls": 1}


def test_the_same_file_gives_the_same_bytes(take: Take) -> None:
    rows = b"a,b\n" + b"".join(b"%d,x%d\n" % (n, n % 7) for n in range(5000))
    first = take(rows).products[0].path.read_bytes()
    assert take(rows).products[0].path.read_bytes() == first


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_declared_delimiter_is_used(delimiter: str, take: Take) -> None:
    rows = f"a{delimiter}b\n1{delimiter}2\n".encode()
    assert types_of(take(rows, delimiter=delimiter)) == {"a": "integer", "b": "integer"}


def test_quotes_newlines_and_a_byte_order_mark_are_understood(take: Take) -> None:
    outcome = take(b'\xef\xbb\xbf"a", b \n"x, y\nz",1\n')
    assert table_of(outcome).to_pylist() == [{"a": "x, y\nz", "b": 1}]


MIXED = b"income,age\n100,1\n200,2\nabc,3\n300,4\n"
NUL_NAME = as_parquet(pa.table({"a": [1], "b\0": [2]}))
NUL_TEXT = as_parquet(pa.table({"group": ["a", "b\0"]}))
WIDE = ",".join(f"c{n}" for n in range(10_000)).encode()


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (b"a;b;c\n1;2;3\n", {}, "separated by a comma, .* with a semicolon in it: a;b;c"),
        (b"a,b\n1,2\n", {"delimiter": ";"}, "separated by a semicolon, .* a comma in it"),
        (MIXED, {}, "income: expected a whole number, as in 3 other rows, got 'abc' in row 3"),
        (b"d\n2020-01-01\n2020-01-02\nsoon\n", {}, "expected a date, .* got 'soon' in row 3"),
        (b"d\n2020-01-01\n2020-02-31\n", {}, "column d: expected a date in every row"),
        (b"a,b,a,b\n1,2,3,4\n", {}, "each column once, but a, b occurs more than once"),
        (b"a, a\n1,2\n", {}, "each column once, but a occurs"),
        (b"Race,sex,race\n1,2,3\n", {}, "names that differ in more than case, got Race, race"),
        (b"a,Assay:label\n1,2\n", {}, "name that begins with 'assay:', got 'Assay:label'"),
        (NUL_NAME, {"format": "parquet"}, r"in the name of column 2, got a NUL in 'b\\x00'"),
        (NUL_TEXT, {"format": "parquet"}, "column group: expected text in row 2, got a NUL"),
        (b"a,b\n1,2\n", {"required_columns": ["b", "c"]}, "columns b, c; missing c, got a, b"),
        (b"a,b\n", {}, "expected rows below the header, got none"),
        (b"", {}, "rows.csv is empty"),
        (b"\n\n", {}, "expected a header and rows, but the file is empty"),
        (b"1,2.5\n3,4\n", {}, "expected a header with the columns' names in the first row, got 1"),
        (b"a,,c\n1,2,3\n", {}, "column 2 has none"),
        (WIDE + b"\n" + WIDE + b"\n", {}, "expected at most 2000 columns, got 10000"),
        (b"a,b\n1,2\n3\n5,6\n", {}, "expected 2 values in every row, but row 2 has 1: 3"),
        (b"a,b\n1,2\n3,4\n5,6,7\n", {}, "expected 2 values in every row, but row 3 has 3: 5,6,7"),
        (b"a,b\n1,caf\xe9\n", {}, "expected text in UTF-8, got the byte 0xe9 in line 2"),
        (b"caf\xe9\n1\n", {}, "expected text in UTF-8, got the byte 0xe9 in line 1"),
        (pickle.dumps({"a": 1}), {}, "rows.csv to be CSV text, but it is a Python pickle"),
        (pickle.dumps([1]), {"format": "parquet"}, "to be Parquet, but it is a Python pickle"),
        (b"a,b\n1,2\n", {"format": "parquet"}, "to be Parquet, but it is CSV text"),
        (as_parquet(pa.table({"a": [1]})), {}, "to be CSV text, but it is Parquet"),
        (b"PAR1 and then nonsense", {"format": "parquet"}, "expected a Parquet file, but it"),
        (b"a\n1\ninf\n2\n", {}, "got 'inf' in row 2"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_place(
    content: bytes, changes: dict[str, Any], said: str, take: Take
) -> None:
    with pytest.raises(Refused, match=said):
        take(content, **changes)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": pa.array([], pa.int64())}), "expected rows, but the Parquet file has none"),
        (pa.table([[1], [2]], names=["a", "a"]), "each column once"),
        (pa.table({"a": [[1, 2]]}), "column a: expected booleans, numbers, text, .* got list"),
        (pa.table({"a": [b"bytes"]}), "column a: expected booleans, .* got binary"),
        (pa.table({"a": [1.0, float("inf")]}), "column a: expected a finite number in row 2"),
        (pa.table({"a": pa.array([2**64 - 1], pa.uint64())}), "column a cannot be stored"),
        (pa.table({f"c{n}": [1] for n in range(2001)}), "at most 2000 columns, got 2001"),
    ],
)
def test_a_bad_parquet_file_is_refused(table: pa.Table, said: str, take: Take) -> None:
    with pytest.raises(Refused, match=said):
        take(as_parquet(table), format="parquet", filename="rows.parquet")


def test_parquet_is_kept_in_few_types_and_nan_is_missing(take: Take) -> None:
    table = pa.table(
        {
            "f": pa.array([1.5, float("nan")], pa.float32()),
            "i": pa.array([1, None], pa.int8()),
            "c": pa.array(["x", "y"]).dictionary_encode(),
        }
    )
    outcome = take(as_parquet(table), format="parquet", filename="rows.parquet")
    assert types_of(outcome) == {"f": "number", "i": "integer", "c": "text"}
    assert table_of(outcome).column("f").null_count == 1


@pytest.mark.parametrize(
    ("rows", "into", "said"),
    [
        (b"prediction_id,outcome\n1,1\n1,0\n", "outcomes", "each prediction_id once, but 1"),
        (b"prediction_id,outcome\n1,1\n,0\n", "outcomes", "prediction_id in every row, but row 2"),
        (b"prediction_id,outcome\n1,1\n2,\n", "outcomes", "an outcome in every row, but 1 rows"),
        (b"prediction_id,score,prediction\n1,1.5,1\n", "predictions", r"within \[0, 1\], got 1.5"),
        (b"prediction_id,score,prediction\n1,,1\n2,0.5,1\n", "predictions", "a score in every row"),
        (b"prediction_id,score,prediction\n1,high,1\n", "predictions", "to be numbers in"),
    ],
)  # fmt: skip
def test_segments_hold_what_they_must(rows: bytes, into: str, said: str, take: Take) -> None:
    with pytest.raises(Refused, match=said):
        take(rows, into=into)


def test_identifiers_of_predictions_are_text(take: Take) -> None:
    outcome = take(b"prediction_id,outcome\n1,1\n2,0\n", into="outcomes")
    assert types_of(outcome) == {"prediction_id": "text", "outcome": "integer"}


cells = st.none() | st.integers(-(2**50), 2**50)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(values=st.lists(cells, min_size=1, max_size=30).filter(any))
def test_whole_numbers_come_back_as_they_were(values: list[int | None], take: Take) -> None:
    rows = "a,b\n" + "".join(f"{'' if v is None else v},x\n" for v in values)
    table = table_of(take(rows.encode()))
    assert table.column("a").to_pylist() == values


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=200))
def test_whatever_it_is_fed_it_answers_or_refuses(content: bytes, take: Take) -> None:
    for form in ("csv", "parquet"):
        with suppress(Refused):
            take(content, format=form)
