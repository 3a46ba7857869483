"""Small counts kept back before cells leave the house.

Primary suppression only: a cell whose row or column total is published too can be worked out
again. Whoever publishes totals must suppress more cells (complementary suppression), which
this does not do.
"""

from typing import NamedTuple

import numpy as np

#: Counts below this are kept back unless told otherwise.
LEAST = 10


class Suppressed(NamedTuple):
    """Counts with the small ones kept back.

    `counts` has NaN there, as float64 of the shape given; `cells` says how many, and `least`
    below which. How many people they are is not told: of a single cell it would give it away.
    """

    counts: np.ndarray
    cells: int
    least: int


def suppressed(counts: np.ndarray, least: int = LEAST) -> Suppressed:
    """Keep back counts from 1 to ``least - 1``; zeros stand, since nobody is in them.

    Parameters
    ----------
    counts : numpy.ndarray of any shape
        Whole numbers of people, none negative.
    least : int, default 10
        The smallest count published; at least 1.

    Returns
    -------
    Suppressed
        The counts published, NaN where kept back.

    Raises
    ------
    ValueError
        If `least` is below 1 or a count negative.

    References
    ----------
    A. Hundepool et al. (2012), "Statistical Disclosure Control", Wiley, section 4.2 (threshold
    rule).
    """
    if least < 1:
        raise ValueError(f"least must be at least 1, got {least}")
    given = np.asarray(counts)
    if negative := int((given < 0).sum()):
        raise ValueError(f"expected no negative counts, got {negative}")
    small = (given > 0) & (given < least)
    return Suppressed(np.where(small, np.nan, given.astype(np.float64)), int(small.sum()), least)
