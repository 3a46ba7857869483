"""How many rows would decide a rule that the rows at hand leave open.

Promises: exact arithmetic on whole numbers, fractions, decimals or floats as they are; nothing
beyond the standard library is loaded.
Cannot: know the estimate of more rows. It is assumed to stay where it is, and the interval to
narrow with the square root of the rows; a plan made before any data is in its sister modules.
"""

from decimal import Decimal
from fractions import Fraction

#: What a bound may be given as; each is taken for exactly what it is.
Number = int | float | Decimal | Fraction


def rows_to_decide(
    value: Number,
    low: Number,
    high: Number,
    n: int,
    at_least: Number | None = None,
    at_most: Number | None = None,
) -> int | None:
    """The fewest rows at which the interval would lie on one side of the bounds.

    An arm of the interval of length a at n rows is taken to be a·√(n/m) at m rows. A rule is
    met when the whole interval lies within the bounds, ends included, and not met when the
    whole interval lies beyond one of them, ends excluded; else it is undecided.

    Parameters
    ----------
    value, low, high : int, float, Decimal or Fraction
        The estimate and its interval; an arm that points the wrong way counts as none.
    n : int
        Rows they rest on, at least 1.
    at_least, at_most : int, float, Decimal or Fraction, optional
        The bounds of the rule, one or both.

    Returns
    -------
    int or None
        At least 1; at most `n` where the rows at hand decide already. None where no number
        of rows would do, since the estimate lies on a bound itself.

    Raises
    ------
    ValueError
        If a number is not finite, the interval or the bounds are upside down, there is no
        bound, or n is below 1.

    References
    ----------
    W. G. Cochran (1977), "Sampling Techniques", third edition, chapter 4: the standard error
    of a mean, a proportion and what is made of them falls with the square root of the rows.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    if at_least is None and at_most is None:
        raise ValueError("expected at_least, at_most or both, got neither")
    estimate, lower, upper = (_exact(given) for given in (value, low, high))
    floor, ceiling = (None if bound is None else _exact(bound) for bound in (at_least, at_most))
    if lower > upper:
        raise ValueError(f"expected low at most high, got {low} and {high}")
    if floor is not None and ceiling is not None and floor > ceiling:
        raise ValueError(f"expected at_least at most at_most, got {at_least} and {at_most}")
    down, up = max(Fraction(0), estimate - lower), max(Fraction(0), upper - estimate)
    if floor is not None and estimate < floor:
        return _beyond(up, floor - estimate, n)
    if ceiling is not None and estimate > ceiling:
        return _beyond(down, estimate - ceiling, n)
    inside = [] if floor is None else [_within(down, estimate - floor, n)]
    inside += [] if ceiling is None else [_within(up, ceiling - estimate, n)]
    return _all_of(inside)


def rows_for_width(half_width: Number, n: int, wanted: Number) -> int:
    """The fewest rows at which an arm of length `half_width` at n rows is at most `wanted`.

    Parameters
    ----------
    half_width : int, float, Decimal or Fraction
        At least 0.
    n : int
        Rows it rests on, at least 1.
    wanted : int, float, Decimal or Fraction
        Above 0, in the same unit.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If an argument lies outside its range.
    """
    arm, room = _exact(half_width), _exact(wanted)
    if n < 1 or arm < 0 or room <= 0:
        raise ValueError(
            f"expected n at least 1, half_width at least 0 and wanted above 0,"
            f" got {n}, {half_width} and {wanted}"
        )
    return _ceiling(n * (arm / room) ** 2)


def _within(arm: Fraction, room: Fraction, n: int) -> int | None:
    """The fewest rows at which the arm is no longer than the room."""
    if not room:
        return None if arm else 1
    return _ceiling(n * (arm / room) ** 2)


def _beyond(arm: Fraction, room: Fraction, n: int) -> int:
    """The fewest rows at which the arm is shorter than the room."""
    return int(n * (arm / room) ** 2) + 1


def _ceiling(rows: Fraction) -> int:
    return max(1, -int(-rows // 1))


def _all_of(needed: list[int | None]) -> int | None:
    known = [rows for rows in needed if rows is not None]
    return max(known) if len(known) == len(needed) else None


def _exact(number: Number) -> Fraction:
    try:
        return Fraction(number)
    except (ValueError, OverflowError):
        raise ValueError(f"expected a finite number, got {number}") from None
