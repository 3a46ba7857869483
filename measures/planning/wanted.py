"""How sure a plan is to be: of the interval, and of its falling on the right side."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from scipy.special import ndtri

from measures.intervals.interval import check_confidence


class Wanted(NamedTuple):
    """Coverage of the two-sided interval, and how often it is to lie wholly on the right side."""

    confidence: float = 0.95
    power: float = 0.8


#: An interval of 95 % that decides rightly four times in five.
USUAL = Wanted()


class Quantiles(NamedTuple):
    """Of the standard normal distribution: at half the error left and right, and at the power."""

    confidence: float
    power: float


def quantiles(wanted: Wanted) -> Quantiles:
    """The normal quantiles of a plan; ValueError if it asks for less than an even chance."""
    check_confidence(wanted.confidence)
    if not 0.5 <= wanted.power < 1:
        raise ValueError(f"power must be within [0.5, 1), got {wanted.power}")
    return Quantiles(float(ndtri((1 + wanted.confidence) / 2)), float(ndtri(wanted.power)))


def check_share(name: str, share: float) -> None:
    """Raise ValueError unless a share lies strictly between 0 and 1."""
    if not 0 < share < 1:
        raise ValueError(f"{name} must be strictly between 0 and 1, got {share}")


def rows_overall(needed: Sequence[int], shares: Sequence[float]) -> int:
    """Rows of the whole table so that each group may be expected to have its own.

    Parameters
    ----------
    needed : sequence of int
        Rows per group.
    shares : sequence of float of the same length
        Each group's share of all rows, in (0, 1].

    Returns
    -------
    int
        The rarest group decides it.

    Raises
    ------
    ValueError
        If a share lies outside its range, there is no group or the lengths differ.
    """
    if not needed or len(needed) != len(shares) or not all(0 < share <= 1 for share in shares):
        raise ValueError(f"expected a share within (0, 1] per group, got {needed} and {shares}")
    return max(ceil(rows / share) for rows, share in zip(needed, shares, strict=True))
