"""Berkeley's admissions of 1973 through a real audit: what departments explain, and what not."""

import numpy as np
import pyarrow as pa
import pytest

from audits.jobs import fairness
from audits.jobs.contract import Job, Outcome, Refused
from measures.fairness import groups
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells
from tests.jobs import berkeley
from tests.jobs.conftest import quiet


@pytest.fixture(scope="module")
def admissions(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return berkeley.audit(tmp_path_factory.mktemp("admissions"))


@pytest.fixture(scope="module")
def outcome(admissions: Job) -> Outcome:
    return fairness.work(admissions, quiet)


def _measure(outcome: Outcome, name: str, group: str | None = None, feature: str = "sex"):
    about = {"feature": feature} | ({"group": group} if group else {})
    (found,) = [each for each in outcome.measures if (each.name, each.slice) == (name, about)]
    return found


def test_women_are_admitted_at_0_68_of_mens_rate(outcome):
    ratio = _measure(outcome, "impact_ratio", "female")
    assert ratio.value == pytest.approx(0.68183, abs=5e-6)
    assert (ratio.low, ratio.high) == pytest.approx((0.6287, 0.7395), abs=5e-5)
    assert ratio.n == 1835
    tested = outcome.details["significance"]
    (female,) = tested["features"]["sex"]["groups"]
    assert tested["features"]["sex"]["reference"] == "male"
    assert tested["comparisons"] == 1
    assert female["z"] == pytest.approx(-9.6024, abs=5e-5)
    assert female["holm_p"] == female["fisher_p"] < 1e-20
    assert female["below_four_fifths"] is True
    assert female["numbers_too_small"] is False
    assert female["beyond_two_standard_deviations"] is True


def test_within_departments_next_to_nothing_is_left_of_it(outcome):
    (female,) = outcome.details["conditional"]["sex"]["groups"]
    assert female["crude_ratio"] == pytest.approx(0.68183, abs=5e-6)
    # R: mantelhaen.test(UCBAdmissions), 1/0.9046968, X-squared = 1.4269, p = 0.2323
    assert female["odds_ratio"] == pytest.approx(1.105343, abs=5e-7)
    assert female["chi_square"] == pytest.approx(1.426946, abs=5e-7)
    assert female["p"] == pytest.approx(0.232263, abs=5e-7)
    assert female["holm_p"] == female["p"]
    assert (female["levels"], female["informative_levels"]) == (6, 6)
    filed = _measure(outcome, "mantel_haenszel_odds_ratio", "female")
    assert (filed.value, filed.low, filed.high) == tuple(
        female[key] for key in ("odds_ratio", "low", "high")
    )
    assert filed.low < 1 < filed.high
    assert (filed.n, filed.unit) == (1835, "ratio")


def test_departments_do_not_share_one_odds_ratio(outcome):
    (female,) = outcome.details["conditional"]["sex"]["groups"]
    # R: DescTools::BreslowDayTest(UCBAdmissions), X-squared = 18.826, df = 5, p = 0.002071
    assert female["breslow_day_p"] == pytest.approx(0.002071, abs=5e-7)
    assert female["one_odds_ratio_p"] == pytest.approx(0.0021, abs=2e-4)


def test_each_department_is_compared_by_itself(outcome, admissions):
    in_a = _measure(outcome, "conditional_selection_rate_ratio", "department A")
    assert in_a.value == pytest.approx((512 / 825) / (89 / 108), abs=1e-12)
    assert in_a.n == 108
    levels = outcome.details["conditional"]["sex"]["levels"]
    assert [each["level"] for each in levels] == [f"department {name}" for name in "ABCDEF"]
    assert levels[0]["groups"] == [
        {"group": "female", "n": 108, "selected": 89, "share": 89 / 108},
        {"group": "male", "n": 825, "selected": 512, "share": 512 / 825},
    ]  # fmt: skip
    counts = np.array([[[19, 0], [0, 89]], [[313, 0], [0, 512]]])
    alone = Cells(("sex",), (("female",), ("male",)), counts)
    (gap, *_) = groups.gaps(alone, Drawing(200, 0.95, 7))
    assert (in_a.low, in_a.high) == gap.interval


def test_the_cells_of_features_and_controls_are_all_there_is_to_it(outcome):
    details = outcome.details
    assert details["features"] == ["sex", "department"]
    assert details["control"] == ["department"]
    assert sum(cell["n"] for cell in details["cells"]) == 4526
    cells = Cells.read(details["features"], details["cells"])
    assert cells.digest() == details["cells_digest"]
    overall = groups.all_gaps(cells.over(["sex"]), Drawing(200, 0.95, 7))
    found = {each.name: each for each in outcome.measures if each.slice == {"feature": "sex"}}
    for gap in overall:
        if gap.name in found:
            filed = found[gap.name]
            assert (filed.value, filed.low, filed.high) == (gap.value, *gap.interval)


def test_what_is_measured_within_levels_is_certified_too(admissions, outcome):
    alone = admissions._replace(spec=admissions.spec | {"control": []})
    without = fairness.work(alone, quiet).details
    # three metrics of two groups, overall and in six forms, and 16 named gaps, in six levels
    more = 6 * ((2 + 7) * 3 + 16)
    assert outcome.details["certificate"]["compared"] == without["certificate"]["compared"] + more
    assert without["conditional"] == {}


def test_intervals_within_levels_are_corrected_where_they_can_be(admissions):
    job = admissions._replace(spec=admissions.spec | {"interval": "bca"})
    details = fairness.work(job, quiet).details["conditional"]["sex"]
    # everybody with the favourable label is selected: these gaps are 0 in every resample
    assert {each["gap"] for each in details["other_methods"]} == {
        "equalized_odds_difference", "equal_opportunity_difference",
    }  # fmt: skip
    assert details["other_methods"][0]["method"].startswith(bootstrap.METHOD)


def test_a_level_with_one_group_has_nothing_to_compare(job_on, snapshot, tell):
    kept = [
        not (group == "b" and region == "north")
        for group, region in zip(
            snapshot["group"].to_pylist(), snapshot["region"].to_pylist(), strict=True
        )
    ]
    no_missing = [group is not None for group in snapshot["group"].to_pylist()]
    rows = snapshot.filter(pa.array(np.logical_and(kept, no_missing)))
    outcome = fairness.work(job_on("fairness", rows, control=["region"]), tell)
    levels = {each["level"]: each for each in outcome.details["conditional"]["group"]["levels"]}
    assert levels["region north"]["compared"] is False
    assert set(levels) == {"region (missing)", "region north", "region south"}
    named = {each.slice["group"] for each in outcome.measures if each.name.startswith("condi")}
    assert named == {"region (missing)", "region south"}


def test_p_values_within_levels_are_adjusted_over_all_features(job_on, snapshot, tell):
    job = job_on("fairness", snapshot, sensitive=["group", "male"], control=["region"])
    held = fairness.work(job, tell).details["conditional"]
    found = [each for feature in ("group", "male") for each in held[feature]["groups"]]
    assert {each["holm_p"] for each in found if each["n"] < 30} == {None}
    large = [each for each in found if each["n"] >= 30]
    bare = sorted(each["p"] for each in large)
    expected = np.minimum(np.maximum.accumulate(np.array(bare) * [2, 1]), 1)
    assert sorted(each["holm_p"] for each in large) == pytest.approx(expected.tolist(), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"control": ["nowhere"]}, "expected the control feature 'nowhere' in the snapshot"),
        (
            {"control": ["debt"]},
            "at most 1,000 groups, but 'debt' has too many distinct values .* band its values",
        ),
    ],
)
def test_unusable_control_features_are_refused(job_on, snapshot, tell, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        fairness.work(job_on("fairness", snapshot, **changes), tell)
