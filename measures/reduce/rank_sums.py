"""Ranks of two columns compared: all that Spearman's correlation needs, in whole numbers.

Ranks depend on all rows at once and do not merge. The columns are held in memory.
"""

from typing import NamedTuple

import numpy as np

#: Rows whose products of doubled ranks add up within 64 bits, up to 10**8 rows in all.
_BLOCK = 512


class RankSums(NamedTuple):
    """Of the rows where both columns are known: how many, and sums of centred doubled ranks.

    With rank r among n rows (ties share the mean of theirs) a row enters as 2r − n − 1, a
    whole number. `first` and `second` are the sums of squares, `product` that of products.
    """

    rows: int
    first: int
    second: int
    product: int


class Ranked(NamedTuple):
    """A column by the place of each value among the distinct ones; -1 where it is missing."""

    places: np.ndarray
    distinct: int


def ranked(values: np.ndarray) -> Ranked:
    """Places of values of shape (n,); NaN are missing."""
    known = ~np.isnan(values)
    order = np.argsort(values)[: int(known.sum())]
    ordered = values[order]
    steps = np.concatenate([[False], ordered[1:] != ordered[:-1]]) if len(ordered) else ordered
    places = np.full(len(values), -1, dtype=np.int64)
    places[order] = np.cumsum(steps)
    return Ranked(places, int(places.max(initial=-1)) + 1)


def rank_sums(first: Ranked, second: Ranked) -> RankSums:
    """Compare two columns of the same rows; ranks are among the rows where both are known."""
    both = (first.places >= 0) & (second.places >= 0)
    ours, theirs = (_centred(each, both) for each in (first, second))
    return RankSums(len(ours), _summed(ours, ours), _summed(theirs, theirs), _summed(ours, theirs))


def _centred(column: Ranked, both: np.ndarray) -> np.ndarray:
    places = column.places if both.all() else column.places[both]
    rows = np.bincount(places, minlength=column.distinct)
    doubled = 2 * np.cumsum(rows) - rows + 1
    return (doubled - len(places) - 1)[places]


def _summed(ours: np.ndarray, theirs: np.ndarray) -> int:
    """Sum of products, exact: blocks within 64 bits, then Python's whole numbers."""
    whole = len(ours) // _BLOCK * _BLOCK
    blocks = np.einsum(
        "ij,ij->i", ours[:whole].reshape(-1, _BLOCK), theirs[:whole].reshape(-1, _BLOCK)
    )
    rest = int(np.dot(ours[whole:], theirs[whole:]))
    high, low = blocks >> 32, blocks & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum()) + rest
