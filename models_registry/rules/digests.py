"""Digests of JSON documents: SHA-256 over their canonical bytes (RFC 8785)."""

import hashlib
from typing import Any

import rfc8785


def of_json(document: Any) -> str:
    """SHA-256 as 64 hexadecimal digits.

    Raises ValueError where canonical JSON has no form: NaN, infinity, integers beyond 2**53.
    """
    try:
        return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
    except rfc8785.CanonicalizationError as refused:
        raise ValueError(f"expected plain JSON, got a value it cannot hold: {refused}") from refused
