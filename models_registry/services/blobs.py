"""Bytes kept under their SHA-256, over Django's storage API (`STORAGES["blobs"]`).

Promises: what is read is what was put, or an error; a put is whole or not there; putting the
same bytes twice changes nothing. It cannot bring back bytes that were lost.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from models_registry.errors import StoredBytesDamaged
from people.errors import Malformed

_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Blob(NamedTuple):
    """Stored bytes: their SHA-256 and how many."""

    digest: str
    size: int


def put(source: Path | bytes | IO[bytes], *, expected: str | None = None) -> Blob:
    """Store bytes and return what they are known by.

    Raises Malformed if `expected` is another digest, StoredBytesDamaged if other bytes stand
    where these belong.
    """
    with tempfile.TemporaryFile(dir=_room()) as copy:
        blob = _copy(source, copy)
        if expected not in (None, blob.digest):
            raise Malformed(f"expected bytes with digest {expected}, got {blob.digest}")
        if _storage().exists(_name(blob.digest)):
            _check(blob.digest)
        else:
            _write(copy, blob)
    return blob


def open(digest: str) -> IO[bytes]:  # noqa: A001 read as `blobs.open`, through its module
    """The bytes, verified, from the beginning. Raises StoredBytesDamaged."""
    stored = _open(digest)
    if fault := _difference(stored, digest):
        stored.close()
        raise StoredBytesDamaged(fault)
    stored.seek(0)
    return stored


@contextmanager
def local_path(digest: str) -> Iterator[Path]:
    """A local file with the bytes, verified; not to be written to."""
    with open(digest) as stored:
        if path := _path(digest):
            yield path
            return
        with tempfile.NamedTemporaryFile(prefix="blob-") as copy:
            _copy(stored, copy)
            copy.flush()
            yield Path(copy.name)


def check(digest: str) -> str:
    """What is wrong with the stored bytes; an empty string if nothing is."""
    try:
        _check(digest)
    except StoredBytesDamaged as fault:
        return fault.message
    return ""


def exists(digest: str) -> bool:
    """Whether bytes are stored under the digest; not whether they are intact."""
    return _storage().exists(_name(digest))


def size(digest: str) -> int:
    """How many bytes are stored under the digest."""
    return _storage().size(_name(digest))


def _check(digest: str) -> None:
    with _open(digest) as stored:
        if fault := _difference(stored, digest):
            raise StoredBytesDamaged(fault)


def _open(digest: str) -> IO[Any]:
    try:
        return _storage().open(_name(digest), "rb")
    except OSError as gone:
        raise StoredBytesDamaged(f"the bytes of {digest} are not in storage") from gone


def _difference(stored: IO[bytes], digest: str) -> str:
    found = hashlib.sha256()
    for chunk in iter(lambda: stored.read(_CHUNK), b""):
        found.update(chunk)
    if found.hexdigest() == digest:
        return ""
    return f"expected bytes with digest {digest}, got bytes with digest {found.hexdigest()}"


def _copy(source: Path | bytes | IO[bytes], copy: IO[bytes]) -> Blob:
    found, size = hashlib.sha256(), 0
    for chunk in _chunks(source):
        found.update(chunk)
        size += len(chunk)
        copy.write(chunk)
    copy.seek(0)
    return Blob(found.hexdigest(), size)


def _chunks(source: Path | bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, Path):
        with source.open("rb") as opened:
            yield from iter(lambda: opened.read(_CHUNK), b"")
    else:
        yield from iter(lambda: source.read(_CHUNK), b"")


def _write(copy: IO[bytes], blob: Blob) -> None:
    if path := _path(blob.digest):
        _write_locally(copy, path)
    else:
        _storage().save(_name(blob.digest), File(copy))


def _write_locally(copy: IO[bytes], path: Path) -> None:
    """Written beside, flushed to disk, then renamed: nobody ever sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        for chunk in iter(lambda: copy.read(_CHUNK), b""):
            part.write(chunk)
        part.flush()
        os.fsync(part.fileno())
    os.replace(part.name, path)


def _storage() -> Storage:
    return storages["blobs"]


def _name(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise StoredBytesDamaged(f"expected a digest of 64 hexadecimal digits, got {digest!r}")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _path(digest: str) -> Path | None:
    """Where it is in a local folder; None for storage elsewhere."""
    storage = _storage()
    local = isinstance(storage, FileSystemStorage)
    return Path(storage.path(_name(digest))) if local else None


def _room() -> str | None:
    """Copies wait on the disk they will stay on, not in a small /tmp."""
    storage = _storage()
    if not isinstance(storage, FileSystemStorage):
        return None
    Path(storage.location).mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(storage.location)
