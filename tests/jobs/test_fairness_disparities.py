"""Every disparity Fairlearn has is filed, certified, and found again from the details alone."""

import warnings

import numpy as np
import pyarrow.compute as pc
import pytest
from fairlearn import metrics as fairlearn

from audits.jobs import disparities, fairness, scoring
from audits.jobs.contract import Outcome
from measures import certificate
from measures.certificate import CertificateFailed
from measures.fairness import groups, kernel
from measures.intervals import bca, bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells


def _gaps(outcome: Outcome, feature: str) -> dict:
    return {each.name: each for each in outcome.measures if each.slice == {"feature": feature}}


def _asked(job, snapshot) -> dict:
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    return {
        "y_true": snapshot["approve"].to_numpy(),
        "y_pred": (score >= 0.5).astype(int),
        "sensitive_features": pc.fill_null(snapshot["group"], "(missing)").to_pylist(),
    }


def test_each_named_disparity_is_what_fairlearns_function_of_that_name_gives(
    job_on, snapshot, tell
):
    job = job_on("fairness", snapshot)
    found = _gaps(fairness.work(job, tell), "group")
    asked = _asked(job, snapshot)
    expected = {}
    for name in ("demographic_parity", "equalized_odds", "equal_opportunity"):
        for form in ("difference", "ratio"):
            for method, suffix in (("between_groups", ""), ("to_overall", "_to_overall")):
                function = getattr(fairlearn, f"{name}_{form}")
                expected[f"{name}_{form}{suffix}"] = function(**asked, method=method)
                if name == "equalized_odds":
                    mean = function(**asked, method=method, agg="mean")
                    expected[f"{name}_mean_{form}{suffix}"] = mean
    assert len(expected) == 16
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)


def test_each_rates_difference_and_ratio_is_metric_frames(job_on, snapshot, tell):
    job = job_on("fairness", snapshot)
    found = _gaps(fairness.work(job, tell), "group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = fairlearn.MetricFrame(
            metrics={name: certificate.FAIRLEARN[name] for name in kernel.METRICS[:-1]},
            **_asked(job, snapshot),
        )
        answers = {
            "difference": frame.difference(),
            "ratio": frame.ratio(),
            "difference_to_overall": frame.difference(method="to_overall"),
            "ratio_to_overall": frame.ratio(method="to_overall"),
        }
    expected = {
        f"{metric}_{form}": answer[metric]
        for form, answer in answers.items()
        for metric in kernel.METRICS[:-1]
    }
    assert len(expected) == 40
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    assert set(found) == set(disparities.NAMES)
    assert len(disparities.NAMES) == 56


def test_the_gaps_that_policies_speak_of_come_first_and_are_unchanged(job_on, snapshot, tell):
    outcome = fairness.work(job_on("fairness", snapshot), tell)
    cells = Cells.read(outcome.details["features"], outcome.details["cells"])
    found = list(_gaps(outcome, "group").values())
    alone = groups.gaps(cells, Drawing(200, 0.95, 7))
    assert [(each.name, each.value, each.low, each.high) for each in found[:4]] == [
        (gap.name, gap.value, *gap.interval) for gap in alone
    ]


def test_the_certificate_covers_what_is_made_of_two_metrics(job_on, snapshot, tell, monkeypatch):
    found = fairness.work(job_on("fairness", snapshot), tell).details["certificate"]
    assert found["compared"] == (3 + 7) * len(kernel.METRICS) + 16
    monkeypatch.setattr(kernel, "_joined", lambda wanted, first, second: first)
    with pytest.raises(CertificateFailed, match="equalized_odds"):
        fairness.work(job_on("fairness", snapshot), tell)


def test_intervals_are_corrected_for_bias_where_that_is_asked(job_on, snapshot, tell):
    plain = fairness.work(job_on("fairness", snapshot), tell)
    outcome = fairness.work(job_on("fairness", snapshot, interval="bca"), tell)
    assert plain.details["interval_method"]["disparities"] == bootstrap.METHOD
    assert outcome.details["interval_method"]["disparities"] == bca.METHOD
    cells = Cells.read(outcome.details["features"], outcome.details["cells"])
    name = "balanced_accuracy_difference"
    (gap,) = groups.all_gaps(cells, Drawing(200, 0.95, 7), names=[name], method="bca")
    found, bare = _gaps(outcome, "group")[name], _gaps(plain, "group")[name]
    assert gap.method == bca.METHOD
    assert (found.value, found.low, found.high) == (gap.value, *gap.interval)
    assert found.value == bare.value
    assert (found.low, found.high) != (bare.low, bare.high)


def test_an_interval_that_could_not_be_corrected_says_how_it_was_found(job_on, snapshot, tell):
    all_selected = job_on("fairness", snapshot, interval="bca", threshold=1e-9)
    details = fairness.work(all_selected, tell).details
    ((method, names),) = details["other_methods"]["group"].items()
    assert method == f"{bootstrap.METHOD} (no BCa: all replicates are equal)"
    assert "selection_rate_difference" in names
    assert "accuracy_difference" not in names


def test_a_disparity_that_rests_on_an_undefined_rate_is_named(job_on, snapshot, tell):
    nobody = fairness.work(job_on("fairness", snapshot, threshold=0.999999), tell)
    assert "precision_difference" in nobody.details["undefined_gaps"]["group"]
    assert "accuracy_difference" not in nobody.details["undefined_gaps"]["group"]
    gap = _gaps(nobody, "group")["precision_difference"]
    assert (gap.value, gap.low, gap.high) == (0.0, 0.0, 1.0)
    assert fairness.work(job_on("fairness", snapshot), tell).details["undefined_gaps"] == {}


def test_groups_without_gaps_are_no_reason_to_fail(job_on, snapshot, tell):
    alternating = np.array(["a", "b"], dtype=object)[np.arange(len(snapshot)) % 2]
    place = snapshot.column_names.index("group")
    job = job_on("fairness", snapshot.set_column(place, "group", [alternating]))
    assert len(_gaps(fairness.work(job, tell), "group")) == 56
