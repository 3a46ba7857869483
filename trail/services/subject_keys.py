"""The keys that open payloads: one for each subject, wrapped under the installation's own."""

from collections.abc import Iterable
from functools import lru_cache
from os import urandom

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from trail.errors import KeyMissing
from trail.models import SubjectKey
from trail.services import key_files

PURPOSE = "payload"


def for_subjects(refs: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Primary key and secret of every subject's key, made where there is none."""
    wanted = set(refs)
    wrapping = _wrapping_key()
    held = _held(wanted)
    new = [
        SubjectKey(subject_ref=ref, key=aes_key_wrap(wrapping, urandom(32)))
        for ref in sorted(wanted - {key.subject_ref for key in held})
    ]
    SubjectKey.objects.bulk_create(new)
    made = _held(key.subject_ref for key in new) if new else []
    return {k.subject_ref: (k.pk, unwrap(wrapping, bytes(k.key))) for k in [*held, *made]}


def opener() -> bytes:
    """The wrapping key, for reading. Raises KeyMissing if it is not there though it was used."""
    return _wrapping_key()


@lru_cache(maxsize=4096)
def unwrap(wrapping: bytes, wrapped: bytes) -> bytes:
    """The secret inside. Raises KeyMissing if the wrapping key is another one."""
    try:
        return aes_key_unwrap(wrapping, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise KeyMissing(
            "the payload key is not the one that wrapped this subject's key"
        ) from error


def _held(refs: Iterable[str]) -> list[SubjectKey]:
    wanted = sorted(refs)
    pages = (wanted[at : at + 500] for at in range(0, len(wanted), 500))
    return [key for page in pages for key in SubjectKey.objects.filter(subject_ref__in=page)]


def _wrapping_key() -> bytes:
    found = key_files.find(PURPOSE)
    return found or key_files.find_or_make(PURPOSE, used_before=SubjectKey.objects.exists())
