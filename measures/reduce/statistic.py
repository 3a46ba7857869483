"""What every statistic a reduction returns can do: add up, and prove what it holds."""

import hashlib
import json
from typing import Any, Protocol, Self

import numpy as np


class Statistic(Protocol):
    """Small, frozen, mergeable."""

    def __add__(self, other: Self) -> Self:
        """The statistic of both parts' rows together."""

    def digest(self) -> str:
        """SHA-256 over what it holds, as 64 hexadecimal digits."""


class NotMergeable(ValueError):
    """Two statistics are of different shapes and cannot be added."""


def digest_of(kind: str, *parts: Any) -> str:
    """SHA-256 of a statistic's kind and its parts: text, whole numbers, floats, arrays, tuples.

    Floats enter by their shortest exact decimal form, so equal bits give equal digests.
    """
    plain = [part.tolist() if isinstance(part, np.ndarray) else part for part in parts]
    text = json.dumps([kind, *plain], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def frozen(values: np.ndarray) -> np.ndarray:
    """The array itself, made read-only."""
    values.setflags(write=False)
    return values


def check_same(what: str, ours: object, theirs: object) -> None:
    """Raise NotMergeable unless both parts were taken with the same `what`."""
    if ours != theirs:
        raise NotMergeable(f"expected the same {what} in both parts, got {ours} and {theirs}")
