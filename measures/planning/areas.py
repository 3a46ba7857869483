"""Rows needed to tell an area under the ROC curve from a bound, or from another area."""

from math import ceil, sqrt

from measures.planning.search import first_enough
from measures.planning.wanted import USUAL, Wanted, check_share, quantiles

#: A one-sided test at 5 %, as in Hanley and McNeil's table.
ONE_SIDED = Wanted(confidence=0.9)


def area_standard_error(area: float, positives: float, negatives: float) -> float:
    """Standard error of an area under the ROC curve, from the area and the people alone.

    Parameters
    ----------
    area : float
        In [0, 1].
    positives, negatives : float
        People of each label, at least 1; may be fractions while planning.

    Returns
    -------
    float
        At least 0. Exact for exponential scores, close for others; DeLong's is that of data.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    J. A. Hanley, B. J. McNeil (1982), "The meaning and use of the area under a receiver
    operating characteristic (ROC) curve", Radiology 143(1), 29-36.
    """
    if not (0 <= area <= 1 and positives >= 1 and negatives >= 1):
        raise ValueError(
            f"expected an area within [0, 1] and at least 1 person of each label,"
            f" got {area}, {positives} and {negatives}"
        )
    of_positives, of_negatives = _pairs(area)
    several = (positives - 1) * of_positives + (negatives - 1) * of_negatives
    return sqrt((area * (1 - area) + several) / (positives * negatives))


def rows_for_area(
    expected: float, bound: float, positive_share: float, *, wanted: Wanted = USUAL
) -> int | None:
    """Rows at which the interval of an area under the ROC curve leaves a bound out.

    Parameters
    ----------
    expected : float
        The area one expects, in (0, 1).
    bound : float
        The area to be told from, in (0, 1).
    positive_share : float
        Share of the rows with the favourable label, in (0, 1).
    wanted : Wanted
        Confidence and power.

    Returns
    -------
    int or None
        Rows of both labels; None if the expected area is the bound.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Hanley and McNeil (1982), as for `area_standard_error`.
    """
    for name, share in (("expected", expected), ("bound", bound), ("share", positive_share)):
        check_share(name, share)
    z = quantiles(wanted)
    if expected == bound:
        return None
    room = abs(expected - bound) / (z.confidence + z.power)
    least = ceil(1 / min(positive_share, 1 - positive_share))
    return first_enough(least, lambda rows: _planned(expected, rows, positive_share) <= room)


def positives_to_compare_areas(
    first: float, second: float, *, wanted: Wanted = ONE_SIDED
) -> int | None:
    """Positives, and as many negatives, in each of two samples to tell their areas apart.

    Parameters
    ----------
    first, second : float
        The areas one expects, in (0, 1), of different people.
    wanted : Wanted
        Confidence and power; by default a one-sided test at 5 %.

    Returns
    -------
    int or None
        None if the areas are equal.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Hanley and McNeil (1982), table III.
    """
    check_share("first", first)
    check_share("second", second)
    z = quantiles(wanted)
    if first == second:
        return None
    one, other = sum(_pairs(first)), sum(_pairs(second))
    reach = z.confidence * sqrt(2 * one) + z.power * sqrt(one + other)
    return ceil((reach / (first - second)) ** 2)


def _pairs(area: float) -> tuple[float, float]:
    """How far two people of one label are ranked alike against one of the other, above chance."""
    return area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2


def _planned(area: float, rows: int, share: float) -> float:
    return area_standard_error(area, max(1.0, rows * share), max(1.0, rows * (1 - share)))
