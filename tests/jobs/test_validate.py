"""A validation says what scikit-learn would, with intervals, or says why it cannot."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn import metrics

from audits.jobs import scoring, validate
from audits.jobs.contract import Refused


def _replaced(table: pa.Table, column: str, values) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def test_every_figure_is_scikit_learns_and_lies_in_its_interval(job_on, snapshot, tell):
    job = job_on("validate", snapshot)
    outcome = validate.work(job, tell)
    figures = {measure.name: measure for measure in outcome.measures}
    truth = snapshot["approve"].to_numpy()
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    chosen = score >= 0.5
    expected = {
        "roc_auc": metrics.roc_auc_score(truth, score),
        "accuracy": metrics.accuracy_score(truth, chosen),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, chosen),
        "precision": metrics.precision_score(truth, chosen),
        "recall": metrics.recall_score(truth, chosen),
        "specificity": metrics.recall_score(truth, chosen, pos_label=0),
        "f1": metrics.f1_score(truth, chosen),
        "brier": metrics.brier_score_loss(truth, score),
        "log_loss": metrics.log_loss(truth, score),
        "selection_rate": chosen.mean(),
    }
    for name, value in expected.items():
        assert figures[name].value == pytest.approx(value, abs=1e-12), name
    assert set(figures) >= {*expected, "expected_calibration_error"}
    assert all(each.low <= each.value <= each.high for each in outcome.measures if each.unit != "p")
    assert all(each.n > 0 for each in outcome.measures)


def test_the_certificate_names_scikit_learn_and_what_was_compared(job_on, snapshot, tell):
    details = validate.work(job_on("validate", snapshot), tell).details
    assert details["certificate"]["authority"].startswith("scikit-learn ")
    assert details["certificate"]["compared"] == 12
    assert float(details["certificate"]["largest_difference"]) <= 1e-12


def test_the_details_are_json_and_add_up(job_on, snapshot, tell):
    details = validate.work(job_on("validate", snapshot), tell).details
    json.dumps(details, allow_nan=False)
    assert sum(details["confusion"].values()) == 600
    assert sum(details["score_histogram"]["counts"]) == 600
    assert sum(each["n"] for each in details["reliability"]) == 600
    assert details["roc"][0] == [0.0, 0.0]
    assert details["roc"][-1] == [1.0, 1.0]


def test_the_same_input_gives_the_same_bytes(job_on, snapshot, tell):
    first, second = (validate.work(job_on("validate", snapshot), tell) for _ in range(2))
    assert first.measures == second.measures
    assert json.dumps(first.details) == json.dumps(second.details)
    for one, other in zip(first.products, second.products, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()


def test_the_order_of_the_rows_changes_nothing(job_on, snapshot, tell):
    shuffled = snapshot.take(np.random.RandomState(0).permutation(len(snapshot)))
    first, second = (validate.work(job_on("validate", t), tell) for t in (snapshot, shuffled))
    assert first.measures == second.measures
    assert json.dumps(first.details) == json.dumps(second.details)


def test_the_plots_are_svg_with_text_and_nothing_from_outside(job_on, snapshot, tell):
    products = validate.work(job_on("validate", snapshot), tell).products
    products = [product for product in products if product.media_type == "image/svg+xml"]
    assert [product.name for product in products] == ["roc.svg", "calibration.svg"]
    for product in products:
        text = product.path.read_text()
        drawing = ET.fromstring(text)
        words = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
        assert any("n = 600" in word for word in words if word)
        assert product.media_type == "image/svg+xml"
        assert "<!DOCTYPE" not in text
        assert "rdf" not in text


def test_the_threshold_belongs_to_those_selected(job_on, snapshot, tell):
    job = job_on("validate", snapshot)
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    at = float(np.sort(score)[300])
    outcome = validate.work(job_on("validate", snapshot, threshold=at), tell)
    rate = next(each for each in outcome.measures if each.name == "selection_rate")
    assert rate.value == (score >= at).mean()


@pytest.mark.parametrize("kind", [pa.bool_(), pa.float64(), pa.decimal128(20, 1)])
def test_labels_of_other_types_are_the_same_labels(job_on, snapshot, tell, kind):
    recast = _replaced(snapshot, "approve", snapshot["approve"].cast(kind, safe=False))
    first, second = (validate.work(job_on("validate", t), tell) for t in (snapshot, recast))
    assert first.measures == second.measures


def _label_row_3(snapshot: pa.Table, value) -> pa.Table:
    values = snapshot["approve"].to_pylist()
    values[2] = value
    return _replaced(snapshot, "approve", pa.array(values))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda t: t.drop_columns(["approve"]), "expected the target 'approve' in the snapshot"),
        (lambda t: t.drop_columns(["debt"]), "expected the feature 'debt' in the snapshot"),
        (lambda t: t[:0], "expected rows to measure the model on, but the snapshot has none"),
        (
            lambda t: t.filter(pc.equal(t["approve"], 1)),
            r"expected both classes in the target 'approve' of the snapshot, but all \d+ rows",
        ),
        (lambda t: t.filter(pc.equal(t["approve"], 0)), "another than the favourable outcome, 1"),
        (
            lambda t: _label_row_3(t, -1),
            "expected only 0, 1 in the target 'approve', got -1 in 1 rows: row 3",
        ),
        (
            lambda t: _label_row_3(t, 2),
            "expected only 0, 1 in the target 'approve', got 2 in 1 rows: row 3",
        ),
        (
            lambda t: _label_row_3(t, None),
            "expected a value in the target 'approve', got none in 1 rows: row 3",
        ),
        (
            lambda t: _replaced(t, "approve", t["approve"].cast(pa.string())),
            "expected only 0, 1 in the target 'approve', got 0, 1 in 600 rows: row 1, 2, 3 and 597",
        ),
        (
            lambda t: _replaced(t, "debt", t["region"]),
            "expected feature 'debt' to be numbers, but its column is string",
        ),
    ],
)
def test_unusable_snapshots_are_refused_with_a_sentence(job_on, snapshot, tell, spoil, sentence):
    with pytest.raises(Refused, match=sentence):
        validate.work(job_on("validate", spoil(snapshot)), tell)


@pytest.mark.parametrize("odd", [float("nan"), 1.5, -0.1])
def test_scores_that_are_no_probabilities_are_refused(job_on, snapshot, tell, monkeypatch, odd):
    answered = np.full(600, 0.5)
    answered[[4, 9]] = odd
    monkeypatch.setattr(scoring, "score", lambda *_: answered)
    with pytest.raises(Refused, match=rf"within \[0, 1\] for every row, got {odd} in 2 rows"):
        validate.work(job_on("validate", snapshot), tell)


def test_a_text_target_names_its_favourable_value(job_on, snapshot, tell):
    words = pc.if_else(pc.equal(snapshot["approve"], 1), "yes", "no")
    job = job_on("validate", _replaced(snapshot, "approve", words))
    named = {"favourable": "yes", "classes": ["no", "yes"]}
    job.facts["signature"] = job.facts["signature"] | named
    expected = validate.work(job_on("validate", snapshot), tell)
    assert validate.work(job, tell).measures == expected.measures


def test_the_scored_file_holds_no_feature(job_on, snapshot, tell):
    job = job_on("validate", snapshot)
    validate.work(job, tell)
    held = pq.read_schema(job.folder / "scored.parquet").names
    assert held == ["assay:label", "assay:score", "assay:prediction"]
