"""What else a validation says: correlation, ranking, gains, thresholds, calibration."""

import json

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.special import expit, logit
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from audits.jobs import scoring, validate
from measures.certificate import CertificateFailed, certify_performance
from measures.reduce.cells import Cells
from measures.reduce.scores import score_counts


@pytest.fixture
def run(job_on, snapshot, tell):
    """Validate the snapshot; keywords change the spec."""

    def work(table: pa.Table = snapshot, **changes):
        return validate.work(job_on("validate", table, **changes), tell)

    return work


@pytest.fixture
def rows(job_on, snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores, row by row; no score occurs twice."""
    job = job_on("validate", snapshot)
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    assert len(np.unique(score)) == len(score) == 600
    return snapshot["approve"].to_numpy(), score


def _figures(outcome):
    return {each.name: each for each in outcome.measures if not each.slice}


def test_ranking_and_correlation_are_scikit_learns(run, rows):
    truth, score = rows
    found = _figures(run())
    false, true, _ = metrics.roc_curve(truth, score)
    expected = {
        "matthews_correlation": metrics.matthews_corrcoef(truth, score >= 0.5),
        "average_precision": metrics.average_precision_score(truth, score),
        "kolmogorov_smirnov": (true - false).max(),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, abs=1e-12), name
        assert found[name].low < value < found[name].high
        assert (found[name].n, found[name].unit) == (600, "fraction")
    smirnov = stats.ks_2samp(score[truth == 1], score[truth == 0]).statistic
    assert found["kolmogorov_smirnov"].value == pytest.approx(smirnov, abs=1e-12)


def test_the_highest_tenths_hold_what_sorting_the_rows_says(run, rows):
    truth, score = rows
    outcome = run()
    sorted_truth = truth[np.argsort(-score)]
    table = outcome.details["gains"]
    assert [row["share"] for row in table] == [i / 10 for i in range(1, 11)]
    for i, row in enumerate(table, start=1):
        gain = sorted_truth[: 60 * i].sum() / truth.sum()
        assert row["gain"] == pytest.approx(gain, abs=1e-12)
        assert row["lift"] == pytest.approx(gain / (i / 10), abs=1e-12)
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    lift = _figures(outcome)["lift_top_decile"]
    assert (lift.value, lift.low, lift.high) == tuple(
        table[0][key] for key in ("lift", "lift_low", "lift_high")
    )
    assert lift.unit == "ratio"


def test_slope_and_intercept_are_those_of_a_logistic_regression_on_the_rows(run, rows):
    truth, score = rows
    found = _figures(run())
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(score)[:, np.newaxis], truth)
    assert found["calibration_slope"].value == pytest.approx(fitted.coef_[0, 0], rel=1e-5)
    assert found["calibration_intercept"].value == pytest.approx(fitted.intercept_[0], rel=1e-4)
    likely = expit(fitted.decision_function(logit(score)[:, np.newaxis]))
    design = np.stack([np.ones(600), logit(score)], axis=1)
    errors = np.sqrt(np.diag(np.linalg.inv((design.T * likely * (1 - likely)) @ design)))
    slope = found["calibration_slope"]
    assert (slope.high - slope.low) / 2 == pytest.approx(1.959964 * errors[1], rel=1e-4)
    large = found["calibration_in_the_large"].value
    assert expit(logit(score) + large).sum() == pytest.approx(truth.sum(), abs=1e-8)
    assert [found[f"calibration_{name}"].unit for name in ("slope", "intercept")] == [
        "ratio", "logits",
    ]  # fmt: skip


def test_the_hosmer_lemeshow_test_is_that_of_tenths_of_the_rows(run, rows):
    truth, score = rows
    outcome = run()
    tenths = np.argsort(score).reshape(10, 60)
    observed, expected = truth[tenths].sum(axis=1), score[tenths].sum(axis=1)
    statistic = ((observed - expected) ** 2 / (expected * (1 - expected / 60))).sum()
    told = outcome.details["hosmer_lemeshow"]
    assert told["statistic"] == pytest.approx(statistic, rel=1e-12)
    assert told["degrees_of_freedom"] == 10
    assert [row["observed"] for row in told["groups"]] == observed.tolist()
    filed = _figures(outcome)["hosmer_lemeshow_p"]
    assert filed.value == pytest.approx(stats.chi2.sf(statistic, 10), rel=1e-12)
    assert (filed.low, filed.high, filed.n, filed.unit) == (None, None, 600, "p")


def test_the_maximum_calibration_error_is_that_of_the_worst_bin(run):
    outcome = run()
    apart = [abs(row["mean_score"] - row["observed"]) for row in outcome.details["reliability"]]
    found = _figures(outcome)["maximum_calibration_error"]
    assert found.value == pytest.approx(max(apart), abs=1e-12)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("threshold", [0.5, 0.123])
def test_every_threshold_does_what_scikit_learn_says(run, rows, threshold):
    truth, score = rows
    table = run(threshold=threshold).details["thresholds"]
    assert len(table) in (20, 21)
    assert [row["threshold"] for row in table if row["in_use"]] == [threshold]
    assert [row["threshold"] for row in table] == sorted(row["threshold"] for row in table)
    for row in table:
        chosen = score >= row["threshold"]
        assert row["selected"] == chosen.sum()
        expected = {
            "selection_rate": chosen.mean(),
            "precision": metrics.precision_score(truth, chosen),
            "recall": metrics.recall_score(truth, chosen),
            "specificity": metrics.recall_score(truth, chosen, pos_label=0),
            "f1": metrics.f1_score(truth, chosen),
            "accuracy": metrics.accuracy_score(truth, chosen),
        }
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-12)


def test_a_threshold_that_is_a_score_stands_in_the_table_once(run, rows):
    at = float(np.sort(rows[1])[300])  # with 600 distinct scores a twentieth is 30 people
    table = run(threshold=at).details["thresholds"]
    assert len(table) == 20
    assert [row["selected"] for row in table] == [600 - 30 * i for i in range(20)]


def test_where_nobody_is_selected_what_is_undefined_has_no_value(run):
    outcome = run(threshold=0.999999)
    found = _figures(outcome)
    correlation = found["matthews_correlation"]
    assert (correlation.value, correlation.low, correlation.high) == (None, None, None)
    assert (found["precision"].value, found["precision"].n) == (0.0, 0)
    (in_use,) = [row for row in outcome.details["thresholds"] if row["in_use"]]
    assert (in_use["selected"], in_use["precision"], in_use["recall"]) == (0, None, 0.0)
    assert outcome.details["certificate"]["compared"] == 12
    json.dumps(outcome.details, allow_nan=False)


def test_every_figure_says_how_its_interval_was_found(run):
    outcome = run()
    assert {each.name for each in outcome.measures} <= set(outcome.details["interval_methods"])


def test_tables_do_not_grow_with_the_rows(run, rows):
    details = run().details
    assert len(details["gains"]) == len(details["hosmer_lemeshow"]["groups"]) == 10
    assert len(details["thresholds"]) <= 21
    assert (details["rows"], details["positives"]) == (600, int(rows[0].sum()))


def test_what_differs_from_scikit_learn_is_not_published(run, rows):
    truth, score = rows
    counts, found = score_counts(score, 1 - truth, truth), _figures(run())
    cells = np.histogram2d(truth, score >= 0.5, bins=2)[0].astype(np.int64)[np.newaxis]
    everybody = Cells((), ((),), cells)
    new = ["specificity", "matthews_correlation", "average_precision", "kolmogorov_smirnov"]
    ours = {name: found[name].value for name in new}
    assert certify_performance(ours, everybody, counts).compared == 4
    for name in new:
        with pytest.raises(CertificateFailed, match=name):
            certify_performance(ours | {name: ours[name] + 1e-11}, everybody, counts)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda truth: np.full(600, 0.5), {"roc_auc": 0.5, "kolmogorov_smirnov": 0.0,
                                           "lift_top_decile": 1.0}),
        (lambda truth: truth * 1.0, {"roc_auc": 1.0, "matthews_correlation": 1.0,
                                     "hosmer_lemeshow_p": 1.0}),
        (lambda truth: 1.0 - truth, {"roc_auc": 0.0, "matthews_correlation": -1.0,
                                     "maximum_calibration_error": 1.0}),
    ],
    ids=["everybody alike", "perfect", "turned round"],
)  # fmt: skip
def test_scores_that_a_slope_cannot_be_fitted_to_leave_it_out(
    run, snapshot, monkeypatch, answer, expected
):
    answered = answer(snapshot["approve"].to_numpy())
    monkeypatch.setattr(scoring, "score", lambda *_: answered)
    outcome = run()
    found = _figures(outcome)
    slope = found["calibration_slope"]
    assert (slope.value, slope.low, slope.high, slope.n) == (None, None, None, 600)
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    assert outcome.details["certificate"]["compared"] == 12
    json.dumps(outcome.details, allow_nan=False)


def test_a_statistic_without_bound_is_left_out_and_its_p_value_is_0(run, snapshot, monkeypatch):
    answered = np.where(snapshot["approve"].to_numpy() == 1, 0.0, 0.5)  # 0 came true: impossible
    monkeypatch.setattr(scoring, "score", lambda *_: answered)
    test = run().details["hosmer_lemeshow"]
    assert (test["statistic"], test["p_value"]) == (None, 0.0)
