"""Scores of a model for the rows of a table: the same everywhere a model is asked.

A model takes one input per feature: float32 for a number (NaN where missing), text for a
category ("(missing)" where missing), and answers with the probability of the favourable
outcome. Only ONNX is loaded, inspected first, on one thread.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs import onnx_inspection
from audits.jobs.contract import Refused

#: What stands for a category that is not there.
MISSING = "(missing)"

#: Rows scored at a time, so that memory does not grow with the table.
BATCH_ROWS = 65_536


class Scorer(NamedTuple):
    """A loaded model and the names it wants its inputs under."""

    session: onnxruntime.InferenceSession
    inputs: tuple[str, ...]


def load(model_path: str | Path) -> Scorer:
    """Inspect and load an ONNX model. Raises Refused when it should not be loaded."""
    onnx_inspection.inspect(Path(model_path))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised; a row refused is no news
    try:
        session = onnxruntime.InferenceSession(
            str(model_path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as broken:  # onnxruntime's errors share no public base class
        raise Refused(f"the ONNX model cannot be loaded: {broken}") from broken
    return Scorer(session, tuple(given.name for given in session.get_inputs()))


def score(scorer: Scorer, table: pa.Table, signature: Mapping[str, Any]) -> np.ndarray:
    """Probability of the favourable outcome for each row.

    Parameters
    ----------
    scorer : Scorer
        From `load`.
    table : pyarrow.Table
        Has every feature of the signature; other columns are not looked at.
    signature : mapping
        A version's signature: ``{"features": [{"name", "type": "number"|"category"}], …}``.

    Returns
    -------
    numpy.ndarray of shape (n_rows,), float64
        Probabilities in [0, 1].

    Raises
    ------
    Refused
        If a feature is missing from the table or is of another type than the signature says.
    """
    _check_inputs(scorer, signature)
    columns = {feature["name"]: model_input(table, feature) for feature in signature["features"]}
    parts = [
        _run(scorer, {name: column[at : at + BATCH_ROWS] for name, column in columns.items()})
        for at in range(0, table.num_rows, BATCH_ROWS)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float64)


def model_input(table: pa.Table, feature: Mapping[str, str]) -> np.ndarray:
    """One feature's column as the model takes it: shape (n_rows, 1), float32 or text."""
    name, kind = feature["name"], feature["type"]
    if name not in table.column_names:
        raise Refused(f"the model needs the feature {name!r}, but the rows have no such column")
    column = table.column(name)
    values = _numbers(name, column) if kind == "number" else _categories(name, column)
    return values.reshape(-1, 1)


def feature_type(name: str, arrow_type: pa.DataType) -> str:
    """ "number" or "category", as the column's type has it; raises Refused for other types."""
    if is_number(arrow_type):
        return "number"
    if is_text(arrow_type):
        return "category"
    raise Refused(
        f"expected feature {name!r} to be numbers or text, but its column is {arrow_type}"
    )


def is_number(arrow_type: pa.DataType) -> bool:
    """Integers, floats, decimals, and booleans as 0 and 1."""
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return any(is_kind(arrow_type) for is_kind in kinds)


def is_text(arrow_type: pa.DataType) -> bool:
    """Text, plain or dictionary-encoded."""
    if pa.types.is_dictionary(arrow_type):
        return is_text(arrow_type.value_type)
    return bool(pa.types.is_string(arrow_type) or pa.types.is_large_string(arrow_type))


def _numbers(name: str, column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan, dtype=np.float32)
    if not is_number(column.type):
        raise Refused(f"expected feature {name!r} to be numbers, but its column is {column.type}")
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    values = pc.fill_null(pc.cast(column, pa.float64(), safe=False), float("nan"))
    with np.errstate(over="ignore"):
        narrowed = values.to_numpy().astype(np.float32)
    if len(beyond := np.flatnonzero(np.isinf(narrowed))):
        raise Refused(
            f"expected feature {name!r} to be finite numbers,"
            f" but row {beyond[0] + 1} has {values[int(beyond[0])]}"
        )
    return narrowed


def _categories(name: str, column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.full(len(column), MISSING, dtype=object)
    if not is_text(column.type):
        raise Refused(f"expected feature {name!r} to be text, but its column is {column.type}")
    filled = pc.fill_null(pc.cast(column, pa.string()), MISSING)
    return filled.to_numpy(zero_copy_only=False).astype(object)


def _check_inputs(scorer: Scorer, signature: Mapping[str, Any]) -> None:
    described = {feature["name"] for feature in signature["features"]}
    if described != set(scorer.inputs):
        odd = sorted(described ^ set(scorer.inputs))
        raise Refused(f"the model's inputs and its signature disagree about {', '.join(odd)}")


def _run(scorer: Scorer, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    answers = scorer.session.run(None, dict(columns))
    probabilities = answers[-1]
    return np.asarray(probabilities[:, 1], dtype=np.float64)
