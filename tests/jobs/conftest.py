"""A small trained model and snapshots to measure it on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.jobs import train
from audits.jobs.contract import Job

FEATURES = ["income", "debt", "region"]

#: The specs' defaults, so that a test names only what it is about.
DEFAULTS: dict[str, dict[str, Any]] = {
    "validate": {"threshold": 0.5, "resamples": 200, "confidence": 0.95, "seed": 7},
    "fairness": {
        "threshold": 0.5, "resamples": 200, "confidence": 0.95, "seed": 7,
        "sensitive": ["group"], "intersections": [], "min_group_size": 30,
    },
    "explain": {"repeats": 4, "rows": 300, "seed": 7},
    "monitor": {"resamples": 200, "confidence": 0.95, "seed": 7, "sensitive": []},
    "profile": {},
}  # fmt: skip


def applicants(rows: int = 600, seed: int = 3) -> pa.Table:
    """Made-up applications: group b earns less; some values are missing."""
    drawn = np.random.RandomState(seed)
    group = drawn.choice(np.array(["a", "b", None], dtype=object), rows, p=[0.6, 0.35, 0.05])
    income = drawn.normal(50, 10, rows) - 8 * (group == "b")
    debt = drawn.normal(20, 5, rows)
    approve = (income - debt + drawn.normal(0, 8, rows) > 27).astype(np.int64)
    region = drawn.choice(np.array(["north", "south", None], dtype=object), rows)
    return pa.table(
        {
            "income": pa.array([None if i % 17 == 0 else each for i, each in enumerate(income)]),
            "debt": debt,
            "region": pa.array(region, pa.string()),
            "group": pa.array(group, pa.string()),
            "male": pa.array(drawn.randint(0, 2, rows)),
            "approve": approve,
        }
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """A logistic model's ONNX file, and its signature."""
    folder = tmp_path_factory.mktemp("trained")
    pq.write_table(applicants(800, seed=1), folder / "snapshot.parquet")
    spec = {
        "features": FEATURES, "target": "approve", "favourable": 1,
        "estimator": "logistic_regression", "parameters": {}, "mitigation": None, "seed": 1,
    }  # fmt: skip
    inputs = {"snapshot": str(folder / "snapshot.parquet")}
    outcome = train.work(
        Job("train", spec, inputs, {"sensitive_features": ["group"]}, folder), lambda *_: None
    )
    return str(folder / "model.onnx"), outcome.details["signature"]


@pytest.fixture
def job_on(tmp_path: Path, trained: tuple[str, dict[str, Any]]) -> Callable[..., Job]:
    """A job of a kind on a snapshot; keywords change its spec."""
    model, signature = trained

    def make(kind: str, table: pa.Table, **changes: Any) -> Job:
        folder = tmp_path / f"job{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        pq.write_table(table, folder / "snapshot.parquet", row_group_size=100)
        inputs = {"model": model, "snapshot": str(folder / "snapshot.parquet")}
        facts = {"signature": signature, "sensitive_features": ["group", "male"]}
        return Job(kind, DEFAULTS[kind] | changes, inputs, facts, folder / "products")

    return make


@pytest.fixture
def snapshot() -> pa.Table:
    return applicants()


def quiet(share: float, said: str) -> None:
    """Nobody listens, but what is told must make sense."""
    assert 0 <= share <= 1
    assert said


@pytest.fixture
def tell() -> Callable[[float, str], None]:
    return quiet
