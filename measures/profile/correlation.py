"""How two numeric columns move together: in a straight line (Pearson) or in order (Spearman).

Both are computed from whole numbers, so the order of the rows never matters. Rows where one of
a pair is missing do not count for that pair.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import atanh, copysign, sqrt, tanh
from typing import NamedTuple

import ibis
from scipy.special import ndtri, stdtr

from measures.intervals.interval import Interval, check_confidence
from measures.reduce.arrow_rows import in_threads
from measures.reduce.products import Products, reduce_products
from measures.reduce.rank_sums import Ranked, RankSums, rank_sums, ranked

#: How the intervals are found.
METHODS = {
    "pearson": "Fisher's z (1921), standard error 1 / sqrt(n - 3)",
    "spearman": "Fisher's z, standard error sqrt((1 + r²/2) / (n - 3)), Bonett and Wright (2000)",
}

#: Values (rows × columns) that Spearman's correlation may hold in memory.
MOST_VALUES = 200_000_000

_EVERYTHING = Interval(-1.0, 1.0)


class Correlation(NamedTuple):
    """Of two columns over `n` rows that have both.

    `value` in [-1, 1], None where one of the columns does not vary; `p` is the two-sided
    probability of so large a value if the two were independent, None where undefined.
    """

    first: str
    second: str
    value: float | None
    interval: Interval
    p: float | None
    n: int


def pearson(
    table: ibis.Table, columns: Sequence[str], *, confidence: float = 0.95
) -> list[Correlation]:
    """Pearson's correlation of every pair of numeric columns, from one pass over the rows.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows; infinite values count as missing.
    columns : sequence of str
        Numeric columns.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Correlation
        Pair by pair, in the order of the columns. The interval assumes that both columns are
        jointly normal; it is [-1, 1] below four rows.

    References
    ----------
    R. A. Fisher (1921), "On the 'probable error' of a coefficient of correlation deduced from
    a small sample", Metron 1, 3-32.
    """
    return correlations(reduce_products(table, columns), confidence=confidence)


def correlations(products: Products, *, confidence: float = 0.95) -> list[Correlation]:
    """Pearson's correlations from sums already taken; see `pearson`."""
    check_confidence(confidence)
    return [
        _correlation(names, _pearson(products, i, j), int(products.pairs[i, j]), confidence, 0.0)
        for (i, j), names in _pairs(products.columns)
    ]


def spearman(
    table: ibis.Table, columns: Sequence[str], *, confidence: float = 0.95, threads: int = 2
) -> list[Correlation]:
    """Spearman's correlation of every pair of numeric columns: Pearson's of their ranks.

    Ties share the mean of their ranks; ranks are among the rows that have both values.

    Parameters
    ----------
    table : ibis.Table
        Its columns are held in memory: at most `MOST_VALUES` values. Infinite values rank
        first and last.
    columns : sequence of str
        Numeric columns.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    threads : int, default 2
        Pairs worked on at once.

    Returns
    -------
    list of Correlation
        Pair by pair, in the order of the columns; p by Student's t, as scipy's `spearmanr`.

    Raises
    ------
    ValueError
        If the table has too many values.

    References
    ----------
    C. Spearman (1904), "The proof and measurement of association between two things", Amer. J.
    Psychol. 15(1), 72-101. D. G. Bonett and T. A. Wright (2000), "Sample size requirements for
    estimating Pearson, Kendall and Spearman correlations", Psychometrika 65(1), 23-28.
    """
    check_confidence(confidence)
    held = _ranked(table, columns, threads)
    pairs = [names for _, names in _pairs(columns)]
    sums = in_threads(
        lambda names: rank_sums(held[names[0]], held[names[1]]), pairs, threads=threads
    )
    return [
        _correlation(names, _spearman(each), each.rows, confidence, 0.5)
        for names, each in zip(pairs, sums, strict=True)
    ]


def _pairs(columns: Sequence[str]) -> list[tuple[tuple[int, int], tuple[str, str]]]:
    return [((i, j), (columns[i], columns[j])) for i, j in combinations(range(len(columns)), 2)]


def _ranked(table: ibis.Table, columns: Sequence[str], threads: int) -> Mapping[str, Ranked]:
    """All columns in one pass, so that their rows stay together."""
    if not columns:
        return {}
    rows = int(table.count().to_pyarrow().as_py())
    if rows * len(columns) > MOST_VALUES:
        raise ValueError(
            f"expected at most {MOST_VALUES:,} values to rank, got {rows:,} rows of"
            f" {len(columns)} columns: name fewer columns"
        )
    fetched = table.select(
        [table[name].cast("float64").name(f"c{i}") for i, name in enumerate(columns)]
    ).to_pyarrow()
    places = in_threads(
        lambda i: ranked(fetched[f"c{i}"].to_numpy()), range(len(columns)), threads=threads
    )
    return dict(zip(columns, places, strict=True))


def _pearson(products: Products, i: int, j: int) -> float | None:
    """Exact whole numbers until the last division."""
    n = int(products.pairs[i, j])
    first, second = products.totals[i, j], products.totals[j, i]
    ours = n * products.squares[i, j] - first * first
    theirs = n * products.squares[j, i] - second * second
    return _ratio(n * products.products[i, j] - first * second, ours, theirs)


def _spearman(sums: RankSums) -> float | None:
    return _ratio(sums.product, sums.first, sums.second)


def _ratio(product: int, first: int, second: int) -> float | None:
    if first <= 0 or second <= 0:
        return None
    return copysign(sqrt(product * product / (first * second)), product)


def _correlation(
    names: tuple[str, str], value: float | None, n: int, confidence: float, widening: float
) -> Correlation:
    """`widening` is the share of r² by which the variance of Fisher's z grows."""
    if value is None:
        return Correlation(*names, None, _EVERYTHING, None, n)
    return Correlation(*names, value, _interval(value, n, confidence, widening), _p(value, n), n)


def _interval(value: float, n: int, confidence: float, widening: float) -> Interval:
    if n < 4:
        return _EVERYTHING
    if abs(value) == 1:
        return Interval(value, value)
    reach = float(ndtri((1 + confidence) / 2)) * sqrt((1 + widening * value**2) / (n - 3))
    centre = atanh(value)
    return Interval(min(value, tanh(centre - reach)), max(value, tanh(centre + reach)))


def _p(value: float, n: int) -> float | None:
    if n < 3:
        return None
    if abs(value) == 1:
        return 0.0
    return float(2 * stdtr(n - 2, -abs(value) * sqrt((n - 2) / (1 - value**2))))
