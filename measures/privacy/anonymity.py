"""How easily a person could be singled out: k-anonymity and what it says of the risk.

Counted, not estimated: the numbers are about the table at hand and have no interval. Whether
a person unique here is unique in the population nobody can tell from the table alone; the
risks below assume the worst, that the outsider knows the person is in it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from measures.reduce.equivalence import ClassSizes

#: Class sizes that people are counted below, unless told otherwise.
BELOW = (2, 3, 5, 10, 20)


class Below(NamedTuple):
    """People in classes of fewer than `size`, and their share of all."""

    size: int
    people: int
    share: float


class Anonymity(NamedTuple):
    """What the sizes of the classes say.

    `k` is the size of the smallest class; the table is k-anonymous for this k and every
    smaller one. `unique` people are alone in their class, `unique_share` of all. An outsider
    who knows the quasi-identifiers of one person finds that person with probability at most
    `highest_risk` = 1/k, on average `mean_risk` = classes / people. All None without people.
    """

    people: int
    classes: int
    k: int | None
    unique: int
    unique_share: float | None
    highest_risk: float | None
    mean_risk: float | None
    below: tuple[Below, ...]


def anonymity(sizes: ClassSizes, *, below: Sequence[int] = BELOW) -> Anonymity:
    """k-anonymity, uniqueness and the risk of being found.

    Parameters
    ----------
    sizes : ClassSizes
        Classes by size.
    below : sequence of int
        Class sizes to count people below, each at least 1.

    Returns
    -------
    Anonymity
        Counts, and fractions in [0, 1].

    References
    ----------
    L. Sweeney (2002), "k-anonymity: a model for protecting privacy", Int. J. Uncertainty,
    Fuzziness and Knowledge-Based Systems 10(5), 557-570. K. El Emam and F. K. Dankar (2008),
    "Protecting privacy using k-anonymity", J. Am. Med. Inform. Assoc. 15(5), 627-637 (the risk
    of the prosecutor).
    """
    if odd := [size for size in below if size < 1]:
        raise ValueError(f"expected class sizes of at least 1, got {odd}")
    people, classes = sizes.rows, int(sizes.classes.sum())
    unique = sizes.rows_below(2)
    k = int(sizes.sizes.min()) if people else None
    return Anonymity(
        people,
        classes,
        k,
        unique,
        unique / people if people else None,
        1 / k if k else None,
        classes / people if people else None,
        tuple(_below(sizes, size, people) for size in below) if people else (),
    )


def _below(sizes: ClassSizes, size: int, people: int) -> Below:
    held = sizes.rows_below(size)
    return Below(size, held, held / people)
