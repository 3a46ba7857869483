"""All that a profile says of a column of texts or other categories, exactly.

Few distinct values come out counted and are looked at here; many stay in the engine, which
then answers with a handful of numbers. No value leaves a column that has many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from measures.reduce.categories import MOST_LEVELS, CategoryCounts, category_counts
from measures.reduce.columns import ColumnCounts
from measures.reduce.missing import as_text

#: Texts that often stand for a missing value, compared in lower case and without spaces around.
PLACEHOLDERS = (
    "", "?", "-", "--", ".", "n/a", "na", "#n/a", "nan", "null", "none", "nil", "missing",
    "unknown", "not available", "not known", "tbd", "xxx", "-1", "-99", "-999", "-9999", "9999",
    "99999",
)  # fmt: skip


@dataclass(frozen=True)
class TextSummary:
    """One column; it does not merge.

    `levels` are all values counted, None where there are more than a thousand. Lengths are in
    characters, None unless the column holds texts with something in it. `placeholders` are
    rows whose value looks like a stand-in for a missing one. `variants` are the distinct
    values that another one equals but for case and spaces around.
    """

    counts: ColumnCounts
    distinct: int
    levels: CategoryCounts | None
    shortest: int | None
    longest: int | None
    mean_length: float | None
    placeholders: int
    variants: int


def reduce_texts(table: ibis.Table, columns: Sequence[str]) -> dict[str, TextSummary]:
    """Summarise columns of categories, one pass each (two where more than a thousand differ).

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Columns of any type; values are compared as text.

    Returns
    -------
    dict of str to TextSummary
        One per column.
    """
    return {column: _summary(table, column) for column in columns}


def looks_missing(text: str) -> bool:
    """Whether a text is one of those that often stand for a missing value."""
    return plain(text) in PLACEHOLDERS


def plain(text: str) -> str:
    """The text in lower case and without spaces around it."""
    return text.strip().lower()


def _summary(table: ibis.Table, column: str) -> TextSummary:
    counted = table.group_by(as_text(table[column]).name("level")).aggregate(n=table.count())
    is_text = table[column].type().is_string()
    answer = counted.limit(MOST_LEVELS + 2).to_pyarrow().to_pydict()
    levels = dict(zip(answer["level"], answer["n"], strict=True))
    missing = levels.pop(None, 0)
    if len(levels) > MOST_LEVELS:
        return _asked(counted, is_text)
    return _looked_at(category_counts(levels, missing), is_text)


def _looked_at(levels: CategoryCounts, is_text: bool) -> TextSummary:
    held = levels.as_dict() if is_text else {}
    lengths = [len(text) for text in held]
    known = sum(held.values())
    characters = sum(len(text) * rows for text, rows in held.items())
    return TextSummary(
        ColumnCounts(levels.rows, levels.missing),
        len(levels.levels),
        levels,
        min(lengths, default=None),
        max(lengths, default=None),
        characters / known if known else None,
        sum(rows for text, rows in held.items() if looks_missing(text)),
        len(held) - len({plain(text) for text in held}),
    )


def _asked(counted: ibis.Table, is_text: bool) -> TextSummary:
    """From one row per distinct value, in the engine."""
    level, rows = counted["level"], counted["n"]
    stripped = level.strip().lower()
    answer = (
        counted.aggregate(
            distinct=level.count(),
            rows=rows.sum(),
            known=rows.sum(where=level.notnull()),
            shortest=level.length().min(),
            longest=level.length().max(),
            characters=(level.length() * rows).sum(),
            placeholders=rows.sum(where=stripped.isin(PLACEHOLDERS)),
            plain=stripped.nunique(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    known = int(answer["known"])
    return TextSummary(
        ColumnCounts(int(answer["rows"]), int(answer["rows"]) - known),
        answer["distinct"],
        None,
        answer["shortest"] if is_text else None,
        answer["longest"] if is_text else None,
        int(answer["characters"]) / known if is_text else None,
        int(answer["placeholders"] or 0) if is_text else 0,
        answer["distinct"] - answer["plain"] if is_text else 0,
    )
