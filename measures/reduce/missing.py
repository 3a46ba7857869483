"""What counts as missing, the same in every reduction.

NULL and NaN are both missing; an empty text is a value. Where people are grouped, those whose
value is missing are a group of their own, named and counted, never dropped.
"""

import ibis
from ibis.expr import datatypes

#: The group of those whose sensitive value is missing.
MISSING = "(missing)"


def without_nan(column: ibis.Column) -> ibis.Column:
    """The column with NaN turned into NULL. DuckDB would else count NaN as a value."""
    if not column.type().is_floating():
        return column
    return column.isnan().ifelse(ibis.null(column.type()), column)


def as_number(column: ibis.Column) -> ibis.Column:
    """The column as float64, NaN turned into NULL."""
    return without_nan(column.cast(datatypes.float64))


def as_group(column: ibis.Column) -> ibis.Column:
    """The name of each row's group: text; "(missing)" where there is no value.

    Whole numbers are written without a decimal point, so 1 and 1.0 are one group.
    """
    return ibis.coalesce(as_text(column), MISSING)


def as_text(column: ibis.Column) -> ibis.Column:
    """The column's values as text, NULL where missing."""
    known = without_nan(column)
    if not known.type().is_floating():
        return known.cast(datatypes.string)
    whole = known.try_cast(datatypes.int64)  # NULL where it does not fit
    unchanged = whole.cast(datatypes.float64) == known
    return unchanged.ifelse(whole.cast(datatypes.string), known.cast(datatypes.string))
