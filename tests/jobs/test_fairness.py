"""A fairness audit says what Fairlearn would, with intervals, or says why it cannot."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from fairlearn import metrics as fairlearn

from audits.jobs import fairness, scoring
from audits.jobs.contract import Refused
from measures import certificate
from measures.certificate import CertificateFailed
from measures.fairness.simultaneous import Shares, extreme_gap


def _replaced(table: pa.Table, column: str, values) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def _gaps(outcome, feature: str) -> dict:
    return {each.name: each for each in outcome.measures if each.slice == {"feature": feature}}


def _rates(outcome, feature: str, group: str) -> dict:
    about = {"feature": feature, "group": group}
    return {each.name: each for each in outcome.measures if each.slice == about}


def test_disparities_are_fairlearns_own_with_intervals(job_on, snapshot, tell):
    job = job_on("fairness", snapshot)
    found = _gaps(fairness.work(job, tell), "group")
    score = scoring.score(scoring.load(job.inputs["model"]), snapshot, job.facts["signature"])
    asked = {
        "y_true": snapshot["approve"].to_numpy(),
        "y_pred": (score >= 0.5).astype(int),
        "sensitive_features": pc.fill_null(snapshot["group"], "(missing)").to_pylist(),
    }
    expected = {
        "selection_rate_ratio": fairlearn.demographic_parity_ratio(**asked),
        "selection_rate_difference": fairlearn.demographic_parity_difference(**asked),
        "equalized_odds_difference": fairlearn.equalized_odds_difference(**asked),
        "equal_opportunity_difference": fairlearn.equal_opportunity_difference(**asked),
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    assert all(each.low <= each.value <= each.high for each in found.values())
    assert all(each.low < each.high for each in found.values())


def test_n_is_the_group_and_for_a_disparity_the_smallest_group(job_on, snapshot, tell):
    outcome = fairness.work(job_on("fairness", snapshot), tell)
    sizes = {each["group"]: each["n"] for each in outcome.details["groups"]["group"]}
    assert sum(sizes.values()) == 600
    for group, n in sizes.items():
        assert {rate.n for rate in _rates(outcome, "group", group).values()} == {n}
    assert {each.n for each in _gaps(outcome, "group").values()} == {min(sizes.values())}


def test_people_without_a_value_are_a_group_of_their_own(job_on, snapshot, tell):
    outcome = fairness.work(job_on("fairness", snapshot), tell)
    missing = snapshot["group"].null_count
    assert _rates(outcome, "group", "(missing)")["selection_rate"].n == missing


def test_intersections_are_audited_beside_the_features(job_on, snapshot, tell):
    job = job_on("fairness", snapshot, sensitive=["group"], intersections=[["group", "male"]])
    outcome = fairness.work(job, tell)
    assert set(outcome.details["groups"]) == {"group", "group x male"}
    assert _rates(outcome, "group x male", "b x 1")["selection_rate"].n > 0
    small = {each["group"] for each in outcome.details["small_groups"]}
    assert {"(missing) x 0", "(missing) x 1"} <= small


def test_an_interval_does_not_depend_on_what_else_is_audited(job_on, snapshot, tell):
    alone = fairness.work(job_on("fairness", snapshot), tell)
    among = fairness.work(job_on("fairness", snapshot, sensitive=["male", "group"]), tell)
    assert _gaps(alone, "group") == _gaps(among, "group")


def test_a_stranger_finds_the_same_numbers_from_the_cells_and_the_seed(job_on, snapshot, tell):
    outcome = fairness.work(job_on("fairness", snapshot), tell)
    groups = sorted({cell["group"][0] for cell in outcome.details["cells"]})
    counts = np.zeros((len(groups), 2, 2), dtype=int)
    for cell in outcome.details["cells"]:
        counts[groups.index(cell["group"][0]), cell["label"], cell["prediction"]] = cell["n"]
    flat, people = counts.ravel(), counts.sum()
    drawn = np.random.RandomState(7).multinomial(people, flat / people, 200)
    drawn = drawn.reshape(200, len(groups), 2, 2)
    rates = drawn[..., 1].sum(axis=-1) / drawn.sum(axis=(-2, -1))
    low, high = np.quantile(rates.min(axis=1) / rates.max(axis=1), [0.025, 0.975])
    found = _gaps(outcome, "group")["selection_rate_ratio"]
    shares = Shares(counts[..., 1].sum(axis=1) / counts.sum(axis=(1, 2)), counts.sum(axis=(1, 2)))
    pairs = extreme_gap([shares], "ratio")
    expected = min(low, pairs.low), max(high, pairs.high)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-15)


def test_the_certificate_is_fairlearns_and_goes_with_the_cells(job_on, snapshot, tell):
    details = fairness.work(job_on("fairness", snapshot), tell).details
    json.dumps(details, allow_nan=False)
    assert details["certificate"]["authority"].startswith("fairlearn ")
    assert details["certificate"]["tolerance"] == "1e-12"
    assert float(details["certificate"]["largest_difference"]) <= 1e-12
    assert details["certificate"]["compared"] >= 3 * 8
    assert sum(cell["n"] for cell in details["cells"]) == 600


def test_nothing_is_published_when_fairlearn_disagrees(job_on, snapshot, tell, monkeypatch):
    monkeypatch.setitem(certificate.FAIRLEARN, "selection_rate", fairlearn.false_positive_rate)
    with pytest.raises(CertificateFailed, match="by_group: expected fairlearn"):
        fairness.work(job_on("fairness", snapshot), tell)


def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_rows(job_on, snapshot, tell):
    shuffled = snapshot.take(np.random.RandomState(0).permutation(len(snapshot)))
    found = [fairness.work(job_on("fairness", t), tell) for t in (snapshot, snapshot, shuffled)]
    assert len({json.dumps([each.measures, each.details]) for each in found}) == 1


def test_another_seed_gives_other_intervals_and_the_same_estimates(job_on, snapshot, tell):
    first, second = (
        _gaps(fairness.work(job_on("fairness", snapshot, seed=seed), tell), "group")
        for seed in (1, 2)
    )
    ratio = "balanced_accuracy_ratio"
    assert first[ratio].value == second[ratio].value
    assert first[ratio].low != second[ratio].low


def test_a_group_without_positives_is_flagged_and_its_gap_says_nothing(job_on, snapshot, tell):
    no_positives = pc.and_(pc.is_null(snapshot["group"]), pc.equal(snapshot["approve"], 1))
    outcome = fairness.work(job_on("fairness", snapshot.filter(pc.invert(no_positives))), tell)
    rate = _rates(outcome, "group", "(missing)")["true_positive_rate"]
    assert (rate.value, rate.low, rate.high) == (0.0, 0.0, 1.0)
    flagged = {"feature": "group", "group": "(missing)", "rate": "true_positive_rate"}
    assert flagged in outcome.details["undefined"]
    gap = _gaps(outcome, "group")["equal_opportunity_difference"]
    assert gap.value > 0.5  # Fairlearn's number stands
    assert (gap.low, gap.high) == (0.0, 1.0)


def test_a_ratio_where_nobody_is_selected_has_no_value(job_on, snapshot, tell):
    found = _gaps(fairness.work(job_on("fairness", snapshot, threshold=0.999999), tell), "group")
    ratio = found["selection_rate_ratio"]
    assert (ratio.value, ratio.low, ratio.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(
    ("spoil", "changes", "sentence"),
    [
        (
            lambda t: t.drop_columns(["group"]), {},
            "expected the sensitive feature 'group' in the snapshot, but its columns are income",
        ),
        (
            lambda t: t.filter(pc.equal(t["group"], "a")), {},
            r"at least two groups in the sensitive feature 'group', but all \d+ rows are in",
        ),
        (
            lambda t: _replaced(t, "group", pa.nulls(600, pa.string())), {},
            r"but all 600 rows are in the group '\(missing\)'",
        ),
        (
            lambda t: t.filter(pc.equal(t["approve"], 1)), {},
            "expected both classes in the target 'approve'",
        ),
        (
            lambda t: pa.concat_tables([t, t]).append_column(
                "id", pa.array([f"a{i}" for i in range(1200)])
            ),
            {"sensitive": ["group", "id"]},
            "at most 1,000 groups, but 'id' has too many distinct values",
        ),
        (
            lambda t: t.append_column("age", pa.array([i % 60 for i in range(len(t))])),
            {"sensitive": ["age"]},
            "'age', but it holds 60 different numbers: compare bands",
        ),
        (lambda t: t.drop_columns(["approve"]), {}, "expected the target 'approve'"),
        (lambda t: t[:0], {}, "expected rows to measure the model on"),
    ],
)  # fmt: skip
def test_unusable_snapshots_are_refused(job_on, snapshot, tell, spoil, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        fairness.work(job_on("fairness", spoil(snapshot), **changes), tell)
