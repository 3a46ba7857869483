"""Canonical bytes and their digest, so that the same content has the same name everywhere."""

import hashlib
from typing import Any

import rfc8785


def digest(content: Any) -> str:
    """SHA-256 of the RFC 8785 form of JSON-able content, in hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
