"""A model is inspected before it is loaded, and answers for every row or says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper

from audits.jobs import onnx_inspection, scoring
from audits.jobs.contract import Refused

Trained = tuple[str, dict[str, Any]]


def rows(**changes: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "income": [50.0, None, 40], "debt": [20, 21, 22], "region": ["north", None, "elsewhere"],
        "unused": ["x", "y", "z"],
    }  # fmt: skip
    return pa.table(columns | changes)


def test_every_row_gets_a_probability(trained: Trained) -> None:
    path, signature = trained
    scores = scoring.score(scoring.load(path), rows(), signature)
    assert scores.shape == (3,)
    assert scores.dtype == np.float64
    assert ((scores > 0) & (scores < 1)).all()


def test_no_rows_get_no_scores(trained: Trained) -> None:
    path, signature = trained
    assert scoring.score(scoring.load(path), rows().slice(0, 0), signature).shape == (0,)


def test_batches_do_not_change_the_scores(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, signature = trained
    whole = scoring.score(scoring.load(path), rows(), signature)
    monkeypatch.setattr(scoring, "BATCH_ROWS", 2)
    assert (scoring.score(scoring.load(path), rows(), signature) == whole).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"income": pa.array([50, None, 40], pa.int8())},
        {"region": pa.array(["north", None, "elsewhere"]).dictionary_encode()},
        {"region": pa.array(["north", None, "elsewhere"], pa.large_string())},
        {"income": pa.chunked_array([[50.0], [None, 40.0]])},
    ],
)
def test_how_a_column_is_stored_makes_no_difference(
    changes: dict[str, Any], trained: Trained
) -> None:
    path, signature = trained
    scorer = scoring.load(path)
    stored = scoring.score(scorer, rows(**changes), signature)
    assert (stored == scoring.score(scorer, rows(), signature)).all()


def test_a_column_without_any_value_is_missing_throughout(trained: Trained) -> None:
    path, signature = trained
    nothing = rows(income=pa.nulls(3), region=pa.nulls(3))
    assert np.isfinite(scoring.score(scoring.load(path), nothing, signature)).all()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (rows().drop_columns(["debt"]), "needs the feature 'debt', but the rows have no such"),
        (rows(debt=["a", "b", "c"]), "expected feature 'debt' to be numbers, .* string"),
        (rows(region=[1, 2, 3]), "expected feature 'region' to be text, .* int64"),
        (rows(debt=[1.0, float("inf"), 2.0]), "'debt' to be finite numbers, but row 2 has inf"),
        (rows(debt=[1.0, 2.0, 1e39]), "'debt' to be finite numbers, but row 3 has 1e"),
    ],
)
def test_rows_that_do_not_fit_are_refused(table: pa.Table, said: str, trained: Trained) -> None:
    path, signature = trained
    with pytest.raises(Refused, match=said):
        scoring.score(scoring.load(path), table, signature)


def test_a_signature_of_another_model_is_refused(trained: Trained) -> None:
    path, signature = trained
    other = signature | {"features": signature["features"][:2]}
    with pytest.raises(Refused, match="disagree about region"):
        scoring.score(scoring.load(path), rows(), other)


def saved(folder: Path, node: onnx.NodeProto, *tensors: onnx.TensorProto) -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node], "g", [value("x", TensorProto.FLOAT, [None, 1])],
        [value("y", TensorProto.FLOAT, [None, 1])], list(tensors),
    )  # fmt: skip
    path = folder / "model.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def test_an_operator_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("Shell", ["x"], ["y"], domain="com.example")
    with pytest.raises(Refused, match=r"standard ONNX operators only, got com.example.Shell"):
        scoring.load(saved(tmp_path, node))


def test_an_operator_hidden_in_a_branch_is_refused(tmp_path: Path) -> None:
    inner = helper.make_graph(
        [helper.make_node("Shell", [], ["z"], domain="com.example")], "branch", [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    with pytest.raises(Refused, match=r"com.example.Shell"):
        onnx_inspection.inspect(saved(tmp_path, node))


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(Refused, match="but w points outside it"):
        scoring.load(saved(tmp_path, helper.make_node("Add", ["x", "w"], ["y"]), tensor))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x80\x04\x95pickle"])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(Refused, match="expected an ONNX model"):
        scoring.load(path)


def test_a_model_that_is_too_large_is_refused(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_inspection, "LARGEST_MODEL_BYTES", 10)
    with pytest.raises(Refused, match="at most 10 bytes"):
        scoring.load(trained[0])


def test_a_model_that_cannot_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be loaded"):
        scoring.load(saved(tmp_path, helper.make_node("NoSuchOperator", ["x"], ["y"])))
