"""Shapley values through the library shap: exact for trees, KernelSHAP for any model.

Needs the extra ``assay[shap]`` and says so when it is absent; nothing else in `measures` imports
this module, so that a worker without the extra loads everything but this. `sampled_shapley`
explains any model without it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.explain.attribution import ShapleyValues
from measures.explain.dependence import plain
from measures.explain.sampling import Score, check_features, scored
from measures.intervals.bootstrap import stream

try:
    import shap
except ImportError as absent:
    raise ImportError(
        "expected the library shap, which is not installed: install the extra assay[shap]"
    ) from absent

#: How far values may miss the scores they share out, as a part of the scores' largest size.
_ROUNDING = 1e-4


def tree_shapley(
    estimator: Any,
    inputs: np.ndarray,
    features: Sequence[str],
    *,
    background: np.ndarray | None = None,
    most_operations: float = 2e10,
) -> ShapleyValues:
    """Exact Shapley values of a tree or an ensemble of trees.

    Parameters
    ----------
    estimator : fitted scikit-learn tree, forest, gradient boosting
        A classifier's values are for its second class.
    inputs : numpy.ndarray of shape (n_rows, n_features)
        Rows to explain, as the estimator takes them.
    features : sequence of str
        Names of the columns.
    background : numpy.ndarray of shape (n_background, n_features), optional
        With it an unknown feature takes the values it has there (interventional); without, it
        follows both branches of the trees in the shares of the training rows (path-dependent).
    most_operations : float, default 2e10
        The cost allowed, about 4e8 a second: rows × leaves × depth² over all trees, or rows ×
        background × leaves × depth.

    Returns
    -------
    ShapleyValues
        Without errors, in the unit the ensemble adds up in: the probability of a tree or
        forest, the log-odds of a boosted classifier, the label of a regressor.

    Raises
    ------
    ValueError
        If the cost is above the limit (it says how many rows are within), shapes differ, or the
        values do not add up to the model's scores, as with splits on categories.
    shap.utils._exceptions.InvalidModelError
        If shap does not know the estimator.

    References
    ----------
    S. M. Lundberg et al. (2020), "From local explanations to global understanding with
    explainable AI for trees", Nature Machine Intelligence 2, 56-67.
    """
    if inputs.ndim != 2 or inputs.shape[1] != len(features) or not len(inputs):
        raise ValueError(f"expected rows of {len(features)} features, got shape {inputs.shape}")
    way = "tree_path_dependent" if background is None else "interventional"
    explainer = shap.TreeExplainer(estimator, background, feature_perturbation=way)
    _check_cost(explainer, len(inputs), background, most_operations)
    values = _second_class(np.asarray(explainer.shap_values(inputs, check_additivity=False)))
    base = float(np.ravel(explainer.expected_value)[-1])
    found = ShapleyValues(tuple(features), values, None, base, _margin(estimator, inputs))
    if not found.gap <= _ROUNDING * max(1.0, float(np.abs(found.scores).max())):
        raise ValueError(
            f"expected values that add up to the model's scores, got a gap of {found.gap}:"
            f" TreeSHAP ({way}) does not understand this {type(estimator).__name__}"
        )
    return found


def kernel_shapley(
    score: Score,
    rows: pa.Table,
    background: pa.Table,
    *,
    evaluations: int = 1_000,
    repeats: int = 3,
    most_scores: int = 20_000_000,
    seed: int,
) -> ShapleyValues:
    """Shapley values of any model by weighted regression over sampled coalitions (KernelSHAP).

    Parameters
    ----------
    score : callable
        ``score(table)`` gives one finite number per row.
    rows : pyarrow.Table
        Rows to explain.
    background : pyarrow.Table
        Rows an unknown feature takes its values from, 20 to 100; the same columns.
    evaluations : int, default 1000
        Coalitions per row and repeat; from 2**n_features − 2 on all are met: exact values.
    repeats : int, default 3
        Independent runs, at least 2; the value is their mean, the error from their spread.
    most_scores : int, default 20,000,000
        Limit on rows × background × evaluations × repeats.
    seed : int

    Returns
    -------
    ShapleyValues
        With standard errors, themselves rough for few repeats.

    Raises
    ------
    ValueError
        If the cost is above the limit, there are no rows, or columns differ.

    References
    ----------
    S. M. Lundberg, S.-I. Lee (2017), "A unified approach to interpreting model predictions",
    Advances in Neural Information Processing Systems 30, 4765-4774.
    """
    if repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {repeats}")
    for table in (rows, background):
        check_features(table, rows.column_names)
    per_row = background.num_rows * evaluations * repeats
    _check_affordable(rows.num_rows, per_row, most_scores, "scores")
    codes, asked = _coded(score, rows, background)
    explained, behind = codes[: rows.num_rows], codes[rows.num_rows :]
    runs = np.stack(
        [
            _one_run(asked, explained, behind, evaluations, int(own))
            for own in stream(seed).randint(0, 2**32, repeats, dtype=np.int64)
        ]
    )
    errors = runs.std(axis=0, ddof=1) / sqrt(repeats)
    base, scores = float(asked(behind).mean()), asked(explained)
    return ShapleyValues(tuple(rows.column_names), runs.mean(axis=0), errors, base, scores)


def _one_run(
    asked: Callable[[np.ndarray], np.ndarray],
    explained: np.ndarray,
    behind: np.ndarray,
    evaluations: int,
    seed: int,
) -> np.ndarray:
    with _shared_stream_from(seed):
        explainer = shap.KernelExplainer(asked, behind, silent=True)
        found = explainer.shap_values(explained, nsamples=evaluations, l1_reg=0, silent=True)
    return np.asarray(found).reshape(explained.shape)


@contextmanager
def _shared_stream_from(seed: int) -> Iterator[None]:
    """KernelSHAP draws from numpy's shared stream: seeded here, put back as it was after."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _coded(
    score: Score, rows: pa.Table, background: pa.Table
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Rows and background as numbers, and the model that takes such numbers.

    shap mixes columns of a matrix of numbers. A value's number is the place of a row that has
    it, so that text, missing values and any other type survive.
    """
    behind = background.select(rows.column_names).cast(rows.schema)
    stacked = pa.concat_tables([rows, behind]).unify_dictionaries().combine_chunks()
    codes = np.column_stack([_first_places(column) for column in stacked.columns])

    def asked(mixed: np.ndarray) -> np.ndarray:
        places = mixed.astype(np.int64)
        columns = [stacked.column(i).take(pa.array(places[:, i])) for i in range(places.shape[1])]
        return scored(score, pa.table(columns, schema=stacked.schema))

    return codes.astype(np.float64), asked


def _first_places(column: pa.ChunkedArray) -> np.ndarray:
    values = column.cast(plain(column.type)).combine_chunks()
    encoded = np.asarray(pc.dictionary_encode(values, null_encoding="encode").indices)
    _, first, place = np.unique(encoded, return_index=True, return_inverse=True)
    return np.asarray(first[place])


def _check_cost(
    explainer: Any, rows: int, background: np.ndarray | None, most_operations: float
) -> None:
    leaves = (np.asarray(explainer.model.num_nodes) + 1) / 2
    depths = np.array([max(1, tree.max_depth) for tree in explainer.model.trees])
    per_row = leaves * depths * (depths if background is None else len(background))
    _check_affordable(rows, float(per_row.sum()), most_operations, "operations")


def _check_affordable(rows: int, per_row: float, most: float, what: str) -> None:
    if rows * per_row > most:
        raise ValueError(
            f"expected at most {most:.3g} {what}, got {rows} rows of {per_row:.3g} each:"
            f" {int(most // per_row)} rows are within the limit"
        )


def _second_class(values: np.ndarray) -> np.ndarray:
    return values if values.ndim == 2 else np.asarray(values[:, :, -1])


def _margin(estimator: Any, inputs: np.ndarray) -> np.ndarray:
    """The scores in the unit the ensemble adds up in."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(inputs), dtype=np.float64)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(inputs)[:, -1], dtype=np.float64)
    return np.asarray(estimator.predict(inputs), dtype=np.float64)
