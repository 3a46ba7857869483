"""Two bounds that hold a quantity at a stated confidence."""

from typing import NamedTuple


class Interval(NamedTuple):
    """A closed interval; `low` is never above `high`."""

    low: float
    high: float


#: Says nothing about a proportion or a gap between proportions: it may be anything.
UNINFORMATIVE = Interval(0.0, 1.0)


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless the confidence lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be strictly between 0 and 1, got {confidence}")
