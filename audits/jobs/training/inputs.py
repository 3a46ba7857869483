"""What a training run learns from, checked: a frame of features, a 0/1 target, groups.

Refuses, in a sentence, whatever would train a model that means something else than asked:
a target or a sensitive feature among the inputs, a column that is not there, one class only.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.contract import Job, Refused
from audits.jobs.scoring import MISSING, feature_type, model_input


class Inputs(NamedTuple):
    """`frame` of shape (n_rows, n_features); `target` of shape (n_rows,), 1 is favourable."""

    frame: pd.DataFrame
    target: np.ndarray
    features: list[dict[str, str]]
    classes: list[Any]


def read(job: Job, table: pa.Table) -> Inputs:
    """Features and target of the training rows. Raises Refused when they cannot be used."""
    spec = job.spec
    _check_names(spec["features"], spec["target"], job.facts["sensitive_features"])
    _check_present(table, [*spec["features"], spec["target"]])
    if table.num_rows == 0:
        raise Refused("expected rows to train on, but the snapshot has none")
    features = [
        {"name": name, "type": feature_type(name, table.schema.field(name).type)}
        for name in spec["features"]
    ]
    columns = {feature["name"]: model_input(table, feature)[:, 0] for feature in features}
    target = labels(table, spec["target"], spec["favourable"])
    classes = sorted(pc.unique(table.column(spec["target"])).to_pylist())
    return Inputs(pd.DataFrame(columns), target, features, classes)


def labels(table: pa.Table, target: str, favourable: Any) -> np.ndarray:
    """The target as 0 and 1, where 1 is the favourable outcome; both must occur."""
    column = table.column(target)
    if column.null_count:
        raise Refused(
            f"expected every row to have the target {target!r},"
            f" but {column.null_count} of {table.num_rows} have none"
        )
    values = column.to_pylist()
    found = sorted(set(values), key=str)
    if len(found) != 2:
        raise Refused(
            f"expected two classes in the target {target!r}, got {len(found)}: {_listed(found)}"
        )
    if favourable not in found:
        raise Refused(
            f"expected the favourable outcome {favourable!r} among the values of {target!r},"
            f" got {_listed(found)}"
        )
    return np.array([value == favourable for value in values], dtype=np.int64)


def groups(table: pa.Table, sensitive: str) -> np.ndarray:
    """The sensitive feature as text, one group a row; missing values are a group."""
    _check_present(table, [sensitive])
    text = pc.fill_null(pc.cast(table.column(sensitive), pa.string()), MISSING)
    values = text.to_numpy(zero_copy_only=False).astype(object)
    if len(set(values)) < 2:
        raise Refused(
            f"expected at least two groups in {sensitive!r} to mitigate between, got {values[0]!r}"
        )
    return values


def _check_names(features: Sequence[str], target: str, sensitive: Sequence[str]) -> None:
    if target in features:
        raise Refused(f"expected features without the target, but {target!r} is among them")
    if used := [name for name in features if name in set(sensitive)]:
        raise Refused(
            "expected no sensitive feature among the model's inputs,"
            f" but {', '.join(used)} are declared sensitive"
        )


def _check_present(table: pa.Table, names: Sequence[str]) -> None:
    if absent := [name for name in names if name not in table.column_names]:
        raise Refused(
            f"expected the columns {', '.join(absent)}, but the snapshot has"
            f" {_listed(table.column_names)}"
        )


def _listed(values: Sequence[object], most: int = 12) -> str:
    shown = ", ".join(str(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
