"""Numbers that must be numbers: missing, NaN and infinite values refused, counted and shown."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_

import ibis

#: The largest finite float.
LARGEST = 1.7976931348623157e308

_SHOWN = 3  # rows that an error message shows


def float_of(value: float) -> ibis.Value:
    """The literal, as text so that an engine reads the same float and not a decimal."""
    return ibis.literal(repr(value)).cast("float64")


def all_finite(columns: Sequence[ibis.Column]) -> ibis.Column:
    """Whether each of some float columns holds a number; engines sort NaN above all numbers."""
    return reduce(and_, ((held.abs() <= float_of(LARGEST)).fill_null(False) for held in columns))


def check_finite(rows: ibis.Table, names: Mapping[str, str]) -> None:
    """Refuse float columns that hold anything but finite numbers, in one pass.

    Parameters
    ----------
    rows : ibis.Table
        Any number of rows.
    names : mapping of str to str
        By column of `rows`, what the message is to call it.

    Raises
    ------
    ValueError
        If a value is missing, NaN or infinite; says in how many rows and shows the first.
    """
    odd = rows.filter(~all_finite([rows[name] for name in names])).select(*names)
    count = int(odd.count().to_pyarrow().as_py())
    if not count:
        return
    first = odd.order_by(list(names)).limit(_SHOWN).to_pyarrow().to_pylist()
    shown = "; ".join(
        ", ".join(f"{names[name]}={value}" for name, value in row.items()) for row in first
    )
    wanted = " and ".join(repr(name) for name in names.values())
    raise ValueError(
        f"expected finite numbers in {wanted}, got missing, NaN or infinite ones"
        f" in {count:,} rows: {shown}"
    )
