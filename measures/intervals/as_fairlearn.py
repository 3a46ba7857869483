"""Fairlearn's own bootstrap intervals, digit for digit, thousands of times faster.

Promises: for the same rows in the same order and the same `random_state`, the numbers that
``MetricFrame(n_boot=..., ci_quantiles=..., random_state=...)`` of Fairlearn 0.15 gives, equal
to the last bit.
Cannot: do without the original order of the rows, since Fairlearn draws row numbers; and it
knows no weights. Our own intervals (`bootstrap`, `bca`) need neither rows nor order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from measures.fairness import kernel

#: Rows drawn at a time; pieces do not change the stream.
_ROWS_AT_ONCE = 1 << 20


class FairlearnIntervals(NamedTuple):
    """Quantiles of each metric over the resamples, in the order of `ci_quantiles`.

    `by_group` has shape (n_quantiles, n_groups, n_metrics) and is NaN for a group that no
    resample holds; all others have shape (n_quantiles, n_metrics) and are NaN where the
    figure is undefined in some resample, both as in Fairlearn.
    """

    by_group: np.ndarray
    overall: np.ndarray
    difference: np.ndarray
    ratio: np.ndarray
    difference_to_overall: np.ndarray
    ratio_to_overall: np.ndarray
    group_min: np.ndarray
    group_max: np.ndarray
    metrics: tuple[str, ...]


def fairlearn_intervals(
    label: np.ndarray,
    prediction: np.ndarray,
    group: np.ndarray,
    *,
    n_boot: int,
    ci_quantiles: Sequence[float],
    random_state: int | np.random.RandomState,
    metrics: Sequence[str] = kernel.METRICS,
) -> FairlearnIntervals:
    """The intervals that Fairlearn's MetricFrame gives for these rows.

    Parameters
    ----------
    label, prediction : array-like of shape (n_people,)
        0 or 1, in the rows' original order.
    group : array-like of shape (n_people,)
        Number of each person's group, from 0; a combination of features is one group.
    n_boot : int
        Resamples, at least 1.
    ci_quantiles : sequence of float
        Each strictly between 0 and 1.
    random_state : int or numpy.random.RandomState
        As Fairlearn takes it.
    metrics : sequence of str
        From `kernel.METRICS`; by default all.

    Returns
    -------
    FairlearnIntervals
        Fractions in [0, 1] (numbers of people for "count").

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Fairlearn 0.15, ``fairlearn.metrics.MetricFrame``, ``generate_bootstrap_samples``.
    """
    keys, groups = _keys(label, prediction, group)
    _check(n_boot, ci_quantiles)
    drawn = np.stack([_counts(keys, 4 * groups, seed) for seed in _seeds(n_boot, random_state)])
    evaluation = kernel.evaluate(drawn.reshape(-1, groups, 2, 2), metrics)
    apart = kernel.disparities(evaluation)
    return FairlearnIntervals(
        by_group=_known_quantiles(evaluation.rates, ci_quantiles),
        overall=np.quantile(evaluation.overall, ci_quantiles, axis=0),
        **{
            name: np.quantile(values, ci_quantiles, axis=0)
            for name, values in apart._asdict().items()
        },
        metrics=evaluation.metrics,
    )


def _seeds(n_boot: int, random_state: int | np.random.RandomState) -> np.ndarray:
    """One seed a resample, drawn as Fairlearn draws them: hence not our own stream."""
    top = np.iinfo(np.uint32).max
    if isinstance(random_state, np.random.RandomState):
        return random_state.randint(0, top, size=n_boot, dtype=np.uint32)
    return np.random.default_rng(int(random_state)).integers(0, top, size=n_boot, dtype=np.uint32)


def _counts(keys: np.ndarray, cells: int, seed: int) -> np.ndarray:
    """People per cell among rows drawn as pandas' ``sample`` draws them, shape (cells,)."""
    counted = np.zeros(cells, dtype=np.int64)
    for rows in _drawn_rows(len(keys), seed):
        counted += np.bincount(keys[rows], minlength=cells)
    return counted


def _drawn_rows(people: int, seed: int) -> Iterator[np.ndarray]:
    frozen = np.random.RandomState(seed)
    for start in range(0, people, _ROWS_AT_ONCE):
        yield frozen.randint(0, people, size=min(_ROWS_AT_ONCE, people - start))


def _known_quantiles(values: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """Quantiles over the first axis, NaN left out; NaN where there is nothing else."""
    found: np.ndarray = np.quantile(values, levels, axis=0)
    for place in map(tuple, np.argwhere(np.isnan(values).any(axis=0))):
        each = values[(slice(None), *place)]
        if known := each[~np.isnan(each)].tolist():
            found[(slice(None), *place)] = np.quantile(known, levels)
    return found


def _keys(label: np.ndarray, prediction: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, int]:
    """Each person's cell as one small number, and how many groups there are."""
    labels, predictions, codes = (np.asarray(each) for each in (label, prediction, group))
    if not (labels.ndim == 1 and labels.shape == predictions.shape == codes.shape and labels.size):
        raise ValueError(
            "expected one label, prediction and group per person, got shapes"
            f" {labels.shape}, {predictions.shape}, {codes.shape}"
        )
    for name, values in (("labels", labels), ("predictions", predictions)):
        if not np.isin(values, (0, 1)).all():
            raise ValueError(f"expected only 0 and 1 in {name}, got {np.unique(values)[:10]}")
    if not np.issubdtype(codes.dtype, np.integer) or codes.min() < 0:
        raise ValueError(f"expected groups numbered from 0, got {codes.dtype} from {codes.min()}")
    groups = int(codes.max()) + 1
    small = np.min_scalar_type(4 * groups)
    fused = 4 * codes.astype(np.int64) + 2 * labels.astype(np.int64) + predictions.astype(np.int64)
    return fused.astype(small), groups


def _check(n_boot: int, ci_quantiles: Sequence[float]) -> None:
    if n_boot < 1:
        raise ValueError(f"n_boot must be at least 1, got {n_boot}")
    if not ci_quantiles or not all(0 < level < 1 for level in ci_quantiles):
        raise ValueError(f"ci_quantiles must lie strictly between 0 and 1, got {ci_quantiles}")
