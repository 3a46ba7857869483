"""Each column of text gets the one type all its values have.

If most values of a column are of a type and some are not, the column is refused and the first
such value named: guessing would either drop values or turn numbers into categories. A column
in which no type has the majority is text.
"""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.contract import Refused

#: Whole numbers that fit 64 bits; with a leading zero it is a code, not a number.
_INTEGER = r"^[+-]?(0|[1-9][0-9]{0,17})$"
_NUMBER = r"^[+-]?((0|[1-9][0-9]{0,17})(\.[0-9]*)?|\.[0-9]+|[0-9](\.[0-9]*)?[eE][+-]?[0-9]{1,3})$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$"


class Kind(NamedTuple):
    """A type: what its values look like, and how it is stored."""

    name: str
    pattern: str
    stored: pa.DataType


#: From the narrowest; the first all values fit is taken.
KINDS = (
    Kind("true or false", r"^(?i:true|false)$", pa.bool_()),
    Kind("a whole number", _INTEGER, pa.int64()),
    Kind("a number", _NUMBER, pa.float64()),
    Kind("a date", _DATE, pa.date32()),
    Kind("a date and time", _MOMENT, pa.timestamp("us")),
)


def typed(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column of text in the type its values have. Raises Refused if they are mixed."""
    values = pc.utf8_trim_whitespace(column)
    known = len(values) - values.null_count
    if not known:
        return column
    fits = {kind: pc.match_substring_regex(values, kind.pattern) for kind in KINDS}
    counts = {kind: pc.sum(mask).as_py() or 0 for kind, mask in fits.items()}
    for kind, count in counts.items():
        if count == known:
            return _stored(name, values, kind)
    commonest = max(counts, key=lambda kind: counts[kind])
    if counts[commonest] * 2 > known:
        raise _mixed(name, values, fits[commonest], commonest)
    return column


def _mixed(name: str, values: pa.ChunkedArray, fits: pa.ChunkedArray, kind: Kind) -> Refused:
    row = pc.index(fits, False).as_py()
    count = pc.sum(fits).as_py()
    return Refused(
        f"column {name}: expected {kind.name}, as in {count} other rows,"
        f" got {values[row].as_py()!r} in row {row + 1}"
    )


def _stored(name: str, values: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    if pa.types.is_boolean(kind.stored):
        values = pc.utf8_lower(values)
    plain = pc.replace_substring_regex(values, r"^\+", "")
    try:
        return pc.cast(plain, kind.stored)
    except pa.ArrowInvalid as odd:
        raise Refused(f"column {name}: expected {kind.name} in every row: {odd}") from odd
