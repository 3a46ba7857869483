"""The bytes that stand for a document wherever one is hashed or signed: RFC 8785.

Promises the same bytes before and after a trip through JSON in any database. Text that JSON
columns refuse (NUL) and numbers JSON has no word for are turned into text by `plain`, which is
applied before something is stored; so what is stored is exactly what was hashed.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import rfc8785

EXACT = 2**53 - 1  # the largest integer that every JSON reader keeps


def digest_of(document: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def canonical(document: Any) -> bytes:
    """The canonical JSON bytes of a document made of plain JSON values."""
    return rfc8785.dumps(_within_range(document))


def plain(value: Any) -> Any:
    """The same value in plain JSON that every database gives back unchanged."""
    match value:
        case None | bool():
            return value
        case str():
            return str(value).replace("\0", "\ufffd")
        case int() | float():
            return _plain_number(value)
        case Mapping():
            return {plain(str(key)): plain(held) for key, held in value.items()}
        case Sequence() | set() | frozenset():
            return [plain(held) for held in value]
    return _as_text(value)


def instant(moment: datetime) -> str:
    """A moment as UTC RFC 3339 text with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain_number(value: int | float) -> int | float | str:
    """Numbers outside JSON's common range become text."""
    if isinstance(value, int):
        return int(value) if abs(value) <= EXACT else str(value)
    return float(value) if math.isfinite(value) else str(float(value))


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Decimal | UUID | date):
        return str(value)
    raise TypeError(f"expected a JSON value, got {type(value).__name__}")


def _within_range(value: Any) -> Any:
    """PostgreSQL gives 1e22 back as an integer; it is the same number and hashes as such."""
    if isinstance(value, dict):
        return {key: _within_range(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_within_range(held) for held in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT:
        return float(value)
    return value
