"""A row as one JSON object, written in SQL: the image that triggers capture and verification reads.

Whole numbers and truth values are JSON's own; everything else is text, so that no number is
rounded on its way: decimals and floats by their digits, bytes in hexadecimal, JSON columns as
the text the database holds, times in UTC.
"""

from collections.abc import Callable

from django.db.models import Field, ForeignKey

from trail.declarations import Governed

_WHOLE = {
    "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField",
    "SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField",
    "PositiveSmallIntegerField", "DurationField",
}  # fmt: skip
_MOST_COLUMNS = 49  # PostgreSQL passes at most 100 arguments, SQLite 127

Expression = Callable[[str, str], str]


def kind(field: Field) -> str:
    """The field's type; that of what it points to if it is a foreign key."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    return field.get_internal_type()


def sqlite_expression(column: str, kind: str) -> str:
    """How SQLite writes one column into a JSON object."""
    if kind == "BooleanField":
        word = f"CASE WHEN {column} IS NULL THEN 'null' WHEN {column} THEN 'true' ELSE 'false' END"
        return f"json({word})"
    if kind == "BinaryField":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE lower(hex({column})) END"
    if kind == "FloatField":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE printf('%!.17g', {column}) END"
    return f"CAST({column} AS TEXT)" if kind == "DecimalField" else column


def postgresql_expression(column: str, kind: str) -> str:
    """How PostgreSQL writes one column into a JSON object, whatever the session's settings."""
    if kind == "DurationField":
        return f"extract(epoch from {column})::text"
    if kind in _WHOLE or kind == "BooleanField":
        return column
    if kind == "BinaryField":
        return f"encode({column}, 'hex')"
    if kind == "DateTimeField":
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return f"to_char({column}, 'YYYY-MM-DD')" if kind == "DateField" else f"{column}::text"


def image(governed: Governed, row: str, *, function: str, expression: Expression) -> str:
    """The JSON object of one row, called `row` in the statement it stands in."""
    fields = governed.fields()
    if len(fields) > _MOST_COLUMNS:
        raise ValueError(f"{governed.model}: at most {_MOST_COLUMNS} columns, got {len(fields)}")
    pairs = (_pair(field, row, expression) for field in fields)
    return f"{function}({', '.join(pairs)})"


def _pair(field: Field, row: str, expression: Expression) -> str:
    value = expression(f'{row}."{field.column}"', kind(field))
    return f"'{field.column}', {value}"


def columns(governed: Governed, row: str) -> list[str]:
    """The captured columns, qualified."""
    return [f'{row}."{field.column}"' for field in governed.fields()]
