"""A fairness audit from Parquet: eight metrics of three features and of their intersection.

No Fairlearn is imported here; the certificate, which does, stands in `bench.ours.certified`.
"""

from collections.abc import Sequence
from pathlib import Path

from measures.engines.duckdb import Limits, opened
from measures.fairness import groups as fairness
from measures.fairness import kernel
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells, reduce_cells

FEATURES = ("sex", "race", "region")
RESAMPLES = 1_000
METRICS = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "true_negative_rate",
    "accuracy",
    "precision",
    "f1",
)


def cells_of(path: str | Path, features: Sequence[str] = FEATURES) -> Cells:
    """People counted by features, label and prediction."""
    file = Path(path)
    with opened({"log": file}, Limits(file.parent / "spill")) as tables:
        return reduce_cells(tables["log"], features, label="label", prediction="prediction")


def point_estimates(path: str | Path, features: Sequence[str] = FEATURES) -> Cells:
    """The kernel alone: every metric and disparity of each feature and of the intersection."""
    cells = cells_of(path, features)
    for each in audited(cells):
        kernel.disparities(kernel.evaluate(each.counts, METRICS))
    return cells


def with_intervals(
    path: str | Path, features: Sequence[str] = FEATURES, resamples: int = RESAMPLES
) -> Cells:
    """The same with Wilson intervals of rates and bootstrap intervals of disparities."""
    cells = point_estimates(path, features)
    intervals(cells, resamples)
    return cells


def intervals(cells: Cells, resamples: int) -> None:
    """Rates and disparities of each feature and of the intersection, with their intervals."""
    for each in audited(cells):
        fairness.group_rates(each)
        fairness.gaps(each, Drawing(resamples))


def intersection_with_intervals(
    path: str | Path, features: Sequence[str] = FEATURES, resamples: int = RESAMPLES
) -> Cells:
    """One intersection: its kernel, and the intervals of its rates and disparities."""
    cells = cells_of(path, features)
    kernel.disparities(kernel.evaluate(cells.counts, METRICS))
    fairness.group_rates(cells)
    fairness.gaps(cells, Drawing(resamples))
    return cells


def audited(cells: Cells) -> list[Cells]:
    """Each feature by itself, and all together."""
    alone = [cells.over([feature]) for feature in cells.features]
    return [*alone, cells] if len(alone) > 1 else alone


def rates(cells: Cells) -> dict[str, float]:
    """Every metric of every group, by "group: metric"."""
    found = kernel.evaluate(cells.counts, METRICS).rates
    return {
        f"{' x '.join(group)}: {metric}": float(value)
        for group, of_group in zip(cells.groups, found, strict=True)
        for metric, value in zip(METRICS, of_group, strict=True)
    }
