"""A validation by slice: the people of each value of a column, by themselves, nobody dropped."""

import json

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

from audits import specs
from audits.jobs import scoring, validate
from audits.jobs.contract import Refused
from audits.states import RunKind
from people.errors import Malformed

FIGURES = ["accuracy", "roc_auc", "expected_calibration_error", "selection_rate"]


@pytest.fixture
def run(job_on, snapshot, tell):
    """Validate a table by slices."""

    def work(slices: list[str], table: pa.Table = snapshot, **changes):
        return validate.work(job_on("validate", table, slices=slices, **changes), tell)

    return work


def _of(outcome, column: str, group: str):
    about = {"feature": column, "group": group}
    return {each.name: each for each in outcome.measures if each.slice == about}


def _binned(truth: np.ndarray, score: np.ndarray) -> float:
    """Expected calibration error over ten bins, row by row."""
    place = np.minimum((score * 10).astype(int), 9)
    return sum(abs((truth - score)[place == i].sum()) for i in range(10)) / len(truth)


@pytest.mark.parametrize("column", ["group", "male", "region"])
def test_each_slice_is_what_scikit_learn_says_of_its_rows(run, job_on, snapshot, column):
    job = job_on("validate", snapshot)
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    truth = snapshot["approve"].to_numpy()
    named = ["(missing)" if v is None else str(v) for v in snapshot[column].to_pylist()]
    outcome = run([column], threshold=0.6)
    for value in set(named):
        inside = np.array(named) == value
        found = _of(outcome, column, value)
        assert list(found) == FIGURES
        chosen = score[inside] >= 0.6
        expected = {
            "accuracy": metrics.accuracy_score(truth[inside], chosen),
            "roc_auc": metrics.roc_auc_score(truth[inside], score[inside]),
            "expected_calibration_error": _binned(truth[inside], score[inside]),
            "selection_rate": chosen.mean(),
        }
        for name, worth in expected.items():
            assert found[name].value == pytest.approx(worth, abs=1e-12)
            assert found[name].low <= found[name].value <= found[name].high
            assert (found[name].n, found[name].unit) == (inside.sum(), "fraction")


def test_nobody_is_dropped_and_people_without_a_value_are_a_slice(run, snapshot):
    table = run(["group", "region"]).details["slices"]
    assert list(table) == ["group", "region"]
    assert [row["group"] for row in table["group"]] == ["(missing)", "a", "b"]
    for rows in table.values():
        assert sum(row["n"] for row in rows) == 600
        assert sum(row["positives"] for row in rows) == sum(snapshot["approve"].to_pylist())


def test_a_rare_slice_of_one_class_is_there_without_an_area(run, snapshot):
    approved = snapshot["approve"].to_pylist()
    first = approved.index(1)
    values = ["alone" if i == first else "others" for i in range(600)]
    outcome = run(["branch"], snapshot.append_column("branch", pa.array(values)))
    found = _of(outcome, "branch", "alone")
    area = found["roc_auc"]
    assert (area.value, area.low, area.high, area.n) == (None, None, None, 1)
    assert found["accuracy"].value in (0.0, 1.0)
    assert found["accuracy"].low <= 0.21  # Wilson: one person says next to nothing
    assert outcome.details["slices"]["branch"][0]["roc_auc"] is None
    json.dumps(outcome.details, allow_nan=False)


def test_the_table_holds_what_is_filed(run):
    outcome = run(["group"])
    for row in outcome.details["slices"]["group"]:
        for name, each in _of(outcome, "group", row["group"]).items():
            assert (row[name], row[f"{name}_low"], row[f"{name}_high"]) == (
                each.value, each.low, each.high,
            )  # fmt: skip


def test_figures_of_everybody_do_not_change(run):
    without, sliced = run([]), run(["group", "male"])
    assert sliced.measures[: len(without.measures)] == without.measures
    assert without.details["slices"] == {}
    assert without.details["scores_digest"] == sliced.details["scores_digest"]


def test_a_spec_from_before_there_were_slices_is_still_carried_out(job_on, snapshot, tell):
    job = job_on("validate", snapshot)
    assert "slices" not in job.spec
    assert validate.work(job, tell).details["slices"] == {}


def test_the_order_of_the_rows_changes_no_slice(run, snapshot):
    shuffled = snapshot.take(np.random.RandomState(0).permutation(600))
    first, second = (run(["group", "region"], table) for table in (snapshot, shuffled))
    assert first.measures == second.measures
    assert json.dumps(first.details) == json.dumps(second.details)


def test_inputs_and_the_target_can_be_sliced_by_too(run):
    outcome = run(["region", "approve"])
    refused = _of(outcome, "approve", "0")
    assert refused["roc_auc"].value is None
    assert refused["selection_rate"].value == pytest.approx(49 / 288)  # false positives


def test_too_many_values_are_refused_naming_the_column(run, snapshot):
    few = snapshot.append_column("branch", pa.array([f"{i % 100}" for i in range(600)]))
    assert len(run(["branch"], few, resamples=100).details["slices"]["branch"]) == 100
    sentence = "at most 100 values in a slice column, but 'debt' has 600: leave it out, or band"
    with pytest.raises(Refused, match=sentence):
        run(["group", "debt"])


def test_a_column_that_is_not_there_is_refused(run):
    with pytest.raises(Refused, match="expected the slice column 'nowhere' in the snapshot"):
        run(["nowhere"])


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (["a", "b", "a"], "slices must not repeat, got a twice"),
        (list("abcdef"), "slices: .*expected at most 5 of them"),
        ([""], "slices"),
    ],
)
def test_slices_that_cannot_be_meant_are_refused(named, sentence):
    with pytest.raises(Malformed, match=sentence):
        specs.read(RunKind.VALIDATE, {"version": 1, "snapshot": 2, "slices": named})


def test_without_slices_a_spec_says_so():
    read = specs.read(RunKind.VALIDATE, {"version": 1, "snapshot": 2}).model_dump(mode="json")
    assert read["slices"] == []
