"""The smallest number of rows that is enough."""

from collections.abc import Callable


def first_enough(least: int, enough: Callable[[int], bool]) -> int:
    """The first whole number from `least` on that is enough.

    Parameters
    ----------
    least : int
        Where to begin.
    enough : callable
        Takes a number of rows; once True it stays True for all larger ones.

    Returns
    -------
    int
        Found with about two questions for each binary digit of the answer.
    """
    low, high = least - 1, max(1, least)
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
