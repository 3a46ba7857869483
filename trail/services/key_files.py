"""Secret keys as files: 0600, below `DATA_DIR/keys`, made once and never replaced.

A deployment that keeps its keys elsewhere gives them as `ASSAY_KEYS`: purpose to 32 bytes in
hexadecimal. Nothing is written then.
"""

import os
from pathlib import Path

from django.conf import settings

from trail.errors import KeyMissing

LENGTH = 32


def folder() -> Path:
    """Where key files live."""
    return Path(getattr(settings, "ASSAY_KEYS_DIR", "") or Path(settings.DATA_DIR) / "keys")


def find(purpose: str) -> bytes | None:
    """The secret for a purpose, if there is one."""
    if given := getattr(settings, "ASSAY_KEYS", {}).get(purpose):
        return bytes.fromhex(given)
    try:
        secret = _path(purpose).read_bytes()
    except FileNotFoundError:
        return None
    if len(secret) != LENGTH:
        raise KeyMissing(f"{_path(purpose)} should hold {LENGTH} bytes, it holds {len(secret)}")
    return secret


def make(purpose: str) -> bytes:
    """A new secret, or the one another process made first."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(_path(purpose), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _found(purpose)
    with os.fdopen(handle, "wb") as file:
        file.write(secret := os.urandom(LENGTH))
        file.flush()
        os.fsync(handle)
    return secret


def find_or_make(purpose: str, *, used_before: bool) -> bytes:
    """The secret; a new one only where none was ever used. Raises KeyMissing otherwise."""
    if secret := find(purpose):
        return secret
    if used_before:
        raise KeyMissing(
            f"the {purpose} key was used before and is not at {_path(purpose)}: "
            "put it back, it is never replaced silently"
        )
    return make(purpose)


def _found(purpose: str) -> bytes:
    if secret := find(purpose):
        return secret
    raise KeyMissing(f"{_path(purpose)} vanished while it was read")


def _path(purpose: str) -> Path:
    return folder() / f"{purpose}.key"
