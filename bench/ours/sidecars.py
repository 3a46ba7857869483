"""The same audit from what was counted when the segments were written: no row is read."""

from collections.abc import Sequence
from pathlib import Path

from bench import data
from bench.ours import fairness
from measures.engines.duckdb import Limits, opened
from measures.fairness import kernel
from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.serialising import as_bytes, from_bytes
from measures.reduce.sidecar import merged, sidecar_of

#: What was declared when the segments were written: 360 groups.
DECLARED = tuple(data.LEVELS)
SUFFIX = ".sidecar"


def keep(segments: Sequence[Path]) -> Path:
    """Count each segment beside itself, unless it is done; returns the folder."""
    for segment in segments:
        beside = segment.with_suffix(SUFFIX)
        if not beside.exists():
            beside.write_bytes(as_bytes(sidecar_of(_counted([segment], DECLARED))))
    return segments[0].parent


def cells_of(folder: str | Path) -> Cells:
    """The audited cells of all segments together."""
    parts = [from_bytes(path.read_bytes()) for path in Path(folder).glob(f"*{SUFFIX}")]
    return merged(parts).cells(fairness.FEATURES)


def point_estimates(folder: str | Path) -> Cells:
    """The kernel alone: every metric and disparity of each feature and of the intersection."""
    cells = cells_of(folder)
    for each in fairness.audited(cells):
        kernel.disparities(kernel.evaluate(each.counts, fairness.METRICS))
    return cells


def with_intervals(folder: str | Path) -> Cells:
    """The same with the intervals of rates and disparities."""
    cells = point_estimates(folder)
    fairness.intervals(cells, fairness.RESAMPLES)
    return cells


def scanned(segments: Sequence[Path]) -> Cells:
    """The same cells from the rows."""
    return _counted(segments, fairness.FEATURES)


def _counted(segments: Sequence[Path], features: Sequence[str]) -> Cells:
    with opened({"log": segments}, Limits(segments[0].parent / "spill")) as tables:
        return reduce_cells(tables["log"], features, label="label", prediction="prediction")
