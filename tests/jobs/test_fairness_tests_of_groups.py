"""Is a gap more than chance, and what are the ratios New York City asks for."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from audits.jobs import fairness, train
from audits.jobs.contract import Job, Outcome
from tests.jobs.conftest import DEFAULTS, quiet

#: Selected and not selected by group; "few" is less than 2 % of the people of known group.
PEOPLE = {
    "north": (500, 500), "south": (340, 460), "east": (199, 201), "few": (2, 18), None: (60, 40),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """An audit of a model that repeats the decision it is given."""
    folder = tmp_path_factory.mktemp("tests")
    rows = [
        (group, chosen)
        for group, both in PEOPLE.items()
        for chosen, people in zip((1, 0), both, strict=True)
        for _ in range(people)
    ]
    region, chosen = zip(*rows, strict=True)
    side = pa.array(np.arange(len(rows)) % 2)
    table = pa.table({"region": region, "side": side, "decision": chosen, "admit": chosen})
    pq.write_table(table, folder / "snapshot.parquet")
    spec = {
        "features": ["decision"], "target": "admit", "favourable": 1,
        "estimator": "logistic_regression", "parameters": {}, "mitigation": None, "seed": 1,
    }  # fmt: skip
    inputs = {"snapshot": str(folder / "snapshot.parquet")}
    model = train.work(
        Job("train", spec, inputs, {"sensitive_features": ["region"]}, folder), lambda *_: None
    )
    asked = DEFAULTS["fairness"] | {"sensitive": ["region", "side"], "min_group_size": 30}
    facts = {"signature": model.details["signature"]}
    model_file = {"model": str(folder / "model.onnx")}
    return fairness.work(Job("fairness", asked, inputs | model_file, facts, folder), quiet)


@pytest.fixture
def regions(outcome: Outcome) -> dict:
    return {each["group"]: each for each in outcome.details["significance"]["features"]["region"][
        "groups"]}  # fmt: skip


def test_the_best_off_known_group_of_enough_people_is_the_reference(outcome, regions):
    told = outcome.details["significance"]["features"]["region"]
    # (missing) fares best with 0.6, but is no known group
    assert (told["reference"], told["reference_people"]) == ("north", 1000)
    assert told["reference_selected"] == 500
    assert set(regions) == {"(missing)", "east", "few", "south"}


def test_z_and_fishers_p_are_scipys(regions):
    south = regions["south"]
    table = [[340, 460], [500, 500]]
    assert south["fisher_p"] == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-12)
    chi_square = stats.chi2_contingency(table, correction=False)
    assert south["z"] == pytest.approx(-np.sqrt(chi_square.statistic), rel=1e-12)
    assert south["z_p"] == pytest.approx(chi_square.pvalue, rel=1e-9)
    assert south["difference"] == pytest.approx(0.425 - 0.5)
    assert south["low"] < -0.075 < south["high"] < 0
    expected = stats.hypergeom(1800, 800, 840)
    away = (340 - expected.mean()) / expected.std()
    assert south["standard_deviations"] == pytest.approx(away, rel=1e-12)
    assert south["beyond_two_standard_deviations"] is True


def test_four_fifths_is_read_together_with_chance(regions):
    assert regions["south"]["ratio"] == pytest.approx(0.85)
    assert regions["south"]["below_four_fifths"] is False
    assert regions["south"]["smaller_but_significant"] is True
    assert regions["few"]["below_four_fifths"] is True
    assert regions["few"]["numbers_too_small"] is False  # 2 of 20 against half, p < 0.001
    assert regions["east"]["below_four_fifths"] is False
    assert regions["east"]["smaller_but_significant"] is False


def test_p_values_are_adjusted_over_all_groups_of_enough_people(outcome, regions):
    told = outcome.details["significance"]
    found = [each for said in told["features"].values() for each in said["groups"]]
    small = [each for each in found if each["n"] < 30]
    assert [(each["group"], each["holm_p"]) for each in small] == [("few", None)]
    found = [each for each in found if each["n"] >= 30]
    assert told["comparisons"] == len(found) == 4
    bare = [each["fisher_p"] for each in found]
    expected = stats.false_discovery_control(bare, method="bh").tolist()
    assert [each["benjamini_hochberg_p"] for each in found] == pytest.approx(expected, rel=1e-12)
    ordered = np.sort(bare)
    holm = np.minimum(np.maximum.accumulate(ordered * [4, 3, 2, 1]), 1)
    assert sorted(each["holm_p"] for each in found) == pytest.approx(holm.tolist(), rel=1e-12)
    assert regions["south"]["holm_p"] > regions["south"]["fisher_p"]


def test_impact_ratios_leave_out_the_smallest_category_and_show_it(outcome):
    table = outcome.details["impact_ratios"]["region"]
    assert (table["people"], table["unknown"], table["most_favoured"]) == (2220, 100, "north")
    assert table["least_share"] == 0.02
    listed = {each["group"]: each for each in table["categories"]}
    few = listed["few"]
    assert (few["excluded"], few["impact_ratio"], few["n"], few["selected"]) == (True, None, 20, 2)
    assert few["share"] == 20 / 2220
    filed = {
        each.slice["group"]: each
        for each in outcome.measures
        if each.name == "impact_ratio" and each.slice["feature"] == "region"
    }
    assert set(filed) == {"north", "south", "east"}
    assert filed["south"].value == listed["south"]["impact_ratio"] == pytest.approx(0.85)
    error = np.sqrt(1 / 340 - 1 / 800 + 1 / 500 - 1 / 1000)
    bounds = 0.85 * np.exp(np.array([-1, 1]) * stats.norm.ppf(0.975) * error)
    assert (filed["south"].low, filed["south"].high) == pytest.approx(bounds.tolist(), rel=1e-12)
    assert filed["south"].n == 800
    # the best-off category's ratio is 1 by definition
    assert (filed["north"].value, filed["north"].low, filed["north"].high) == (1.0, None, None)


def test_where_nobody_is_selected_there_is_nothing_to_test(job_on, snapshot, tell):
    outcome = fairness.work(job_on("fairness", snapshot, threshold=0.999999), tell)
    for each in outcome.details["significance"]["features"]["group"]["groups"]:
        assert each["z"] is each["z_p"] is each["standard_deviations"] is None
        assert each["below_four_fifths"] is each["ratio"] is None
        assert each["fisher_p"] == 1.0
        assert each["holm_p"] == (1.0 if each["n"] >= 30 else None)
    ratios = [each for each in outcome.measures if each.name == "impact_ratio"]
    assert {(each.value, each.low, each.high) for each in ratios} == {(None, 0.0, 1.0)}
