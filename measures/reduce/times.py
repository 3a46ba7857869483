"""When the rows of a table lie: first and last time, and the longest stretch without any."""

from dataclasses import dataclass
from typing import NamedTuple

import ibis
import numpy as np
import pyarrow as pa

_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class TimeSpan:
    """The first and last time of a column, in microseconds since 1970; None if none is known.

    Merges: the span of both parts reaches from the earlier first to the later last.
    """

    first: int | None
    last: int | None

    def __add__(self, other: "TimeSpan") -> "TimeSpan":
        firsts = [each for each in (self.first, other.first) if each is not None]
        lasts = [each for each in (self.last, other.last) if each is not None]
        return TimeSpan(min(firsts, default=None), max(lasts, default=None))

    @property
    def seconds(self) -> float | None:
        """How long it is."""
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first) / _MICROSECONDS


class TimeSummary(NamedTuple):
    """One time column.

    `largest_gap` is the longest stretch between two neighbouring times, in seconds; None
    below two distinct times, or where the table was too long to fetch the column.
    """

    span: TimeSpan
    largest_gap: float | None


def has_instants(column: ibis.Column) -> bool:
    """Whether a column holds dates or timestamps, not times of day or durations."""
    held = column.type()
    return bool(held.is_timestamp() or held.is_date())


def reduce_time_span(table: ibis.Table, column: str) -> TimeSpan:
    """First and last time of a column of dates or timestamps, asked of the engine."""
    held = table[column]
    if not held.type().is_timestamp():  # a cast of one with a zone would move it
        held = held.cast("timestamp")
    answer = table.aggregate(first=held.min(), last=held.max()).to_pyarrow()
    first, last = (_microseconds(answer[name]).to_pylist()[0] for name in ("first", "last"))
    return TimeSpan(first, last)


def time_summary(column: pa.ChunkedArray) -> TimeSummary:
    """Span and largest gap of an Arrow column of dates or timestamps, in any order."""
    times = np.unique(_microseconds(column).drop_null().to_numpy())
    if not len(times):
        return TimeSummary(TimeSpan(None, None), None)
    gap = int(np.diff(times).max()) / _MICROSECONDS if len(times) > 1 else None
    return TimeSummary(TimeSpan(int(times[0]), int(times[-1])), gap)


def shared_span(first: TimeSpan, second: TimeSpan) -> TimeSpan:
    """The time both spans hold, empty (None, None) if there is none.

    Of a training and a test set: where it is not empty, the test asks about a time the model
    has seen.
    """
    if None in (first.first, first.last, second.first, second.last):
        return TimeSpan(None, None)
    start, end = max(first.first or 0, second.first or 0), min(first.last or 0, second.last or 0)
    return TimeSpan(start, end) if start <= end else TimeSpan(None, None)


def _microseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    return column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
