"""Predictions are made for whole requests or not at all."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.jobs import predict
from audits.jobs.contract import Job, Outcome, Refused
from tests.jobs.test_train import applications, trained


@pytest.fixture(scope="module")
def version(tmp_path_factory) -> Outcome:
    return trained(applications(), tmp_path_factory.mktemp("version"))


def predicted(version, folder, rows=None, snapshot=None) -> Outcome:
    inputs = {"model": str(version.products[1].path)}
    if snapshot is not None:
        pq.write_table(snapshot, folder / "snapshot.parquet")
        inputs["snapshot"] = str(folder / "snapshot.parquet")
    facts = {"signature": version.details["signature"], "prediction_ids_prefix": "run-7"}
    return predict.work(Job("predict", {"rows": rows}, inputs, facts, folder), lambda *_: None)


ROW = {"income": 60, "debt": 20.5, "region": "north"}


def test_each_row_gets_an_id_a_score_and_a_prediction(version, tmp_path):
    outcome = predicted(version, tmp_path, rows=[ROW, ROW | {"income": None, "region": None}])
    first, second = outcome.details["predictions"]
    assert (first["prediction_id"], second["prediction_id"]) == ("run-7-1", "run-7-2")
    assert 0 <= second["score"] <= 1
    assert first["prediction"] == int(first["score"] >= 0.5)


def test_the_segment_keeps_inputs_and_answers(version, tmp_path):
    outcome = predicted(version, tmp_path, rows=[ROW])
    (row,) = pq.read_table(outcome.products[0].path).to_pylist()
    assert {name: row[name] for name in ROW} == ROW
    assert row["score"] == outcome.details["predictions"][0]["score"]


def test_a_snapshot_is_answered_with_its_other_columns_kept(version, tmp_path):
    outcome = predicted(version, tmp_path, snapshot=applications(50))
    segment = pq.read_table(outcome.products[0].path)
    assert segment.num_rows == 50
    assert {"group", "approve", "score", "prediction"} <= set(segment.column_names)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([ROW, {"income": 1, "debt": 2}], "row 2: expected the features region"),
        ([ROW | {"age": 3}], "row 1: age is not a feature"),
        ([ROW | {"income": "high"}], "row 1: expected 'income' to be a number or null, got 'high'"),
        ([ROW | {"region": 4}], "row 1: expected 'region' to be a category or null, got 4"),
        ([ROW | {"income": 1e300}], "finite numbers"),
    ],
)
def test_a_row_that_does_not_fit_the_signature_is_refused_by_number(
    version, tmp_path, rows, sentence
):
    with pytest.raises(Refused, match=sentence):
        predicted(version, tmp_path, rows=rows)


def test_a_snapshot_without_rows_is_refused(version, tmp_path):
    with pytest.raises(Refused, match="the snapshot has none"):
        predicted(version, tmp_path, snapshot=applications().slice(0, 0))


def test_a_file_that_is_not_a_model_is_refused(version, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"\x80\x04 not a model")
    facts = {"signature": version.details["signature"], "prediction_ids_prefix": "x"}
    job = Job("predict", {"rows": [ROW]}, {"model": str(tmp_path / "model.onnx")}, facts, tmp_path)
    with pytest.raises(Refused, match="expected an ONNX model"):
        predict.work(job, lambda *_: None)


def test_pyarrow_integers_beyond_float_precision_do_not_crash(version, tmp_path):
    rows = pa.table({"income": [2**60], "debt": [1], "region": ["north"]})
    assert predicted(version, tmp_path, snapshot=rows).details["rows"] == 1
