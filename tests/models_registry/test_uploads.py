"""A file is taken for what it is, not for what its name says."""

import gzip
import io
import pickle
import zipfile
from typing import Any

import pytest

from models_registry import events
from models_registry.services import blobs, uploads
from people.errors import Malformed, NotPermitted, TooLarge, UnsupportedFile
from people.models import Team, User
from tests.models_registry.conftest import parquet_bytes
from tests.models_registry.told import told


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, b"x")
    return packed.getvalue()


def take(content: bytes, name: str, *, by: User, team: Team) -> uploads.Upload:
    return uploads.take(io.BytesIO(content), name, by=by, team=team)


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"a,b\n1,2\n", "rows.csv", "csv"),
        (b"a\tb\n1\t2\n", "rows.TSV", "csv"),
        (b"\xef\xbb\xbfa;b\n1;2\n", "rows.txt", "csv"),
        (parquet_bytes(a=[1]), "rows.parquet", "parquet"),
    ],
)
def test_csv_and_parquet_are_taken(
    content: bytes, name: str, form: str, steward: User, team: Team
) -> None:
    upload = take(content, name, by=steward, team=team)
    assert (upload.format, upload.size) == (form, len(content))
    assert blobs.check(upload.digest) == ""
    assert told(events.UPLOAD_TAKEN)[0]["detail"]["digest"] == upload.digest


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (pickle.dumps({"a": 1}, protocol=4), "rows.csv", "it is a Python pickle"),
        (pickle.dumps({"a": 1}, protocol=0), "rows.csv", "it is a Python pickle"),
        (pickle.dumps({"a": 1}), "rows.parquet", "it is a Python pickle"),
        (pickle.dumps({"a": 1}), "model.pkl", "which is a Python pickle"),
        (zipped("data.pkl"), "rows.csv", "it is a zip archive"),
        (gzip.compress(b"a,b\n1,2\n"), "rows.csv", "it is gzip-compressed"),
        (b"a,b\n1,2\n", "rows.parquet", "to be Parquet, as its name says, but it is CSV"),
        (parquet_bytes(a=[1]), "rows.csv", "to be CSV text, as its name says, but it is Parq"),
        (b"\x89PNG\r\n\x1a\n....", "rows.csv", "it is a PNG image"),
        ("a,b\n1,2\n".encode("utf-16"), "rows.csv", "UTF-16"),
        (b"a\x00b\x01", "rows.csv", "it is binary"),
        (b"<html></html>", "rows.csv", "HTML"),
        (b'{"a": 1}', "rows.csv", "JSON"),
        (b"a,b\n", "rows", "expected a file named .csv"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_what_it_is(
    content: bytes, name: str, said: str, steward: User, team: Team
) -> None:
    with pytest.raises(UnsupportedFile, match=said):
        take(content, name, by=steward, team=team)
    assert told(events.UPLOAD_TAKEN) == []


def test_an_empty_file_is_refused(steward: User, team: Team) -> None:
    with pytest.raises(Malformed, match=r"rows.csv is empty"):
        take(b"", "rows.csv", by=steward, team=team)


def test_a_file_above_the_limit_is_refused(steward: User, team: Team, settings: Any) -> None:
    settings.ASSAY_MAX_UPLOAD_BYTES = 10
    with pytest.raises(TooLarge, match=r"at most 10 bytes, but rows.csv has 11"):
        take(b"a,b\n1,2\n3,4", "rows.csv", by=steward, team=team)


def test_a_stranger_uploads_nothing(mallory: User, auditor: User, team: Team) -> None:
    for person in (mallory, auditor):
        with pytest.raises(NotPermitted):
            take(b"a,b\n1,2\n", "rows.csv", by=person, team=team)
