"""Canonical JSON bytes (RFC 8785), and the text that values are hashed as."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
_SAFE = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value as bytes."""
    return rfc8785.dumps(value)


def canonical_plain(value: Any) -> bytes:
    """The same bytes as `canonical`, faster, for values as `as_text` makes them.

    Without floats and large integers, Python's sorted output is canonical as long as it is
    ASCII; beyond that keys sort by UTF-16 units, which rfc8785 knows.
    """
    text = _encode(value)
    return text.encode() if text.isascii() else rfc8785.dumps(value)


def as_text(value: Any) -> Any:
    """The same value as JSON can hold it without loss: numbers that are not whole become text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_SAFE <= value <= _SAFE else str(int(value))
    if isinstance(value, Mapping):
        return {str(key): as_text(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_text(held) for held in value]
    return _scalar_as_text(value)


def _scalar_as_text(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def read(text: str | bytes) -> Any:
    """Read stored JSON as `as_text` would have it: what is not a small whole number is text."""
    return _decode(text if isinstance(text, str) else text.decode())


def _whole(digits: str) -> int | str:
    value = int(digits) if len(digits) < 18 else None
    return value if value is not None and -_SAFE <= value <= _SAFE else digits


_decode = json.JSONDecoder(parse_float=str, parse_constant=str, parse_int=_whole).decode
