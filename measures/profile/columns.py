"""What a table holds, column by column: how much, how much is missing, and its shape.

Exact: distinct values and quantiles are counted, not sketched. A column is fetched, sorted
once and read off, two columns at a time; of tables too long for that, or in an engine
elsewhere, the engine is asked, with the same answers. The values of a column are listed only
where there are few of them and some repeat, so that no name or number of a person gets out.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import ibis
import pyarrow as pa

from measures.reduce import numbers
from measures.reduce.columns import ColumnRange, kind_of, reduce_columns
from measures.reduce.histogram import Histogram
from measures.reduce.number_queries import ask_numbers
from measures.reduce.numbers import NumberSummary, number_summary
from measures.reduce.texts import TextSummary, reduce_texts
from measures.reduce.times import (
    TimeSummary,
    has_instants,
    reduce_time_span,
    time_summary,
)

#: Levels of the quantiles of a numeric column.
LEVELS = numbers.LEVELS

#: Values of a column are listed only if it has at most this many distinct ones.
LISTED = numbers.LISTED

#: Rows up to which columns are fetched. At so many a process was seen to take 1.5 GB in all.
EXACT_ROWS = 20_000_000

#: Columns worked on at once. Results never depend on it.
THREADS = 2

#: Engines in this process, so that fetching a column costs little.
_EMBEDDED = ("duckdb", "polars")

_MOST_FREQUENT = 10


class ColumnProfile(NamedTuple):
    """One column; what does not apply to its kind is None or empty.

    `column` has rows, missing values, distinct ones (exact) and the ends. `quantiles` are at
    `LEVELS`, `mean` and `deviation` in the column's unit, `skewness` and (excess) `kurtosis`
    without one; `values` are (value, rows) of the most frequent ones. `number`, `text` and
    `time` have what is special to the kind.
    """

    column: ColumnRange
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = ()
    histogram: Histogram | None = None
    values: tuple[tuple[str, int], ...] = ()
    skewness: float | None = None
    kurtosis: float | None = None
    number: NumberSummary | None = None
    text: TextSummary | None = None
    time: TimeSummary | None = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def known(self) -> int:
        """Rows that have a value."""
        return self.column.counts.rows - self.column.counts.missing

    @property
    def distinct_share(self) -> float | None:
        """Distinct values over known ones, in (0, 1]; None where nothing is known."""
        return self.column.distinct / self.known if self.known else None

    @property
    def is_constant(self) -> bool:
        """Whether the known values are all the same."""
        return self.column.distinct == 1

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value and no two have the same."""
        return self.known > 1 and self.column.distinct == self.column.counts.rows


def describe(
    table: ibis.Table, *, fetch_up_to: int = EXACT_ROWS, threads: int = THREADS
) -> list[ColumnProfile]:
    """Every column's profile.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows and columns.
    fetch_up_to : int, default 20,000,000
        Rows above which numeric columns are not fetched but asked about.
    threads : int, default 2
        Columns worked on at once.

    Returns
    -------
    list of ColumnProfile
        In the order of the table's columns. A column with infinite values has neither mean,
        deviation, quantiles nor histogram.
    """
    kinds = {name: kind_of(table[name]) for name in table.columns}
    fetched = _is_fetched(table, fetch_up_to)
    found = _numbers(table, _of(kinds, "number"), fetched, threads)
    found |= _times(table, _of(kinds, "time"), fetched)
    texts = reduce_texts(table, _of(kinds, "category"))
    found |= {
        name: _of_text(name, text, is_boolean=table[name].type().is_boolean())
        for name, text in texts.items()
    }
    return [found[name] for name in table.columns]


def equal_widths(column: ColumnRange) -> Sequence[float]:
    """Edges of twenty bins from the smallest to the largest value; one bin for one value."""
    return numbers.even_edges(float(column.low), float(column.high))


def _of(kinds: dict[str, str], kind: str) -> list[str]:
    return [name for name, held in kinds.items() if held == kind]


def _is_fetched(table: ibis.Table, most: int) -> bool:
    if table.get_backend().name not in _EMBEDDED:
        return False
    return int(table.count().to_pyarrow().as_py()) <= most


def _numbers(
    table: ibis.Table, names: Sequence[str], fetched: bool, threads: int
) -> dict[str, ColumnProfile]:
    plain = [name for name in names if fetched and not table[name].type().is_decimal()]
    summaries = dict(zip(plain, _in_turn(table, plain, threads), strict=True))
    summaries |= ask_numbers(table, [name for name in names if name not in summaries])
    return {name: _of_number(name, each) for name, each in summaries.items()}


def _in_turn(table: ibis.Table, names: Sequence[str], threads: int) -> Iterator[NumberSummary]:
    """Fetch one column while others are worked on; never more in memory than threads."""
    if threads < 2:
        yield from (number_summary(_fetched(table, name)) for name in names)
        return
    waiting: deque[Future[NumberSummary]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for name in names:
            if len(waiting) == threads:
                yield waiting.popleft().result()
            waiting.append(pool.submit(number_summary, _fetched(table, name)))
        yield from (each.result() for each in waiting)


def _fetched(table: ibis.Table, name: str) -> pa.ChunkedArray:
    return table.select(name).to_pyarrow()[name]


def _of_number(name: str, held: NumberSummary) -> ColumnProfile:
    column = ColumnRange(name, "number", held.counts, held.distinct, held.low, held.high)
    moments = held.moments
    return ColumnProfile(
        column,
        moments.mean if moments else None,
        moments.deviation if moments else None,
        held.quantiles,
        held.histogram,
        held.values if held.distinct < column.counts.rows - column.counts.missing else (),
        moments.skewness if moments else None,
        moments.kurtosis if moments else None,
        number=held,
    )


def _of_text(name: str, held: TextSummary, *, is_boolean: bool) -> ColumnProfile:
    column = ColumnRange(name, "category", held.counts, held.distinct, None, None)
    values: tuple[tuple[str, int], ...] = ()
    known = held.counts.rows - held.counts.missing
    repeats = is_boolean or held.distinct < known  # else each value may be a person's own
    if held.levels and held.distinct <= LISTED and repeats:
        values = tuple(held.levels.most_frequent(_MOST_FREQUENT))
    return ColumnProfile(column, values=values, text=held)


def _times(table: ibis.Table, names: Sequence[str], fetched: bool) -> dict[str, ColumnProfile]:
    columns = reduce_columns(table.select(list(names))) if names else []
    return {each.name: ColumnProfile(each, time=_time(table, each, fetched)) for each in columns}


def _time(table: ibis.Table, column: ColumnRange, fetched: bool) -> TimeSummary | None:
    if not has_instants(table[column.name]):
        return None
    if fetched:
        return time_summary(_fetched(table, column.name))
    return TimeSummary(reduce_time_span(table, column.name), None)
