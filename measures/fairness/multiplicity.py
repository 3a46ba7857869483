"""Many comparisons at once: p-values adjusted so that chance findings stay rare.

Compare twenty groups and one differs "significantly" by chance alone. Holm and Bonferroni
bound the chance of any false finding, Benjamini-Hochberg and Benjamini-Yekutieli the expected
share of false ones among the findings.
"""

from collections.abc import Callable, Sequence

import numpy as np

from measures.intervals.interval import check_confidence

#: Adjusts known p-values, ascending; shape in, shape out.
_Adjust = Callable[[np.ndarray], np.ndarray]


def bonferroni(p: Sequence[float | None]) -> list[float | None]:
    """p-values times their number: bounds the chance of any false finding, however dependent.

    Parameters
    ----------
    p : sequence of float or None
        Each in [0, 1]; None (a test that could not be made) stays None and does not count.

    Returns
    -------
    list of float or None
        Adjusted p-values in [0, 1], in the order given.

    Raises
    ------
    ValueError
        If a p-value lies outside [0, 1].

    References
    ----------
    O. J. Dunn (1961), "Multiple comparisons among means", J. Amer. Statist. Assoc. 56, 52-64.
    """
    return _adjusted(p, lambda known: known * len(known))


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Step-down Bonferroni: bounds the chance of any false finding, and never finds less.

    Parameters, returns and errors are those of `bonferroni`.

    References
    ----------
    S. Holm (1979), "A simple sequentially rejective multiple test procedure", Scand. J.
    Statist. 6(2), 65-70.
    """
    return _adjusted(p, lambda known: np.maximum.accumulate(known * np.arange(len(known), 0, -1)))


def benjamini_hochberg(p: Sequence[float | None]) -> list[float | None]:
    """Bounds the expected share of false findings, for independent or positively related tests.

    Parameters, returns and errors are those of `bonferroni`.

    References
    ----------
    Y. Benjamini and Y. Hochberg (1995), "Controlling the false discovery rate: a practical and
    powerful approach to multiple testing", J. R. Statist. Soc. B 57(1), 289-300.
    """
    return _adjusted(p, _stepped_up)


def benjamini_yekutieli(p: Sequence[float | None]) -> list[float | None]:
    """Bounds the expected share of false findings however the tests depend on one another.

    Parameters, returns and errors are those of `bonferroni`.

    References
    ----------
    Y. Benjamini and D. Yekutieli (2001), "The control of the false discovery rate in multiple
    testing under dependency", Ann. Statist. 29(4), 1165-1188.
    """
    return _adjusted(p, lambda known: _stepped_up(known) * _harmonic(len(known)))


def sidak_confidence(confidence: float, comparisons: int) -> float:
    """Confidence each interval needs so that all of them hold together with `confidence`.

    Exact for independent intervals, on the safe side for those of a multivariate normal.

    Parameters
    ----------
    confidence : float
        Of all intervals together, strictly between 0 and 1.
    comparisons : int
        Number of intervals, at least 1.

    Returns
    -------
    float
        confidence^(1/comparisons), a fraction in (0, 1).

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Z. Šidák (1967), "Rectangular confidence regions for the means of multivariate normal
    distributions", J. Amer. Statist. Assoc. 62(318), 626-633.
    """
    check_confidence(confidence)
    if comparisons < 1:
        raise ValueError(f"comparisons must be at least 1, got {comparisons}")
    return float(confidence ** (1 / comparisons))


def _stepped_up(known: np.ndarray) -> np.ndarray:
    scaled = known * len(known) / np.arange(1, len(known) + 1)
    return np.minimum.accumulate(scaled[::-1])[::-1]


def _harmonic(many: int) -> float:
    return float((1 / np.arange(1, many + 1)).sum())


def _adjusted(p: Sequence[float | None], adjust: _Adjust) -> list[float | None]:
    places = [place for place, each in enumerate(p) if each is not None and each == each]
    known = np.array([p[place] for place in places], dtype=np.float64)
    if odd := known[(known < 0) | (known > 1)].tolist():
        raise ValueError(f"expected p-values within [0, 1], got {odd[0]} ({len(odd)} outside)")
    order = np.argsort(known, kind="stable")
    found: list[float | None] = [None] * len(p)
    for place, value in zip(order, np.minimum(adjust(known[order]), 1.0), strict=True):
        found[places[place]] = float(value)
    return found
