"""How a model's score moves when one feature is set to each of several values.

Every row is scored with the feature at each value: its curve is the individual conditional
expectation (ICE), the mean curve the partial dependence. Curves that are not parallel mean that
the feature works differently for different people (an interaction). Rows may be asked about that
cannot occur, where features move together; `accumulated` avoids that.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri

from measures.explain.sampling import (
    ROWS_PER_CALL,
    Score,
    canonical_order,
    check_features,
    is_number,
    replaced,
    scored,
)
from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "normal (central limit theorem) over rows, at each value on its own"


class Dependence(NamedTuple):
    """Mean score at each value of a feature, in the unit of the score.

    `intervals` hold for each value on its own. `heterogeneity` is, at each value, the standard
    deviation over rows of curves that have each been centred on their own mean: 0 where all
    curves are parallel. `curves` are those of the first rows drawn, shape (n_kept, n_values).
    """

    feature: str
    values: tuple[Any, ...]
    means: tuple[float, ...]
    intervals: tuple[Interval, ...]
    heterogeneity: tuple[float, ...]
    n: int
    curves: np.ndarray


def partial_dependence(
    rows: pa.Table,
    feature: str,
    score: Score,
    *,
    values: Sequence[Any] | None = None,
    points: int = 12,
    centred: bool = False,
    kept: int = 50,
    confidence: float = 0.95,
    seed: int,
) -> Dependence:
    """Partial dependence of the score on one feature, with its ICE curves.

    Parameters
    ----------
    rows : pyarrow.Table
        The features.
    feature : str
        The one that is set.
    score : callable
        ``score(table)`` gives one finite number per row; asked at most 200,000 rows at a time.
    values : sequence, optional
        Values to set; `grid` of the rows by default.
    points : int, default 12
        How many values `grid` may give.
    centred : bool, default False
        Start every curve at 0 at the first value: what is left is the change from there, and
        the differences between people at the start are out of the intervals.
    kept : int, default 50
        Curves to keep, of rows drawn at random.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    seed : int
        Says which rows' curves are kept.

    Returns
    -------
    Dependence
        A single row has no intervals: they are NaN.

    Raises
    ------
    ValueError
        If the feature is absent, there is no value, or a score is not finite.

    References
    ----------
    J. H. Friedman (2001), "Greedy function approximation: a gradient boosting machine", Ann.
    Statist. 29(5), 1189-1232. A. Goldstein, A. Kapelner, J. Bleich, E. Pitkin (2015), "Peeking
    inside the black box", J. Comput. Graph. Statist. 24(1), 44-65.
    """
    check_confidence(confidence)
    check_features(rows, [feature])
    drawn = rows.take(pa.array(canonical_order(rows, seed=seed)))
    at = grid(drawn.column(feature), points) if values is None else list(values)
    curves = individual_curves(drawn, feature, score, at)
    if centred:
        curves = curves - curves[:, :1]
    return _dependence(feature, at, curves, kept, confidence)


def individual_curves(
    rows: pa.Table, feature: str, score: Score, values: Sequence[Any]
) -> np.ndarray:
    """Score of every row with the feature at every value; shape (n_rows, n_values)."""
    if not values:
        raise ValueError(f"expected values to set {feature!r} to, got none")
    kind, found = rows.schema.field(feature).type, []
    at_once = max(1, ROWS_PER_CALL // rows.num_rows)
    for start in range(0, len(values), at_once):
        same = [
            replaced(rows, feature, _same(value, kind, rows.num_rows))
            for value in values[start : start + at_once]
        ]
        found.append(scored(score, pa.concat_tables(same)).reshape(len(same), rows.num_rows))
    return np.concatenate(found).T


def grid(column: pa.ChunkedArray, points: int) -> list[Any]:
    """Values a feature really has, at most so many.

    All of them where they are few; of numbers otherwise the quantiles from the lowest to the
    highest, each a value that occurs; of categories the most frequent (ties: by name), in order.
    """
    if points < 2:
        raise ValueError(f"points must be at least 2, got {points}")
    known = column.drop_null().cast(plain(column.type)).combine_chunks()
    if pa.types.is_floating(known.type):
        known = known.filter(pc.invert(pc.is_nan(known)))
    distinct = pc.unique(known)
    if len(distinct) <= points:
        return sorted(distinct.to_pylist())
    if is_number(known.type):
        at = np.linspace(0, len(known) - 1, points).round().astype(int)
        return sorted(set(known.take(pc.sort_indices(known)).take(pa.array(at)).to_pylist()))
    counted = pc.value_counts(known).to_pylist()
    counted.sort(key=lambda each: (-each["counts"], each["values"]))
    return sorted(each["values"] for each in counted[:points])


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of the values, for a dictionary-encoded column too."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def stored_as(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Plain values in another type of theirs, dictionary-encoded ones included."""
    if not pa.types.is_dictionary(kind):
        return values.cast(kind)
    encoded = values.cast(kind.value_type).dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.cast(kind.index_type), encoded.dictionary, ordered=kind.ordered
    )


def _dependence(
    feature: str, values: Sequence[Any], curves: np.ndarray, kept: int, confidence: float
) -> Dependence:
    n = len(curves)
    z = float(ndtri((1 + confidence) / 2))
    means = curves.mean(axis=0)
    reach = z * _spread(curves) / sqrt(n)
    own = curves - curves.mean(axis=1, keepdims=True)
    return Dependence(
        feature,
        tuple(values),
        tuple(means.tolist()),
        tuple(
            Interval(*pair)
            for pair in zip((means - reach).tolist(), (means + reach).tolist(), strict=True)
        ),
        tuple(_spread(own).tolist()),
        n,
        curves[:kept],
    )


def _same(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    return stored_as(pa.repeat(pa.scalar(value, plain(kind)), rows), kind)


def _spread(curves: np.ndarray) -> np.ndarray:
    """Standard deviation over rows, NaN of a single one."""
    if len(curves) < 2:
        return np.full(curves.shape[1], np.nan)
    return np.asarray(curves.std(axis=0, ddof=1))
