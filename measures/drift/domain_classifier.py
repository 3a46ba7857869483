"""Whether reference and current rows can be told apart at all, and by which columns.

Columns may each look the same and still drift together. A classifier that tries to tell which
side a row is from finds that: out of fold its AUC is 0.5 where nothing has changed, and 1
where every row gives itself away.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import mannwhitneyu
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from measures.drift.row_sample import Sample, sample_rows
from measures.intervals.bootstrap import stream
from measures.intervals.delong import roc_auc
from measures.intervals.interval import Interval
from measures.reduce.arrow_rows import Source
from measures.reduce.scores import score_counts

#: What the reports call the method.
METHOD = (
    "interval: DeLong on out-of-fold scores, the fitted classifiers taken as given; p-value:"
    " Mann-Whitney on each half with a classifier fitted on the other, twice the smaller"
)

#: Rows of a side used, unless told otherwise.
MOST_ROWS = 20_000

#: Categories beyond the most frequent ones are one; the classifier takes at most 255.
MOST_CATEGORIES = 200


class Driver(NamedTuple):
    """How much of the AUC is lost when one column's held-out values are shuffled.

    `interval` is that of the difference of two correlated areas. Columns that say the same
    stand in for each other, so each of them may show little.
    """

    column: str
    lost_auc: float
    interval: Interval


class DomainDrift(NamedTuple):
    """Out-of-fold area under the ROC curve, in [0, 1], and what drives it, most first.

    `p_value`, of no difference at all, decides whether the sides differ. `interval` says by how
    much; it is too narrow where they hardly do, since classifiers of folds share rows. A large
    p-value proves nothing. `n_reference` and `n_current` rows were used.
    """

    auc: float
    interval: Interval
    p_value: float
    drivers: tuple[Driver, ...]
    n_reference: int
    n_current: int


def domain_drift(
    reference: Source | pd.DataFrame,
    current: Source | pd.DataFrame,
    numbers: Sequence[str],
    categories: Sequence[str],
    *,
    seed: int,
    confidence: float = 0.95,
    most_rows: int = MOST_ROWS,
    folds: int = 5,
) -> DomainDrift:
    """Tell reference from current rows by gradient-boosted trees, and measure how well.

    Sampling, folds and shuffling depend on the values of the rows and the seed, never on the
    order of rows; the classifier runs on one thread. So the same rows give the same figures.
    Trees take missing values as they are: a changed missing rate is found too.

    Parameters
    ----------
    reference, current : ibis.Table, pyarrow.Table, Path, sequence of Path or pandas.DataFrame
        At least `folds` and at least 4 rows each.
    numbers, categories : sequence of str
        Columns the classifier may look at; at least one in all.
    seed : int
        Of the sample, the folds and the shuffling.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    most_rows : int, default 20,000
        Rows used of each side.
    folds : int, default 5
        At least 2.

    Returns
    -------
    DomainDrift
        Areas as fractions in [0, 1].

    Raises
    ------
    ValueError
        If a side has too few rows, or there is no column.

    References
    ----------
    D. Lopez-Paz, M. Oquab (2017), "Revisiting classifier two-sample tests", ICLR. S.
    Rabanser, S. Günnemann, Z. C. Lipton (2019), "Failing loudly: an empirical study of methods
    for detecting dataset shift", NeurIPS 32. E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson
    (1988), Biometrics 44(3), 837-845. H. B. Mann, D. R. Whitney (1947), Ann. Math. Statist.
    18(1), 50-60.
    """
    sides = [
        sample_rows(side, numbers, categories, most=most_rows, seed=seed)
        for side in (reference, current)
    ]
    before, after = (each.rows for each in sides)
    _check(before, after, folds)
    names, numeric = [*numbers, *categories], len(numbers)
    return _told_apart(_features(*sides), (before, after), names, numeric, folds, seed, confidence)


def _told_apart(
    features: np.ndarray,
    rows: tuple[int, int],
    names: list[str],
    numbers: int,
    folds: int,
    seed: int,
    confidence: float,
) -> DomainDrift:
    labels = np.repeat([0, 1], rows)
    fold_of = np.concatenate([np.arange(each) % folds for each in rows])
    scores, shuffled = _scored(features, labels, fold_of, numbers, seed)
    found = roc_auc(score_counts(scores, 1 - labels, labels), confidence=confidence)
    drivers = _drivers(names, scores, shuffled, labels, confidence)
    p_value = _p_value(features, labels, _is_category(features, numbers))
    return DomainDrift(found.value, found.interval, p_value, drivers, *rows)


def _check(before: int, after: int, folds: int) -> None:
    if folds < 2 or min(before, after) < max(folds, 4):
        raise ValueError(
            "expected at least 2 folds, and on each side a row per fold and 4 rows, got"
            f" {folds} folds of {before} reference and {after} current rows"
        )


def _features(reference: Sample, current: Sample) -> np.ndarray:
    """Both sides' rows, reference first, numbers first; shape (n_rows, n_columns)."""
    numbers = [
        np.concatenate([reference.numbers[name], current.numbers[name]])
        for name in reference.numbers
    ]
    categories = [
        _codes(np.concatenate([reference.categories[name], current.categories[name]]))
        for name in reference.categories
    ]
    return np.column_stack([*numbers, *categories])


def _codes(texts: np.ndarray) -> np.ndarray:
    """Places by frequency, rare categories together as the last; NaN where missing."""
    known = np.array([text is not None for text in texts], dtype=bool)
    values, places, counts = np.unique(
        texts[known].astype(str), return_inverse=True, return_counts=True
    )
    rank = np.empty(len(values))
    rank[np.lexsort([values, -counts])] = np.arange(len(values))
    codes = np.full(len(texts), np.nan)
    codes[known] = np.minimum(rank, MOST_CATEGORIES)[places]
    return codes


def _scored(
    features: np.ndarray, labels: np.ndarray, fold_of: np.ndarray, numbers: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Out-of-fold scores, and those with each column shuffled in turn, (n_columns, n_rows)."""
    scores, shuffled = np.empty(len(labels)), np.empty(features.shape[::-1])
    is_category = _is_category(features, numbers)
    drawn = stream(seed)
    with threadpool_limits(limits=1):  # sums in parallel depend on the number of threads
        for fold in range(int(fold_of.max()) + 1):
            held = fold_of == fold
            fitted = _classifier(is_category).fit(features[~held], labels[~held])
            scores[held] = fitted.predict_proba(features[held])[:, 1]
            for column in range(features.shape[1]):
                mixed = features[held].copy()
                mixed[:, column] = drawn.permutation(mixed[:, column])
                shuffled[column, held] = fitted.predict_proba(mixed)[:, 1]
    return scores, shuffled


def _p_value(features: np.ndarray, labels: np.ndarray, is_category: np.ndarray) -> float:
    """Twice the smaller p of two halves: given its classifier each is a test of fresh rows."""
    half_of = np.concatenate([np.arange((labels == side).sum()) % 2 for side in (0, 1)])
    found = []
    with threadpool_limits(limits=1):
        for half in (0, 1):
            held = half_of == half
            fitted = _classifier(is_category).fit(features[~held], labels[~held])
            scores, side = fitted.predict_proba(features[held])[:, 1], labels[held]
            test = mannwhitneyu(
                scores[side == 1], scores[side == 0], alternative="greater", method="asymptotic"
            )
            found.append(float(test.pvalue))
    return min(1.0, 2 * min(found))


def _is_category(features: np.ndarray, numbers: int) -> np.ndarray:
    return np.asarray(np.arange(features.shape[1]) >= numbers)


def _classifier(is_category: np.ndarray) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=50,
        max_leaf_nodes=15,
        categorical_features=is_category,
        early_stopping=False,
        random_state=0,
    )


def _drivers(
    names: list[str],
    scores: np.ndarray,
    shuffled: np.ndarray,
    labels: np.ndarray,
    confidence: float,
) -> tuple[Driver, ...]:
    """One per column, the largest loss first."""
    found = [
        Driver(name, *_lost(scores, each, labels, confidence))
        for name, each in zip(names, shuffled, strict=True)
    ]
    return tuple(sorted(found, key=lambda driver: (-driver.lost_auc, driver.column)))


def _lost(
    scores: np.ndarray, shuffled: np.ndarray, labels: np.ndarray, confidence: float
) -> tuple[float, Interval]:
    """AUC less that with a column shuffled, with DeLong's interval for correlated areas."""
    apart = {
        side: _placements(scores, labels, side) - _placements(shuffled, labels, side)
        for side in (0, 1)
    }
    lost = float(apart[1].mean())
    variance = sum(float(np.var(each, ddof=1)) / len(each) for each in apart.values())
    reach = float(ndtri((1 + confidence) / 2)) * variance**0.5
    return lost, Interval(max(-1.0, lost - reach), min(1.0, lost + reach))


def _placements(scores: np.ndarray, labels: np.ndarray, side: int) -> np.ndarray:
    """For each row of a side, the share of the other side's that it is ranked rightly to."""
    others = np.sort(scores[labels != side])
    low, high = (np.searchsorted(others, scores[labels == side], way) for way in ("left", "right"))
    below = (low + high) / (2 * len(others))
    return np.asarray(below if side else 1 - below)
