"""What a class gives away though nobody in it can be told apart: l-diversity, t-closeness.

If all who look alike have the same illness, finding the class is enough. Counted, not
estimated: the numbers are about the table at hand and have no interval. A missing sensitive
value is a value of its own.
"""

from typing import NamedTuple

import numpy as np

from measures.reduce.equivalence import SensitiveClasses


class Diversity(NamedTuple):
    """The least diverse class, by three definitions; None without people.

    `distinct`: different sensitive values. `entropy`: exp of Shannon's entropy, the number of
    equally frequent values that would be as diverse. `recursive_c`: the c which the most
    frequent value of some class reaches, with `ell` as the l of the definition; the table is
    recursively (c', l)-diverse for every c' above it, for none if it is infinite.
    `disclosed` people are in classes with one value only.
    """

    distinct: int | None
    entropy: float | None
    ell: int
    recursive_c: float | None
    disclosed: int


class Closeness(NamedTuple):
    """The class whose sensitive values lie farthest from those of all; None without people.

    `farthest` in [0, 1] is the t for which the table is t-close, `mean` the distance averaged
    over people; `distance` says which.
    """

    distance: str
    farthest: float | None
    mean: float | None


def diversity(classes: SensitiveClasses, *, ell: int = 2) -> Diversity:
    """l-diversity: distinct, entropy and recursive.

    Parameters
    ----------
    classes : SensitiveClasses
        People by class and sensitive value.
    ell : int, default 2
        The l of recursive (c, l)-diversity; at least 2.

    Returns
    -------
    Diversity
        With r₁ ≥ r₂ ≥ … the counts in a class, its c is r₁ / (r_l + r_(l+1) + …).

    Raises
    ------
    ValueError
        If `ell` is below 2.

    References
    ----------
    A. Machanavajjhala, D. Kifer, J. Gehrke and M. Venkitasubramaniam (2007), "l-diversity:
    privacy beyond k-anonymity", ACM Trans. Knowledge Discovery from Data 1(1), article 3.
    """
    if ell < 2:
        raise ValueError(f"ell must be at least 2, got {ell}")
    counts = classes.counts
    if not counts.size:
        return Diversity(None, None, ell, None, 0)
    values = (counts > 0).sum(axis=1)
    falling = -np.sort(-counts, axis=1)
    rest = falling[:, ell - 1 :].sum(axis=1)
    reached = np.divide(falling[:, 0], rest, out=np.full(len(rest), np.inf), where=rest > 0)
    return Diversity(
        int(values.min()),
        float(np.exp(_entropies(counts).min())),
        ell,
        float(reached.max()),
        int(counts[values == 1].sum()),
    )


def closeness(classes: SensitiveClasses) -> Closeness:
    """t-closeness of unordered values: half the sum of differences between shares.

    Parameters
    ----------
    classes : SensitiveClasses
        People by class and sensitive value.

    Returns
    -------
    Closeness
        Total variation, which is the Earth Mover's Distance if any two values are equally
        far apart.

    References
    ----------
    N. Li, T. Li and S. Venkatasubramanian (2007), "t-closeness: privacy beyond k-anonymity and
    l-diversity", ICDE 2007, 106-115, section 4.
    """
    if not classes.counts.size:
        return Closeness("total variation", None, None)
    return _closeness("total variation", classes, np.abs(_gaps(classes.counts)).sum(axis=1) / 2)


def ordered_closeness(classes: SensitiveClasses) -> Closeness:
    """t-closeness of numbers: the Earth Mover's Distance over their order.

    With m distinct values in order and d the gaps between a class's shares and those of all,
    the distance is Σ \\|d₁ + … + d_i\\| / (m − 1): neighbours are 1/(m − 1) apart.

    Parameters
    ----------
    classes : SensitiveClasses
        People by class and sensitive value; the values are numbers, none missing.

    Returns
    -------
    Closeness
        Zero where there is one value only.

    Raises
    ------
    ValueError
        If a sensitive value is missing or no number.

    References
    ----------
    N. Li, T. Li and S. Venkatasubramanian (2007), section 4.1 (ordered distance).
    """
    order = np.argsort(_numbers(classes), kind="stable")
    if not classes.counts.size:
        return Closeness("ordered earth mover's", None, None)
    moved = np.abs(np.cumsum(_gaps(classes.counts[:, order]), axis=1)).sum(axis=1)
    return _closeness("ordered earth mover's", classes, moved / max(1, len(order) - 1))


def _closeness(distance: str, classes: SensitiveClasses, distances: np.ndarray) -> Closeness:
    sizes = classes.counts.sum(axis=1)
    mean = float((sizes * distances).sum() / sizes.sum())
    return Closeness(distance, float(distances.max()), mean)


def _gaps(counts: np.ndarray) -> np.ndarray:
    """Shares of each class less those of all, shape (n_classes, n_levels)."""
    whole = counts.sum(axis=0)
    return counts / counts.sum(axis=1, keepdims=True) - whole / whole.sum()


def _entropies(counts: np.ndarray) -> np.ndarray:
    """Shannon's entropy of each class, in nats."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return -(shares * logs).sum(axis=1)


def _numbers(classes: SensitiveClasses) -> np.ndarray:
    try:
        numbers = np.array([float(level) for level in classes.levels])
    except ValueError:
        numbers = np.array([np.nan])
    if np.isnan(numbers).any():
        raise ValueError(
            f"expected numbers only in {classes.sensitive!r}, got missing values or texts"
        )
    return numbers
