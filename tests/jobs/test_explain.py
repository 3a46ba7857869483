"""An explanation ranks the features a model really uses."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from audits.jobs import explain
from audits.jobs.contract import Refused


def importances(outcome):
    return [each for each in outcome.measures if each.name == "permutation_importance"]


def test_what_the_outcome_depends_on_matters_most(job_on, snapshot, tell):
    outcome = explain.work(job_on("explain", snapshot, rows=600), tell)
    found = {each.slice["feature"]: each for each in importances(outcome)}
    assert set(found) == {"income", "debt", "region"}
    assert found["income"].value > found["debt"].value > found["region"].value
    assert found["income"].low > 0
    assert all(each.low <= each.value <= each.high for each in found.values())
    assert {each.n for each in found.values()} == {600}


def test_the_score_rises_with_income_and_falls_with_debt(job_on, snapshot, tell):
    curves = explain.work(job_on("explain", snapshot), tell).details["partial_dependence"]
    assert list(np.argsort(curves["income"]["scores"])) == list(range(12))
    assert curves["debt"]["scores"] == sorted(curves["debt"]["scores"], reverse=True)
    assert curves["region"]["values"] == ["north", "south"]
    for curve in curves.values():
        bounds = zip(curve["low"], curve["scores"], curve["high"], strict=True)
        assert all(low <= score <= high for low, score, high in bounds)


def test_the_same_input_gives_the_same_bytes_and_another_seed_others(job_on, snapshot, tell):
    first, second, other = (
        explain.work(job_on("explain", snapshot, seed=seed), tell) for seed in (1, 1, 2)
    )
    assert json.dumps([first.measures, first.details]) == json.dumps(
        [second.measures, second.details], allow_nan=False
    )
    assert first.measures != other.measures


def test_no_more_rows_are_drawn_than_asked_for(job_on, snapshot, tell):
    outcome = explain.work(job_on("explain", snapshot, rows=120), tell)
    assert outcome.details["rows"] == 120


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda t: t.filter(pc.equal(t["approve"], 1)), "the 300 rows drawn have one class only"),
        (lambda t: t[:0], "the 0 rows drawn have one class only"),
        (lambda t: t.drop_columns(["income"]), "expected the feature 'income' in the snapshot"),
        (lambda t: t.drop_columns(["approve"]), "expected the target 'approve' in the snapshot"),
    ],
)
def test_unusable_snapshots_are_refused(job_on, snapshot, tell, spoil, sentence):
    with pytest.raises(Refused, match=sentence):
        explain.work(job_on("explain", spoil(pa.concat_tables([snapshot] * 2))), tell)
