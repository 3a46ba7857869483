"""Whether two sets of counts may come from one population: the chi-square tests."""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

#: Expected counts below this make the chi-square distribution a doubtful approximation.
FEW_EXPECTED = 5.0


class ChiSquare(NamedTuple):
    """A chi-square test; statistic and p-value are NaN where nothing can be compared.

    `few_expected` cells are expected to hold fewer than five rows: with any of these the
    p-value is rough (Cochran tolerates a fifth of the cells, none below one). `n` rows.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    smallest_expected: float
    few_expected: int
    n: int


def homogeneity(
    reference: np.ndarray, current: np.ndarray, *, correction: bool = False
) -> ChiSquare:
    """Pearson's test that both sides have the same shares.

    Categories nobody has are left out. It equals scipy's ``chi2_contingency`` with the same
    `correction`, and with `correction` NannyML's chi2.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n_categories,)
        Rows per category.
    correction : bool, default False
        Whether to apply Yates's continuity correction where there are two categories.

    Returns
    -------
    ChiSquare
        The statistic is at least 0, without a unit; categories less one degrees of freedom.

    Raises
    ------
    ValueError
        If the categories differ in number.

    References
    ----------
    K. Pearson (1900), "On the criterion that a given system of deviations ...", Philos. Mag.
    50(302), 157-175. W. G. Cochran (1954), "Some methods for strengthening the common χ²
    tests", Biometrics 10(4), 417-451.
    """
    both = _both(reference, current)
    n, freedom = int(both.sum()), both.shape[1] - 1
    if freedom < 1 or not both.sum(axis=1).all():
        return _undefined(n)
    expected = both.sum(axis=1, keepdims=True) * both.sum(axis=0) / n
    apart = np.abs(both - expected)
    if correction and freedom == 1:
        apart -= np.minimum(0.5, apart)
    return _tested(apart, expected, freedom, n)


def fit_to_reference(reference: np.ndarray, current: np.ndarray) -> ChiSquare:
    """Pearson's test that the current shares are those of the reference, taken as the truth.

    It ignores that the reference is a sample too, so it finds drift too often unless the
    reference is much larger; a new category makes the statistic infinite. It is Evidently's
    chi-square.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n_categories,)
        Rows per category.

    Returns
    -------
    ChiSquare
        The statistic is at least 0, without a unit; `n` are the current rows.

    Raises
    ------
    ValueError
        If the categories differ in number.
    """
    both = _both(reference, current)
    n, freedom = int(both[1].sum()), both.shape[1] - 1
    if freedom < 1 or not both.sum(axis=1).all():
        return _undefined(n)
    expected = both[0] * (n / int(both[0].sum()))
    return _tested(np.abs(both[1] - expected), expected, freedom, n)


def _both(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    if reference.shape != current.shape:
        raise ValueError(f"expected the same categories, got {len(reference)} and {len(current)}")
    both = np.stack([reference, current]).astype(np.float64)
    return np.asarray(both[:, both.sum(axis=0) > 0])


def _tested(apart: np.ndarray, expected: np.ndarray, freedom: int, n: int) -> ChiSquare:
    with np.errstate(divide="ignore"):  # a new category: infinitely unlikely
        statistic = float((apart**2 / expected).sum())
    few = int((expected < FEW_EXPECTED).sum())
    p_value = float(chdtrc(freedom, statistic))
    return ChiSquare(statistic, freedom, p_value, float(expected.min()), few, n)


def _undefined(n: int) -> ChiSquare:
    unknown = float("nan")
    return ChiSquare(unknown, 0, unknown, unknown, 0, n)
