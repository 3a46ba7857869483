"""Cases of interest needed in a group: a rate is known only as well as its events are many."""

from math import ceil

from scipy.stats import binom

from measures.planning.search import first_enough
from measures.planning.wanted import Wanted, check_share, quantiles


def events_for_precision(relative: float, *, rate: float = 0.0, confidence: float = 0.95) -> int:
    """Events at which a rate's interval reaches at most a given share of the rate either way.

    The relative standard error of a rate p from k events is √((1 − p)/k).

    Parameters
    ----------
    relative : float
        Largest half-width over the rate itself, above 0; 0.1 is plus or minus ten per cent.
    rate : float, default 0
        The rate one expects, in [0, 1); 0 is the cautious choice.
    confidence : float, default 0.95
        Coverage wanted.

    Returns
    -------
    int
        At least 1; 385 for ten per cent of a rare rate at 95 %.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    W. G. Cochran (1977), "Sampling Techniques", third edition, chapter 4.
    """
    if not (relative > 0 and 0 <= rate < 1):
        raise ValueError(
            f"expected relative above 0 and rate within [0, 1), got {relative}, {rate}"
        )
    z = quantiles(Wanted(confidence)).confidence
    return max(1, ceil((z / relative) ** 2 * (1 - rate)))


def rows_for_events(events: int, rate: float, *, assurance: float = 0.8) -> int:
    """Rows at which a group has at least so many events, with a given probability.

    Parameters
    ----------
    events : int
        At least 1.
    rate : float
        The rate one expects, in (0, 1).
    assurance : float, default 0.8
        How sure to be of having them, strictly between 0 and 1.

    Returns
    -------
    int
        The fewest such rows, by the exact binomial distribution.

    Raises
    ------
    ValueError
        If an argument lies outside its range.
    """
    check_share("rate", rate)
    check_share("assurance", assurance)
    if events < 1:
        raise ValueError(f"events must be at least 1, got {events}")
    return first_enough(events, lambda rows: float(binom.sf(events - 1, rows, rate)) >= assurance)
