"""Shapley values of any model that can be asked for scores, without any other library.

For a row and a row of the background, features are switched from the background's value to the
row's one after another, in a random order and then in the reverse order; what the score does at
each switch is that feature's part. The mean over many such pairs of walks is unbiased, and its
standard error comes with it. The values of a row add up to its score exactly.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from measures.explain.attribution import ShapleyValues
from measures.explain.sampling import Score, canonical_order, check_features, scored
from measures.intervals.bootstrap import stream


class _Setting(NamedTuple):
    """Rows and background in one table (rows first), and the scores of both."""

    stacked: pa.Table
    rows: int
    scores: np.ndarray
    score: Score

    @property
    def features(self) -> int:
        return int(self.stacked.num_columns)


def sampled_shapley(
    score: Score, rows: pa.Table, background: pa.Table, *, pairs: int = 20, seed: int
) -> ShapleyValues:
    """Shapley values by sampling antithetic pairs of permutations.

    Asks for 2 · (features − 1) · pairs scores per row. What the sampled parts miss of the
    score is given to the features in proportion to the variance of their parts (where there is
    any), so that values add up.

    Parameters
    ----------
    score : callable
        ``score(table)`` gives one finite number per row.
    rows : pyarrow.Table
        The rows to explain; the same columns as the background.
    background : pyarrow.Table
        Rows that stand for "feature unknown"; at least one. Each row to explain meets as many
        of them as there are pairs, none twice before all were met.
    pairs : int, default 20
        At least 2; errors fall with √pairs.
    seed : int
        Seed of the frozen stream. The order of the rows changes nothing.

    Returns
    -------
    ShapleyValues
        In the order of the rows, with standard errors (from the spread over pairs).

    Raises
    ------
    ValueError
        If there are no rows, fewer than two pairs, or columns differ.

    References
    ----------
    E. Štrumbelj, I. Kononenko (2014), "Explaining prediction models and individual predictions
    with feature contributions", Knowl. Inf. Syst. 41, 647-665. R. Mitchell, J. Cooper, E. Frank,
    G. Holmes (2022), "Sampling permutations for Shapley value estimation", J. Machine Learning
    Research 23(43), 1-46 (antithetic pairs).
    """
    if pairs < 2:
        raise ValueError(f"pairs must be at least 2, got {pairs}")
    for table in (rows, background):
        check_features(table, rows.column_names)
    order = canonical_order(rows, seed=seed)
    setting = _setting(score, rows.take(pa.array(order)), background, seed)
    values, errors = _sampled(setting, pairs, stream(seed))
    base = float(setting.scores[setting.rows :].mean())
    explained = setting.scores[: setting.rows]
    values = values + _missing(values, errors, explained - base)
    back = np.argsort(order)
    return ShapleyValues(
        tuple(rows.column_names), values[back], errors[back], base, explained[back]
    )


def _setting(score: Score, rows: pa.Table, background: pa.Table, seed: int) -> _Setting:
    behind = background.select(rows.column_names).cast(rows.schema)
    behind = behind.take(pa.array(canonical_order(behind, seed=seed)))
    stacked = pa.concat_tables([rows, behind]).unify_dictionaries().combine_chunks()
    return _Setting(stacked, rows.num_rows, scored(score, stacked), score)


def _sampled(
    setting: _Setting, pairs: int, frozen: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Mean part of each feature, shape (n_rows, n_features), and its standard error."""
    behind = setting.stacked.num_rows - setting.rows
    first = frozen.randint(0, behind, setting.rows)
    mean = np.zeros((setting.rows, setting.features))
    squares = np.zeros_like(mean)
    for pair in range(pairs):
        ranks = frozen.rand(*mean.shape).argsort(axis=1)
        met = setting.rows + (first + pair) % behind
        both = (_walk(setting, ranks, met), _walk(setting, setting.features - 1 - ranks, met))
        step = sum(both) / 2 - mean
        mean += step / (pair + 1)
        squares += step * step * pair / (pair + 1)
    return mean, np.sqrt(squares / (pairs - 1) / pairs)


def _walk(setting: _Setting, ranks: np.ndarray, met: np.ndarray) -> np.ndarray:
    """What each switch does to the score of each row, the feature of rank 0 switched first."""
    rows, features = ranks.shape
    between = scored(setting.score, _half_switched(setting, ranks, met))
    path = np.concatenate(
        [
            setting.scores[met][np.newaxis],
            between.reshape(features - 1, rows),
            setting.scores[np.newaxis, :rows],
        ]
    )
    return np.take_along_axis(np.diff(path, axis=0).T, ranks, axis=1)


def _half_switched(setting: _Setting, ranks: np.ndarray, met: np.ndarray) -> pa.Table:
    """All rows after one switch, then all after two, and so on, the last switch left out."""
    rows, features = ranks.shape
    switches = np.arange(1, features)[:, np.newaxis]
    columns = []
    for i in range(features):
        switched = ranks[:, i][np.newaxis] < switches
        places = np.where(switched, np.arange(rows), met).ravel()
        columns.append(setting.stacked.column(i).take(pa.array(places)))
    return pa.table(columns, schema=setting.stacked.schema)


def _missing(values: np.ndarray, errors: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """What the values of each row miss of its distance from the base, shared by variance."""
    left = (distance - values.sum(axis=1))[:, np.newaxis]
    variance = errors**2
    total = variance.sum(axis=1, keepdims=True)
    share = np.divide(variance, total, out=np.zeros_like(variance), where=total > 0)
    return left * share
