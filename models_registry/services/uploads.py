"""Files people bring: looked at before they are kept, and refused if they are something else."""

import os
from typing import IO, NamedTuple

from django.conf import settings
from django.db import transaction

from models_registry import events, permissions
from models_registry.rules import file_kinds
from models_registry.services import blobs
from people.errors import Malformed, TooLarge, UnsupportedFile
from people.models import Team, User
from trail import services as trail


class Upload(NamedTuple):
    """A file that was kept: its digest, its size, and "csv" or "parquet"."""

    digest: str
    size: int
    format: file_kinds.Format


def take(file: IO[bytes], filename: str, *, by: User, team: Team) -> Upload:
    """Keep a CSV or Parquet file.

    Raises NotPermitted, TooLarge, Malformed (empty) or UnsupportedFile, which says what the
    name promised and what the file is.
    """
    permissions.check_may_upload(by, team)
    _check_size(file, filename)
    promised = _check_kind(file, filename)
    file.seek(0)
    blob = blobs.put(file)
    upload = Upload(blob.digest, blob.size, promised)
    _remember(upload, filename, by=by, team=team)
    return upload


@transaction.atomic
def _remember(upload: Upload, filename: str, *, by: User, team: Team) -> None:
    detail = upload._asdict() | {"filename": filename, "team": team.slug}
    trail.record(events.UPLOAD_TAKEN, by=by, subject=("upload", upload.digest), detail=detail)


def _check_size(file: IO[bytes], filename: str) -> None:
    size, limit = file.seek(0, os.SEEK_END), settings.ASSAY_MAX_UPLOAD_BYTES
    if size > limit:
        raise TooLarge(f"expected a file of at most {limit} bytes, but {filename} has {size}")
    if not size:
        raise Malformed(f"expected a CSV or Parquet file, but {filename} is empty")


def _check_kind(file: IO[bytes], filename: str) -> file_kinds.Format:
    promised, found = file_kinds.format_of(filename), _kind(file)
    if promised is None:
        accepted = ", ".join(f".{ending}" for ending in file_kinds.ACCEPTED)
        raise UnsupportedFile(f"expected a file named {accepted}; got {filename}, which is {found}")
    if found != file_kinds.KINDS[promised]:
        raise UnsupportedFile(
            f"expected {filename} to be {file_kinds.KINDS[promised]}, as its name says,"
            f" but it is {found}"
        )
    return promised


def _kind(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(file_kinds.HEAD)
    file.seek(-min(len(head), 8), os.SEEK_END)
    return file_kinds.kind_of(head, file.read())
