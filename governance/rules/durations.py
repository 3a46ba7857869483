"""Durations as policies write them: ``180d``, ``26w``, ``12h``."""

import re
from datetime import timedelta

_WRITTEN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def duration(text: str) -> timedelta:
    """Read a duration. Raises ValueError that says what was expected and what was there."""
    read = _WRITTEN.fullmatch(text)
    if read is None:
        raise ValueError(f"a duration is a number and h, d or w, like 180d; got {text!r}")
    return int(read[1]) * _UNITS[read[2]]
