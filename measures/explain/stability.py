"""Whether an explanation says the same again when it is drawn with another seed.

Importances found with several seeds are ranked, and the rankings compared in pairs. Stable does
not mean right: a method can be wrong in the same way every time.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import kendalltau, rankdata
from scipy.stats import t as student

from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "jackknife over seeds, Student's t"


class Agreement(NamedTuple):
    """Mean agreement of two seeds' rankings and its interval over other seeds.

    None where some seed ranks nothing (all features alike): no ranking to compare.
    """

    name: str
    value: float | None
    interval: Interval | None
    seeds: int


class Stability(NamedTuple):
    """How alike the rankings are, and how often each feature is among the top."""

    spearman: Agreement
    kendall: Agreement
    overlap: Agreement
    in_top: dict[str, float]
    top: int


def rank_stability(
    features: Sequence[str], importances: np.ndarray, *, top: int = 5, confidence: float = 0.95
) -> Stability:
    """Agreement of importances over seeds.

    Parameters
    ----------
    features : sequence of str
        At least two names.
    importances : numpy.ndarray of shape (n_seeds, n_features)
        One row per seed, at least three; higher is more important.
    top : int, default 5
        How many features the overlap looks at; equal importances go by the features' order.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Stability
        Spearman's ρ and Kendall's τ-b in [-1, 1], Jaccard overlap of the top features in [0, 1],
        each the mean over pairs of seeds; `in_top` the share of seeds, in [0, 1].

    Raises
    ------
    ValueError
        If there are too few seeds or features, a value is not finite, or `top` is out of range.

    References
    ----------
    J. N. Arvesen (1969), "Jackknifing U-statistics", Ann. Math. Statist. 40(6), 2076-2100.
    A. Kalousis, J. Prados, M. Hilario (2007), "Stability of feature selection algorithms",
    Knowl. Inf. Syst. 12, 95-116.
    """
    check_confidence(confidence)
    _check(features, importances, top)
    chosen = np.argsort(-importances, axis=1, kind="stable")[:, :top]
    tops = [frozenset(each.tolist()) for each in chosen]
    return Stability(
        _agreement("spearman", _pairwise(list(importances), _spearman), -1.0, confidence),
        _agreement("kendall", _pairwise(list(importances), _kendall), -1.0, confidence),
        _agreement("top_overlap", _pairwise(tops, _jaccard), 0.0, confidence),
        {name: float((chosen == i).any(axis=1).mean()) for i, name in enumerate(features)},
        top,
    )


def _check(features: Sequence[str], importances: np.ndarray, top: int) -> None:
    if importances.ndim != 2 or importances.shape[1] != len(features) or len(features) < 2:
        raise ValueError(
            f"expected a column for each of two features or more, got {len(features)} names"
            f" and shape {importances.shape}"
        )
    if len(importances) < 3:
        raise ValueError(f"expected at least three seeds, got {len(importances)}")
    if not np.isfinite(importances).all():
        odd = np.argwhere(~np.isfinite(importances))
        raise ValueError(
            f"expected finite importances, got {len(odd)} that are not,"
            f" the first of seed {odd[0][0] + 1}, {features[odd[0][1]]!r}"
        )
    if not 1 <= top <= len(features):
        raise ValueError(f"top must be within [1, {len(features)}], got {top}")


def _pairwise(found: Sequence[Any], alike: Callable[..., float]) -> np.ndarray:
    """Agreement of every two seeds; shape (n_seeds, n_seeds), the diagonal 0."""
    pairs = np.zeros((len(found), len(found)))
    for i, j in combinations(range(len(found)), 2):
        pairs[i, j] = pairs[j, i] = alike(found[i], found[j])
    return pairs


def _agreement(name: str, pairs: np.ndarray, least: float, confidence: float) -> Agreement:
    seeds = len(pairs)
    if np.isnan(pairs).any():
        return Agreement(name, None, None, seeds)
    total, own = pairs.sum() / 2, pairs.sum(axis=1)
    value = float(total / (seeds * (seeds - 1) / 2))
    without = (total - own) / ((seeds - 1) * (seeds - 2) / 2)
    error = sqrt((seeds - 1) / seeds * float(((without - without.mean()) ** 2).sum()))
    reach = float(student.ppf((1 + confidence) / 2, seeds - 1)) * error
    return Agreement(
        name, value, Interval(max(least, value - reach), min(1.0, value + reach)), seeds
    )


def _spearman(one: np.ndarray, other: np.ndarray) -> float:
    if not (np.ptp(one) > 0 and np.ptp(other) > 0):
        return float("nan")
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


def _kendall(one: np.ndarray, other: np.ndarray) -> float:
    return float(kendalltau(one, other).statistic)


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)
