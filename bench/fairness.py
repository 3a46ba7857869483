"""A fairness audit of eight metrics over 18 intersectional groups.

Ours reads Parquet and draws 1,000 resamples; Fairlearn is given the columns in memory and draws
none (with resamples it takes hours).
"""

from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from fairlearn.metrics import MetricFrame

from bench.timing import Row, in_turns, peak_mb
from measures import certificate
from measures.engines.duckdb import Limits, opened
from measures.fairness import groups as fairness
from measures.fairness import kernel
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells, reduce_cells

FEATURES = ("sex", "race", "region")
LEVELS = (2, 3, 3)


def compare(rows: int) -> list[Row]:
    """Ours without and with Fairlearn's certificate, against Fairlearn on the rows."""
    people = log(rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        pq.write_table(people, path, compression="zstd", row_group_size=131_072)
        works: dict[str, Callable[[Path], object]] = {
            "fairness, kernel": audit,
            "fairness, certified": certified_audit,
        }
        ours = {name: partial(work, path) for name, work in works.items()}
        seconds = in_turns(ours, partial(_by_fairlearn, people.to_pandas()), turns=1, each=3)
        peaks = {name: peak_mb(work, path) for name, work in works.items()}
    peer = f"fairlearn {metadata.version('fairlearn')} MetricFrame, no resamples"
    return [
        Row(name, took, peer, seconds["peer"], seconds["peer"] / took, peaks[name], rows)
        for name, took in seconds.items()
        if name in ours
    ]


def log(rows: int) -> pa.Table:
    """A made-up prediction log with dependent columns."""
    drawn = np.random.RandomState(1)
    groups = {
        name: drawn.randint(0, levels, rows) for name, levels in zip(FEATURES, LEVELS, strict=True)
    }
    label = (drawn.rand(rows) < 0.3 + 0.05 * groups["sex"]).astype(np.int8)
    chosen = (drawn.rand(rows) < 0.2 + 0.5 * label + 0.03 * groups["race"]).astype(np.int8)
    named = {
        name: pa.array(np.char.add(name, codes.astype(str))).dictionary_encode()
        for name, codes in groups.items()
    }
    return pa.table(named | {"label": label, "prediction": chosen})


def audit(path: Path) -> Cells:
    """Cells from Parquet, every metric and disparity, 1,000 resamples."""
    cells = _cells(path)
    kernel.disparities(kernel.evaluate(cells.counts))
    fairness.group_rates(cells)
    fairness.gaps(cells, Drawing(resamples=1_000))
    return cells


def certified_audit(path: Path) -> None:
    """The same, and Fairlearn's agreement."""
    certificate.certify_groups(audit(path))


def _cells(path: Path) -> Cells:
    with opened({"log": path}, Limits(path.parent / "spill")) as tables:
        return reduce_cells(tables["log"], FEATURES, label="label", prediction="prediction")


def _by_fairlearn(people: pd.DataFrame) -> None:
    frame = MetricFrame(
        metrics=certificate.FAIRLEARN,
        y_true=people["label"],
        y_pred=people["prediction"],
        sensitive_features=people[list(FEATURES)].astype(str),
    )
    for method in ("between_groups", "to_overall"):
        frame.difference(method=method)
        frame.ratio(method=method)
