"""A monitoring run compares every column in several ways, and says which have drifted."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, roc_auc_score

from audits.jobs import drifting, monitor, scoring
from tests.jobs.conftest import applicants


@pytest.fixture
def run(job_on, trained, tell):
    """Monitor a window against a reference; outcomes of its first rows may be known."""
    model, signature = trained

    def go(reference: pa.Table, window: pa.Table, outcomes=None, **changes):
        job = job_on("monitor", reference, **changes)
        score = scoring.score(scoring.load(model), window, signature)
        ids = [str(i) for i in range(window.num_rows)]
        batch = window.append_column("prediction_id", pa.array(ids))
        batch = batch.append_column("score", pa.array(score))
        pq.write_table(batch, job.folder.parent / "batch.parquet")
        inputs = {
            "model": model,
            "reference": job.inputs["snapshot"],
            "batch:1": str(job.folder.parent / "batch.parquet"),
        }
        if outcomes is not None:
            known = pa.table({"prediction_id": ids[: len(outcomes)], "outcome": outcomes})
            pq.write_table(known, job.folder.parent / "outcomes.parquet")
            inputs["outcome:1"] = str(job.folder.parent / "outcomes.parquet")
        return monitor.work(job._replace(inputs=inputs), tell)

    return go


def _with(rows: pa.Table, name: str, values) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, pa.array(values))


def _named(outcome, name: str, **about: str):
    (found,) = [m for m in outcome.measures if m.name == name and m.slice == about]
    return found


def _told(outcome, feature: str) -> dict:
    return next(each for each in outcome.details["drift"] if each["feature"] == feature)


def _test_of(outcome, feature: str, test: str) -> dict:
    return next(each for each in _told(outcome, feature)["tests"] if each["test"] == test)


REFERENCE, WINDOW = applicants(600, seed=3), applicants(500, seed=8)


def test_numbers_are_compared_exactly_as_scipy_has_it(run):
    outcome = run(REFERENCE, WINDOW)
    before, after = (rows["debt"].to_numpy() for rows in (REFERENCE, WINDOW))
    expected = stats.ks_2samp(before, after)
    walked = _named(outcome, "kolmogorov_smirnov", feature="debt")
    assert walked.value == pytest.approx(expected.statistic, abs=1e-12)
    assert walked.low <= walked.value <= walked.high
    assert walked.n == 500
    assert _test_of(outcome, "debt", "kolmogorov_smirnov")["p"] == pytest.approx(expected.pvalue)
    moved = _named(outcome, "wasserstein", feature="debt")
    assert moved.value == pytest.approx(stats.wasserstein_distance(before, after), abs=1e-12)
    assert moved.unit == "unit of the column"


def test_categories_are_tested_by_chi_square_without_the_missing(run):
    outcome = run(REFERENCE, WINDOW)
    counts = [
        [rows["region"].to_pylist().count(name) for name in ("north", "south")]
        for rows in (REFERENCE, WINDOW)
    ]
    expected = stats.chi2_contingency(counts, correction=False)
    told = _test_of(outcome, "region", "chi_square")
    assert told["statistic"] == pytest.approx(expected.statistic)
    assert told["p"] == pytest.approx(expected.pvalue)


def test_distances_of_bins_stand_beside_the_index(run):
    outcome = run(REFERENCE, WINDOW)
    shares = [
        np.array([rows["region"].to_pylist().count(name) for name in ("north", "south", None)])
        / rows.num_rows
        for rows in (REFERENCE, WINDOW)
    ]
    hellinger = _named(outcome, "hellinger_distance", feature="region")
    assert hellinger.value == pytest.approx(
        np.sqrt(((np.sqrt(shares[0]) - np.sqrt(shares[1])) ** 2).sum() / 2)
    )
    assert _named(outcome, "l_infinity_distance", feature="region").value == pytest.approx(
        np.abs(shares[0] - shares[1]).max()
    )
    assert _named(outcome, "jensen_shannon_distance", feature="region").n == 500


def test_p_values_of_all_columns_are_adjusted_together(run):
    outcome = run(REFERENCE, WINDOW)
    tests = [test for each in outcome.details["drift"] for test in each["tests"]]
    raw = sorted(test["p"] for test in tests)
    by_hand = np.minimum(1, np.maximum.accumulate(np.array(raw) * np.arange(len(raw), 0, -1)))
    assert sorted(test["holm_p"] for test in tests) == pytest.approx(by_hand.tolist())
    for each in outcome.details["drift"]:
        smallest = min(test["holm_p"] for test in each["tests"])
        assert _named(outcome, "drift_p_value", feature=each["feature"]).value == smallest


def test_drift_is_counted_among_the_inputs_only_where_chance_does_not_explain_it(run):
    richer = [None if value is None else value + 12 for value in WINDOW["income"].to_pylist()]
    outcome = run(REFERENCE, _with(WINDOW, "income", richer))
    assert _named(outcome, "drifted_inputs").value == 1
    assert _named(outcome, "compared_inputs").value == 3
    assert _told(outcome, "income")["says"] == _told(outcome, "score")["says"] == "much change"
    assert _told(outcome, "debt")["says"] == "no more than chance"
    assert outcome.details["drift"][0]["feature"] in {"income", "score"}


def test_few_rows_may_show_a_large_index_by_chance_and_have_not_drifted(run):
    outcome = run(REFERENCE, WINDOW[:12])
    assert _named(outcome, "population_stability_index", feature="debt").value > 0.25
    assert _told(outcome, "debt")["says"] == "no more than chance"
    assert _named(outcome, "drifted_inputs").value == 0


def test_values_that_go_missing_are_tested_as_such(run):
    thinned = [None if i % 2 else value for i, value in enumerate(WINDOW["debt"].to_pylist())]
    outcome = run(REFERENCE, _with(WINDOW, "debt", thinned))
    change = _named(outcome, "missing_rate_change", feature="debt")
    assert change.value == 0.5
    assert change.low < 0.5 < change.high
    assert _test_of(outcome, "debt", "missing_rate")["p"] < 1e-50
    assert _told(outcome, "debt")["says"] == "much change"


def test_new_and_vanished_categories_are_named(run):
    regions = ["west" if value == "south" else value for value in WINDOW["region"].to_pylist()]
    outcome = run(REFERENCE, _with(WINDOW, "region", regions))
    told, west = _told(outcome, "region"), regions.count("west")
    assert told["new"] == [{"value": "west", "n": west}]
    assert told["vanished"][0]["value"] == "south"
    known = sum(value is not None for value in regions)
    assert _named(outcome, "new_categories", feature="region").value == west / known


def test_columns_too_long_to_sort_are_tested_over_their_bins(run, monkeypatch):
    exact = run(REFERENCE, WINDOW)
    monkeypatch.setattr(drifting, "SORTED_ROWS", 100)
    counted = run(REFERENCE, WINDOW)
    assert counted.details["histograms"] == exact.details["histograms"]
    index = [[m for m in outcome.measures if m.name == "population_stability_index"]
             for outcome in (exact, counted)]  # fmt: skip
    assert index[0] == index[1]
    assert not [m for m in counted.measures if m.name == "kolmogorov_smirnov"]
    bins = counted.details["histograms"]["debt"]
    table = [bins["reference"], bins["window"]]
    told = _test_of(counted, "debt", "chi_square")
    assert told["p"] == pytest.approx(stats.chi2_contingency(table).pvalue)


def test_performance_is_estimated_without_outcomes_and_holds_what_then_comes_true(run):
    reference, window = applicants(4_000, seed=21), applicants(3_000, seed=22)
    outcome = run(reference, window, outcomes=window["approve"].to_numpy())
    assert outcome.details["estimated"]["labelled_rows"] == 4_000
    assert "no concept drift" in outcome.details["estimated"]["assumption"]
    for name in ("roc_auc", "accuracy"):
        expected, known = _named(outcome, f"estimated_{name}"), _named(outcome, name)
        assert expected.n == 3_000
        assert expected.low <= known.value <= expected.high
        assert expected.high - expected.low < 0.1


def test_the_figures_of_the_reference_are_there_to_compare_with(run, trained):
    outcome = run(REFERENCE, WINDOW)
    score = scoring.score(scoring.load(trained[0]), REFERENCE, trained[1])
    truth = REFERENCE["approve"].to_numpy()
    area = _named(outcome, "reference_roc_auc")
    assert area.value == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    right = _named(outcome, "reference_accuracy")
    assert right.value == accuracy_score(truth, score >= 0.5)
    assert area.n == right.n == 600


def test_without_labels_in_the_reference_nothing_is_estimated_and_that_is_said(run):
    outcome = run(REFERENCE.drop_columns(["approve"]), WINDOW)
    assert not [m for m in outcome.measures if m.name.startswith("estimated_")]
    (said,) = outcome.details["not_measured"]
    assert said.endswith("the reference has no column 'approve'")
    assert outcome.details["estimated"] == {"not_available": said}


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ([1] * 600, "all labels of the reference are of one class"),
        ([0, 1] * 25 + [None] * 550, "the reference has 50 rows with a label"),
        ([0, 1, 7] * 200, "expected only 0, 1 in the target 'approve'"),
    ],
)
def test_labels_that_cannot_calibrate_are_not_used(run, label, why):
    outcome = run(_with(REFERENCE, "approve", label), WINDOW)
    assert why in outcome.details["estimated"]["not_available"]


def test_unlabelled_rows_of_the_reference_still_count_for_drift(run):
    label = [None if i < 100 else value
             for i, value in enumerate(REFERENCE["approve"].to_pylist())]  # fmt: skip
    outcome = run(_with(REFERENCE, "approve", label), REFERENCE)
    assert outcome.details["estimated"]["labelled_rows"] == 500
    assert _named(outcome, "population_stability_index", feature="debt").value == 0


def test_predictions_by_no_threshold_have_no_estimated_accuracy(run):
    flipped = WINDOW.append_column("prediction", pa.array([0, 1] * 250))
    outcome = run(REFERENCE, flipped)
    names = {m.name for m in outcome.measures if m.name.startswith("estimated_")}
    assert names == {"estimated_roc_auc"}
    assert "no accuracy is estimated" in outcome.details["not_measured"][0]


def test_predictions_by_another_threshold_are_estimated_at_that(run, trained):
    score = scoring.score(scoring.load(trained[0]), WINDOW, trained[1])
    chosen = WINDOW.append_column("prediction", pa.array((score >= 0.7).astype(np.int8)))
    outcome = run(REFERENCE, chosen)
    assert outcome.details["estimated"]["threshold"] == score[score >= 0.7].min()


def test_the_change_of_favourable_outcomes_is_measured_where_both_are_known(run):
    outcome = run(REFERENCE, WINDOW, outcomes=np.repeat([1, 0], [80, 20]))
    before = REFERENCE["approve"].to_numpy().mean()
    change = _named(outcome, "positive_rate_change")
    assert change.value == pytest.approx(0.8 - before)
    assert change.n == 100
    assert outcome.details["label"]["n_reference"] == 600


def test_columns_that_only_move_together_are_found_by_the_classifier(run):
    drawn = np.random.RandomState(5)
    income = np.asarray([value or 50.0 for value in WINDOW["income"].to_pylist()])
    pair = drawn.permutation(income)
    before = _with(_with(WINDOW, "income", income), "debt", pair / 2)
    after = _with(_with(WINDOW, "income", income), "debt", income / 2)
    outcome = run(before, after, domain_classifier=True)
    assert _told(outcome, "income")["says"] == "no more than chance"
    assert _named(outcome, "domain_classifier_auc").low > 0.8
    assert _named(outcome, "domain_classifier_p_value").value < 1e-6
    drivers = {each["feature"] for each in outcome.details["together"]["drivers"][:2]}
    assert drivers == {"income", "debt"}
    assert not run(before, after).details["together"]


def test_too_few_rows_are_not_told_apart(run):
    outcome = run(REFERENCE, WINDOW[:10], domain_classifier=True)
    assert any("columns are not compared together" in s for s in outcome.details["not_measured"])


def test_everything_told_is_json(run):
    outcome = run(REFERENCE, WINDOW, outcomes=np.array([0, 1, 1]), domain_classifier=True)
    json.dumps([outcome.measures, outcome.details], allow_nan=False)


def test_what_a_score_is_worth_is_learnt_from_the_labels_of_the_reference(run):
    by_chance = np.random.RandomState(2).randint(0, 2, 600)
    outcome = run(_with(REFERENCE, "approve", by_chance), WINDOW)
    assert _named(outcome, "estimated_roc_auc").value < 0.6  # the scores alone promise 0.9
    assert _named(outcome, "estimated_accuracy").value < 0.6
