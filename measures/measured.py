"""A number with its uncertainty and its count."""

from typing import NamedTuple


class Measured(NamedTuple):
    """One measured number. No number travels without its interval and its count.

    `low` and `high` bound it at the stated confidence; both are None only where no sampling
    uncertainty exists (an exact count of the rows at hand). `n` is the number of rows the value
    rests on; for a disparity between groups, that of the smallest group compared.
    `slice` says what it is about: ``{}`` for all rows, ``{"feature": "race", "group": "black"}``
    for one group, ``{"feature": "race"}`` for a disparity over the groups of a feature (an
    intersection is named ``"race x male"``).
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str = ""
    slice: dict[str, str] = {}
