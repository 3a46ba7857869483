"""A secret made once and kept beside the local data, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path) -> str:
    """The secret in this file; a new one where there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _make(path)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> str:
    secret = secrets.token_urlsafe(48)
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
    try:
        os.link(draft, path)  # refuses to replace: two processes agree on one secret
    finally:
        draft.unlink()
    return secret
