"""Bytes come back as they were put, or not at all."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.errors import StoredBytesDamaged
from models_registry.services import blobs
from people.errors import Malformed
from tests.models_registry.conftest import stored_file


@given(content=st.binary(max_size=2000))
def test_what_is_put_is_what_is_read(content: bytes) -> None:
    blob = blobs.put(content)
    with blobs.open(blob.digest) as stored:
        assert stored.read() == content
    assert blob.size == len(content)


def test_a_path_a_file_and_bytes_are_the_same_blob(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"same")
    by_path, by_file = blobs.put(tmp_path / "file"), blobs.put(io.BytesIO(b"same"))
    assert by_path == by_file == blobs.put(b"same")


def test_putting_twice_leaves_one_file_and_no_remains() -> None:
    blob = blobs.put(b"twice")
    before = stored_file(blob.digest).stat()
    assert blobs.put(b"twice") == blob
    assert stored_file(blob.digest).stat().st_mtime_ns == before.st_mtime_ns
    assert [file.name for file in stored_file(blob.digest).parent.iterdir()] == [blob.digest]


def test_another_digest_than_expected_stores_nothing() -> None:
    with pytest.raises(Malformed, match="expected bytes with digest 000"):
        blobs.put(b"mine", expected="0" * 64)
    assert not blobs.exists(blobs.put(b"other").digest.replace("a", "b"))


@pytest.mark.parametrize("place", [0, 3, -1])
def test_one_changed_byte_is_found_on_every_way_in(place: int) -> None:
    blob = blobs.put(b"original")
    content = bytearray(b"original")
    content[place] ^= 1
    stored_file(blob.digest).write_bytes(bytes(content))
    assert "expected bytes with digest" in blobs.check(blob.digest)
    with pytest.raises(StoredBytesDamaged):
        blobs.open(blob.digest)
    with pytest.raises(StoredBytesDamaged), blobs.local_path(blob.digest):
        pass
    with pytest.raises(StoredBytesDamaged):
        blobs.put(b"original")


def test_bytes_that_are_gone_are_said_to_be() -> None:
    blob = blobs.put(b"short-lived")
    stored_file(blob.digest).unlink()
    assert "not in storage" in blobs.check(blob.digest)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_name_that_is_no_digest_leads_nowhere(name: str) -> None:
    with pytest.raises(StoredBytesDamaged, match="64 hexadecimal digits"):
        blobs.open(name)


def test_a_local_path_holds_the_bytes() -> None:
    blob = blobs.put(b"local")
    with blobs.local_path(blob.digest) as path:
        assert path.read_bytes() == b"local"


def test_storage_without_local_files_works_alike(settings: object) -> None:
    memory = {"blobs": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    settings.STORAGES = settings.STORAGES | memory  # type: ignore[attr-defined]
    blob = blobs.put(b"elsewhere")
    assert blobs.put(b"elsewhere") == blob
    with blobs.local_path(blob.digest) as path:
        assert path.read_bytes() == b"elsewhere"
    assert blobs.size(blob.digest) == len(b"elsewhere")
