"""Monitoring sees a window drift, and measures it where outcomes have come in."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from audits.jobs import monitor, scoring
from audits.jobs.contract import Refused


@pytest.fixture
def window_of(job_on, snapshot, trained):
    """A monitoring job whose batches hold the given rows, answered by the model."""
    model, signature = trained

    def make(*batches: pa.Table, outcomes: pa.Table | None = None, **changes):
        job = job_on("monitor", snapshot, **changes)
        folder = job.folder.parent
        inputs = {"model": job.inputs["model"], "reference": job.inputs["snapshot"]}
        for number, rows in enumerate(batches, start=1):
            path = folder / f"batch{number}.parquet"
            pq.write_table(_answered(rows, signature, model, number), path)
            inputs[f"batch:{number}"] = str(path)
        if outcomes is not None:
            pq.write_table(outcomes, folder / "outcomes.parquet")
            inputs["outcome:1"] = str(folder / "outcomes.parquet")
        return job._replace(inputs=inputs)

    return make


def _answered(rows: pa.Table, signature, model, number: int) -> pa.Table:
    score = scoring.score(scoring.load(model), rows, signature)
    own = {
        "prediction_id": [f"run{number}-{i}" for i in range(rows.num_rows)],
        "score": score,
        "prediction": (score >= 0.5).astype(np.int8),
    }
    kept = [name for name in rows.column_names if name not in own]
    return pa.table({name: rows[name] for name in kept} | own)


def _drift(outcome) -> dict:
    return {
        each.slice["feature"]: each
        for each in outcome.measures
        if each.name == "population_stability_index"
    }


def _named(outcome, name: str):
    return next(each for each in outcome.measures if each.name == name)


def _richer(rows: pa.Table) -> pa.Table:
    at = rows.column_names.index("income")
    return rows.set_column(at, "income", pc.add(rows["income"], 12.0))


def test_the_reference_itself_has_not_drifted(window_of, snapshot, tell):
    found = _drift(monitor.work(window_of(snapshot), tell))
    assert set(found) == {"score", "income", "debt", "region"}
    assert {each.value for each in found.values()} == {0.0}
    assert {each.n for each in found.values()} == {600}
    assert all(0 == each.low < each.high for each in found.values())


def test_the_methods_told_are_those_of_what_was_measured(window_of, snapshot, tell):
    told = monitor.work(window_of(snapshot), tell).details["interval_methods"]
    assert {"population_stability_index", "other distances", "selection_rate"} <= set(told)
    assert not {"domain classifier", "gaps between groups", "roc_auc"} & set(told)
    job = window_of(snapshot, sensitive=["group"], domain_classifier=True)
    more = monitor.work(job, tell).details["interval_methods"]
    assert {"domain classifier", "gaps between groups", "largest gaps"} <= set(more)


def test_the_feature_that_moved_and_the_score_are_seen_to_drift(window_of, snapshot, tell):
    found = _drift(monitor.work(window_of(_richer(snapshot)), tell))
    assert found["income"].low > 0.25
    assert found["score"].low > 0.25
    assert found["debt"].value == found["region"].value == 0.0


def test_values_that_go_missing_are_drift(window_of, snapshot, tell):
    gone = snapshot.set_column(2, "region", pa.nulls(600, pa.string()))
    assert _drift(monitor.work(window_of(gone), tell))["region"].low > 0.25


def test_several_batches_are_one_window(window_of, snapshot, tell):
    apart = monitor.work(window_of(snapshot[:200], snapshot[200:]), tell)
    together = monitor.work(window_of(snapshot), tell)
    assert apart.measures == together.measures


def test_outcomes_are_joined_and_measured(window_of, snapshot, tell, trained):
    truth = snapshot["approve"].to_numpy()[:300]
    known = pa.table({"prediction_id": [f"run1-{i}" for i in range(300)], "outcome": truth})
    outcome = monitor.work(window_of(snapshot, outcomes=known), tell)
    score = scoring.score(scoring.load(trained[0]), snapshot, trained[1])[:300]
    assert _named(outcome, "roc_auc").value == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert _named(outcome, "accuracy").value == ((score >= 0.5) == truth).mean()
    assert _named(outcome, "accuracy").n == 300
    assert outcome.details["outcomes"] == {"matched": 300, "favourable": int(truth.sum())}


@pytest.mark.parametrize("text", [["1", "0"], [True, False], [1.0, 0.0]])
def test_outcomes_of_other_types_are_the_same_outcomes(window_of, snapshot, tell, text):
    known = pa.table({"prediction_id": ["run1-0", "run1-1"], "outcome": text})
    outcome = monitor.work(window_of(snapshot, outcomes=known), tell)
    assert outcome.details["outcomes"] == {"matched": 2, "favourable": 1}


def test_groups_are_compared_where_every_batch_names_them(window_of, snapshot, tell):
    job = window_of(snapshot, sensitive=["group", "male", "age"])
    outcome = monitor.work(job, tell)
    ratios = {e.slice["feature"]: e for e in outcome.measures if e.name == "selection_rate_ratio"}
    assert set(ratios) == {"group", "male"}
    assert all(each.low <= each.value <= each.high for each in ratios.values())
    assert outcome.details["not_measured"] == ["not every batch has the sensitive feature 'age'"]


def test_what_cannot_be_measured_is_said_and_does_not_stop_the_rest(window_of, snapshot, tell):
    one_group = snapshot.filter(pc.equal(snapshot["group"], "a"))
    known = pa.table({"prediction_id": ["run1-0", "other"], "outcome": [1, 0]})
    outcome = monitor.work(window_of(one_group, outcomes=known, sensitive=["group"]), tell)
    assert outcome.details["not_measured"] == [
        "all 1 outcomes are of one class: there is no roc_auc",
        "all rows of the window are in one group of 'group'",
    ]
    assert _named(outcome, "accuracy").n == 1


def test_outcomes_of_other_predictions_measure_nothing(window_of, snapshot, tell):
    known = pa.table({"prediction_id": ["other"], "outcome": [1]})
    outcome = monitor.work(window_of(snapshot, outcomes=known), tell)
    assert outcome.details["not_measured"] == ["no outcome belongs to a prediction of this window"]


def test_the_same_input_gives_the_same_bytes(window_of, snapshot, tell):
    first, second = (monitor.work(window_of(_richer(snapshot)), tell) for _ in range(2))
    assert json.dumps([first.measures, first.details], allow_nan=False) == json.dumps(
        [second.measures, second.details]
    )


def test_unusable_windows_are_refused(window_of, snapshot, tell):
    with pytest.raises(Refused, match="expected predictions in the window"):
        monitor.work(window_of(snapshot[:0]), tell)
    twice = pa.table({"prediction_id": ["run1-0"] * 2, "outcome": [1, 0]})
    with pytest.raises(Refused, match="one outcome for each prediction_id, but 1 come twice"):
        monitor.work(window_of(snapshot, outcomes=twice), tell)
    odd = pa.table({"prediction_id": ["run1-0"], "outcome": [-1]})
    with pytest.raises(Refused, match="expected only 0 and 1 as outcomes, got also -1"):
        monitor.work(window_of(snapshot, outcomes=odd), tell)
    with pytest.raises(Refused, match="expected the columns outcome in outcome 1"):
        monitor.work(window_of(snapshot, outcomes=odd.drop_columns(["outcome"])), tell)
