"""What cannot be counted is refused: too many groups, naming the column, and unusable rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from measures.reduce.missing import as_group

_SHOWN = 3
_COLUMNS_SHOWN = 6


class TooManyLevels(ValueError):
    """Grouping by these columns would make more groups than can be judged or shown."""

    def __init__(self, levels: Mapping[str, int], most: int) -> None:
        self.column = max(levels, key=lambda name: levels[name])
        named = ", ".join(f"{name!r} has {count:,}" for name, count in levels.items())
        super().__init__(
            f"expected at most {most:,} groups, but {self.column!r} has too many distinct"
            f" values ({named}): leave it out, or band its values first"
        )


def too_many(table: ibis.Table, columns: Sequence[str], most: int) -> TooManyLevels:
    """The error for a table whose columns have too many levels, counted exactly."""
    counted = (
        table.aggregate(
            [as_group(table[name]).nunique().name(f"c{i}") for i, name in enumerate(columns)]
        )
        .to_pyarrow()
        .to_pydict()
    )
    levels = {name: counted[f"c{i}"][0] for i, name in enumerate(columns)}
    return TooManyLevels(levels, most)


def unusable(table: ibis.Table, odd: ibis.Column, columns: Sequence[str]) -> str:
    """How many rows are meant and the first of them, as the end of an error message.

    Rows have no order of their own: the first are those of the smallest values.
    """
    rows = table.filter(odd)
    count = int(rows.count().to_pyarrow().as_py())
    listed = "; ".join(
        ", ".join(f"{name}={_shown(value)}" for name, value in row.items())
        for row in first_rows(rows, columns)
    )
    return f"in {count:,} rows, the first: {listed}"


def first_rows(rows: ibis.Table, columns: Sequence[str]) -> list[dict[str, Any]]:
    """A few rows, in order of the columns named, each column once."""
    named = list(dict.fromkeys(columns))[:_COLUMNS_SHOWN]
    found = rows.select(named).order_by(named).limit(_SHOWN).to_pyarrow()
    return list(found.to_pylist())


def _shown(value: Any) -> str:
    return "missing" if value is None else str(value)
