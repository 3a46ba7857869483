"""Where people have weights, rates and gaps are of weights, and tests still count people."""

import json
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from fairlearn import metrics as fairlearn

from audits import specs
from audits.jobs import fairness, scoring
from audits.jobs.contract import Outcome, Refused
from audits.states import RunKind
from measures.fairness import groups
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells
from people.errors import Malformed


@pytest.fixture
def weighed(snapshot) -> pa.Table:
    drawn = np.random.RandomState(5).lognormal(0, 0.8, len(snapshot))
    return snapshot.append_column("survey weight", pa.array(drawn))


def _found(outcome: Outcome, name: str, **about: str):
    return next(each for each in outcome.measures if (each.name, each.slice) == (name, about))


def _asked(job, table) -> dict:
    score = scoring.score(scoring.load(job.inputs["model"]), table, job.facts["signature"])
    return {
        "y_true": table["approve"].to_numpy(),
        "y_pred": (score >= 0.5).astype(int),
        "sensitive_features": [each or "(missing)" for each in table["group"].to_pylist()],
    }


def test_rates_and_gaps_are_fairlearns_with_sample_weights(job_on, weighed, tell):
    job = job_on("fairness", weighed, weight="survey weight")
    outcome, asked = fairness.work(job, tell), _asked(job, weighed)
    weight = weighed["survey weight"].to_numpy()
    for function, name in (
        (fairlearn.demographic_parity_ratio, "selection_rate_ratio"),
        (fairlearn.equalized_odds_difference, "equalized_odds_difference"),
    ):
        expected = function(**asked, sample_weight=weight)
        assert _found(outcome, name, feature="group").value == pytest.approx(expected, abs=1e-12)
    in_b = np.array(asked["sensitive_features"]) == "b"
    expected = np.average(asked["y_pred"][in_b], weights=weight[in_b])
    rate = _found(outcome, "selection_rate", feature="group", group="b")
    assert rate.value == pytest.approx(expected, abs=1e-12)
    assert rate.n == in_b.sum()


def test_few_heavy_people_are_less_sure_than_many_light_ones(job_on, weighed, snapshot, tell):
    heavy = fairness.work(job_on("fairness", weighed, weight="survey weight"), tell)
    plain = fairness.work(job_on("fairness", snapshot), tell)
    about = {"feature": "group", "group": "a"}
    wide, narrow = (_found(each, "selection_rate", **about) for each in (heavy, plain))
    assert wide.high - wide.low > narrow.high - narrow.low
    weight = weighed["survey weight"].to_numpy()[np.array(snapshot["group"].to_pylist()) == "a"]
    (listed,) = [each for each in heavy.details["groups"]["group"] if each["group"] == "a"]
    assert listed["n"] == len(weight)
    assert float(listed["weight"]) == pytest.approx(weight.sum())
    assert listed["effective_n"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert "weight" not in plain.details["groups"]["group"][0]


def test_equal_weights_change_nothing_but_how_cells_are_written(job_on, snapshot, tell):
    two = snapshot.append_column("w", pa.array(np.full(len(snapshot), 2)))
    weighed = fairness.work(job_on("fairness", two, weight="w", control=["region"]), tell)
    plain = fairness.work(job_on("fairness", snapshot, control=["region"]), tell)
    for ours, theirs in zip(weighed.measures, plain.measures, strict=True):
        assert (ours.name, ours.slice, ours.n) == (theirs.name, theirs.slice, theirs.n)
        for end in (1, 2, 3):
            assert ours[end] == pytest.approx(theirs[end], abs=1e-12)


def test_tests_and_impact_ratios_count_people_whatever_they_weigh(job_on, weighed, snapshot, tell):
    heavy = fairness.work(job_on("fairness", weighed, weight="survey weight"), tell).details
    plain = fairness.work(job_on("fairness", snapshot), tell).details
    for key in ("significance", "impact_ratios", "small_groups"):
        assert heavy[key] == plain[key]
    assert heavy["weight"] == "survey weight"
    assert heavy["interval_method"]["rates of groups"].startswith("Wilson, at the effective")
    assert plain["weight"] is None
    assert plain["interval_method"]["rates of groups"] == "Wilson"


def test_a_stranger_finds_the_numbers_from_the_sums_of_weights(job_on, weighed, tell):
    job = job_on("fairness", weighed, weight="survey weight", control=["region"])
    outcome = fairness.work(job, tell)
    details = json.loads(json.dumps(outcome.details, allow_nan=False))
    cells = Cells.read(details["features"], details["cells"])
    assert cells.digest() == details["cells_digest"]
    total = sum((Fraction(cell["w"]) for cell in details["cells"]), Fraction(0))
    assert float(total) == pytest.approx(weighed["survey weight"].to_numpy().sum(), rel=1e-12)
    (gap, *_) = groups.gaps(cells.over(["group"]), Drawing(200, 0.95, 7))
    filed = _found(outcome, gap.name, feature="group")
    assert (filed.value, filed.low, filed.high) == (gap.value, *gap.interval)
    filed = _found(
        outcome, "conditional_selection_rate_ratio", feature="group", group="region south"
    )
    at = [i for i, levels in enumerate(cells.groups) if levels[1] == "south"]
    (gap, *_) = groups.gaps(cells.only(at).over(["group"]), Drawing(200, 0.95, 7))
    assert (filed.value, filed.low, filed.high) == (gap.value, *gap.interval)


def test_sums_of_weights_know_no_jackknife_and_that_is_said(job_on, weighed, tell):
    job = job_on("fairness", weighed, weight="survey weight", interval="bca")
    ((method, names),) = fairness.work(job, tell).details["other_methods"]["group"].items()
    assert method == f"{bootstrap.METHOD} (no BCa: the jackknife is undefined)"
    assert len(names) == 56


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (
            pa.array([-1.0] + [1.0] * 599),
            "at least 0 in 'w' for every row, got -1.0 in 1 rows: row 1",
        ),
        (pa.array([None] * 2 + [1.0] * 598), "for every row, got no number in 2 rows: row 1, 2"),
        (pa.array([0.0] * 600), "got only zeros"),
        (pa.array(["1"] * 600), "expected numbers in the weight 'w', but its values are string"),
        (None, "expected the weight 'w' in the snapshot, but its columns are income"),
    ],
    ids=["negative", "missing", "zero", "text", "absent"],
)
def test_weights_that_are_none_are_refused(job_on, snapshot, tell, weights, sentence):
    table = snapshot if weights is None else snapshot.append_column("w", weights)
    with pytest.raises(Refused, match=sentence):
        fairness.work(job_on("fairness", table, weight="w"), tell)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weight": "race"}, "weight must not name a sensitive or control feature, got race"),
        ({"weight": "job", "control": ["job"]}, "weight must not name a sensitive or control"),
        ({"control": ["race"]}, "control must not name a feature that is compared, got race"),
        ({"control": ["sex"], "intersections": [["race", "sex"]]}, "that is compared, got sex"),
        ({"interval": "wald"}, "interval"),
    ],
)
def test_a_column_has_one_part_in_an_audit(changes, sentence):
    spec = {"version": 1, "snapshot": 2, "sensitive": ["race"]} | changes
    with pytest.raises(Malformed, match=sentence):
        specs.read(RunKind.FAIRNESS, spec)


def test_what_is_not_asked_has_a_default():
    read = specs.read(RunKind.FAIRNESS, {"version": 1, "snapshot": 2, "sensitive": ["race"]})
    said = read.model_dump(mode="json")
    assert (said["interval"], said["control"], said["weight"]) == ("percentile", [], None)
