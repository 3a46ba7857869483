"""What is likely wrong with a table, in sentences, each with the number it rests on.

Rules are simple and stated; a finding is a reason to look, not a verdict. No value of a column
is quoted but the placeholders that are listed here.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from measures.profile.columns import ColumnProfile
from measures.profile.leakage import Suspect
from measures.reduce.missing_patterns import MissingPatterns
from measures.reduce.numbers import FENCE, text_of

#: Share of missing values from which a column is pointed out, and from which severely.
MANY_MISSING, MOST_MISSING = 0.05, 0.5

#: Values of a column that only says yes or no.
_TWO = 2

#: Share of distinct values from which a category is of high cardinality.
MANY_DISTINCT = 0.5

#: Distinct values from which a category is of high cardinality whatever the share.
WIDE = 1_000

#: Share of rows outside Tukey's fences from which a column is pointed out. A normal law has
#: 0.7 % there.
MANY_OUTLIERS = 0.05

#: Share of rows with the same value from which a column is nearly constant.
NEARLY_ALL = 0.99

#: Skewness from which, in size, a column is pointed out.
SKEWED = 2.0

#: Rows that a number must stand in to be taken for a placeholder.
_REPEATED = 2


class Severity(StrEnum):
    """How soon somebody should look."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(NamedTuple):
    """One thing to look at; `column` is None where it is about the table."""

    column: str | None
    kind: str
    severity: Severity
    sentence: str
    number: float


def findings(
    columns: Sequence[ColumnProfile],
    *,
    duplicates: int = 0,
    missing: MissingPatterns | None = None,
    suspects: Sequence[Suspect] = (),
) -> list[Finding]:
    """Everything worth a look, errors first, then in the order of the columns.

    Parameters
    ----------
    columns : sequence of ColumnProfile
        From `describe`.
    duplicates : int
        Rows that repeat an earlier one.
    missing : MissingPatterns, optional
        Which columns are missing together.
    suspects : sequence of Suspect
        From `leakage_suspects`.

    Returns
    -------
    list of Finding
        Kinds: empty, constant, nearly_constant, missing, infinite, identifier,
        high_cardinality, placeholder, variants, outliers, skewed, duplicates, incomplete_rows,
        leakage.
    """
    found = [each for column in columns for each in _of_column(column)]
    found += _of_table(columns, duplicates, missing)
    found += [
        Finding(each.feature, "leakage", Severity.ERROR, each.reason, each.value)
        for each in suspects
    ]
    order = list(Severity)
    return sorted(found, key=lambda each: order.index(each.severity))  # stable


def _of_column(column: ColumnProfile) -> Iterator[Finding]:
    if not column.known:
        if column.column.counts.rows:
            yield _finding(column, "empty", Severity.ERROR, "has no value in any row", 0)
        return
    for rule in (_missing, _infinite, _constant, _many_values, _placeholders, _variants, _shape):
        yield from rule(column)


def _finding(
    column: ColumnProfile, kind: str, severity: Severity, says: str, number: float
) -> Finding:
    return Finding(column.name, kind, severity, f"{column.name!r} {says}", number)


def _missing(column: ColumnProfile) -> Iterator[Finding]:
    counts = column.column.counts
    share = counts.missing / counts.rows
    if share >= MANY_MISSING:
        severity = Severity.ERROR if share >= MOST_MISSING else Severity.WARNING
        says = f"is missing in {counts.missing:,} of {counts.rows:,} rows ({share:.1%})"
        yield _finding(column, "missing", severity, says, share)


def _infinite(column: ColumnProfile) -> Iterator[Finding]:
    if column.number and column.number.infinite:
        says = f"is infinite in {column.number.infinite:,} rows, so it has no mean or quantiles"
        yield _finding(column, "infinite", Severity.ERROR, says, column.number.infinite)


def _constant(column: ColumnProfile) -> Iterator[Finding]:
    if column.is_constant:
        says = "has the same value in every row that has one"
        yield _finding(column, "constant", Severity.WARNING, says, 1)
    elif column.values and column.values[0][1] >= NEARLY_ALL * column.known:
        share = column.values[0][1] / column.known
        says = f"has the same value in {share:.2%} of its rows"
        yield _finding(column, "nearly_constant", Severity.NOTE, says, share)


def _many_values(column: ColumnProfile) -> Iterator[Finding]:
    share, distinct = column.distinct_share or 0.0, column.column.distinct
    if column.column.kind == "time":
        return
    if column.is_unique and _may_identify(column):
        says = "is different in every row, as an identifier is: it should not be a feature"
        yield _finding(column, "identifier", Severity.WARNING, says, share)
    elif column.column.kind == "category" and (share >= MANY_DISTINCT or distinct > WIDE):
        says = f"has {distinct:,} distinct values, {share:.1%} of its rows"
        yield _finding(column, "high_cardinality", Severity.WARNING, says, share)


def _may_identify(column: ColumnProfile) -> bool:
    """Texts and whole numbers; a measured number is different in every row by nature."""
    if column.number is None:
        return True
    return column.number.is_whole


def _placeholders(column: ColumnProfile) -> Iterator[Finding]:
    if column.text and column.text.placeholders:
        rows = column.text.placeholders
        says = f'has a text such as "?", "N/A" or nothing in {rows:,} rows: missing values?'
        yield _finding(column, "placeholder", Severity.WARNING, says, rows)
    number = column.number
    if number is None or number.outliers is None or column.column.distinct <= _TWO:
        return
    for value, rows in number.placeholders:
        far = not number.outliers.low_fence <= value <= number.outliers.high_fence
        if rows >= _REPEATED and far and value in (number.low, number.high):
            says = f"is {text_of(value)}, its extreme, in {rows:,} rows: missing values?"
            yield _finding(column, "placeholder", Severity.WARNING, says, rows)


def _variants(column: ColumnProfile) -> Iterator[Finding]:
    if column.text and column.text.variants:
        many = column.text.variants
        says = f"has {many:,} values that another one equals but for case or spaces around"
        yield _finding(column, "variants", Severity.WARNING, says, many)


def _shape(column: ColumnProfile) -> Iterator[Finding]:
    if column.column.distinct <= _TWO:  # a share, not a law with tails
        return
    outliers = column.number and column.number.outliers
    if outliers and outliers.outside >= MANY_OUTLIERS * column.known:
        share = outliers.outside / column.known
        says = f"lies more than {FENCE} quartile distances outside the quartiles in {share:.1%}"
        yield _finding(column, "outliers", Severity.NOTE, f"{says} of its rows", share)
    if column.skewness is not None and abs(column.skewness) >= SKEWED:
        says = f"is skewed ({column.skewness:.2f}; a normal law has 0)"
        yield _finding(column, "skewed", Severity.NOTE, says, column.skewness)


def _of_table(
    columns: Sequence[ColumnProfile], duplicates: int, missing: MissingPatterns | None
) -> Iterator[Finding]:
    if duplicates:
        rows = columns[0].column.counts.rows if columns else duplicates
        says = f"{duplicates:,} of {rows:,} rows repeat an earlier one in every column"
        yield Finding(None, "duplicates", Severity.WARNING, says, duplicates)
    if missing and missing.incomplete:
        says = f"{missing.incomplete:,} of {missing.rows:,} rows have a value missing"
        yield Finding(None, "incomplete_rows", Severity.NOTE, says, missing.incomplete)
