"""What rules answer: by hand, at the edges, and as properties."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.bounds import judge_reading
from governance.rules.documents import understand
from governance.rules.held import HeldEvidence, Reading, readings
from governance.rules.judging import Champion, Waived, judge, judge_policy
from governance.rules.numbers import shown
from governance.rules.policy import MeasureRule
from governance.rules.verdicts import Verdict

NOW = datetime(2026, 3, 1, tzinfo=UTC)
D = Decimal


def reading(value, low=None, high=None, n=100, feature="", group=None, name="m"):
    numbers = [None if x is None else D(x) for x in (value, low, high)]
    return Reading(name, *numbers, n=n, feature=feature, group=group)


def held(*found, kind="k", **more):
    return HeldEvidence(7, kind, NOW - timedelta(days=1), readings=found, **more)


AT_LEAST = MeasureRule("m", at_least=D("0.80"))


@pytest.mark.parametrize(
    ("low", "value", "high", "verdict"),
    [
        ("0.80", "0.85", "0.90", Verdict.MET),
        ("0.7999999999999999", "0.85", "0.90", Verdict.INSUFFICIENT),
        ("0.70", "0.75", "0.80", Verdict.INSUFFICIENT),
        ("0.70", "0.75", "0.7999999999999999", Verdict.NOT_MET),
    ],
)
def test_the_whole_interval_decides(low, value, high, verdict):
    assert judge_reading(AT_LEAST, reading(value, low, high)) is verdict


def test_nothing_is_rounded_before_it_is_compared():
    told = judge(AT_LEAST, held(reading("0.79999999", "0.79", "0.79999999")))
    assert told.verdict is Verdict.NOT_MET
    assert "0.8 " not in told.why
    assert judge(AT_LEAST, held(reading("0.7948"))).verdict is Verdict.NOT_MET


def test_an_interval_that_was_not_computed_does_not_count_as_exact():
    odd = {"name": "m", "value": "0.9", "low": "nan", "high": "nan", "n": 100, "slice": {}}
    (found,) = readings([odd])
    assert judge_reading(AT_LEAST, found) is Verdict.INSUFFICIENT
    (exact,) = readings([odd | {"low": None, "high": None}])
    assert judge_reading(AT_LEAST, exact) is Verdict.MET


def test_the_estimate_decides_only_where_the_policy_says_so():
    by_estimate = MeasureRule("m", at_least=D("0.80"), by_interval=False)
    assert judge_reading(by_estimate, reading("0.81", "0.5", "0.9")) is Verdict.MET
    assert judge_reading(by_estimate, reading("0.79", "0.5", "0.9")) is Verdict.NOT_MET


def test_what_is_insufficient_says_how_many_rows_would_decide_it():
    """The arm of 0.10 has to shrink to the 0.05 that are left: four times the rows."""
    told = judge(AT_LEAST, held(reading("0.85", "0.75", "0.95", n=1000)))
    assert told.rows_needed == 4000
    assert told.why.endswith("about 4,000 rows instead of 1,000 would decide it.")
    below = judge(AT_LEAST, held(reading("0.75", "0.65", "0.85", n=1000)))
    assert below.rows_needed == 4001
    assert "about 4,100 rows" in below.why


def test_nobody_is_asked_for_rows_where_nothing_is_known():
    """The interval of a rate of nobody stays as wide with any number of rows."""
    assert judge(AT_LEAST, held(reading("0.75", "0", "1", n=40))).rows_needed is None


def test_rows_are_not_asked_for_in_vain():
    on_the_bound = judge(AT_LEAST, held(reading("0.80", "0.75", "0.85")))
    assert on_the_bound.rows_needed is None
    assert "more rows alone hardly decide it" in on_the_bound.why
    next_to_it = judge(AT_LEAST, held(reading("0.8000000001", "0.75", "0.85")))
    assert "more rows alone hardly decide it" in next_to_it.why
    met = judge(AT_LEAST, held(reading("0.85", "0.81", "0.9")))
    assert met.rows_needed is None
    assert "rows" not in met.why


def test_rows_asked_for_make_the_smallest_group_large_enough():
    rule = MeasureRule("m", at_least=D("0.80"), min_group_size=500)
    assert judge(rule, held(reading("0.9", "0.85", "0.95", n=100))).rows_needed == 500
    assert judge(rule, held(reading("0.85", "0.75", "0.95", n=400))).rows_needed == 1600


@given(
    estimate=st.integers(0, 1000),
    arm=st.integers(1, 300),
    bound=st.integers(0, 1000),
    n=st.integers(1, 10_000),
)
def test_as_many_rows_decide_it_and_one_fewer_does_not(estimate, arm, bound, n):
    rule = MeasureRule("m", at_least=D(bound))
    first = reading(estimate, estimate - arm, estimate + arm, n=n)
    told = judge(rule, held(first))
    if told.rows_needed is None:
        assert told.verdict is not Verdict.INSUFFICIENT or estimate == bound
        return
    gap = abs(estimate - bound)
    at, before = (Fraction(n, rows) * arm**2 for rows in (told.rows_needed, told.rows_needed - 1))
    assert at <= gap**2 if estimate > bound else at < gap**2
    assert before > gap**2 if estimate > bound else before >= gap**2


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        ("0.2", "0.4", Verdict.MET),
        ("0.0", "0.05", Verdict.NOT_MET),
        ("0.5", "0.6", Verdict.NOT_MET),
        ("0.0", "0.3", Verdict.INSUFFICIENT),
        ("0.0", "0.9", Verdict.INSUFFICIENT),
    ],
)
def test_two_bounds_make_a_range(low, high, verdict):
    rule = MeasureRule("m", at_least=D("0.1"), at_most=D("0.4"))
    assert judge_reading(rule, reading(low, low, high)) is verdict


@pytest.mark.parametrize(
    "unusable",
    [
        reading(None),
        reading("0.9", "0.85", None),
        reading("0.9", None, "0.95"),
        reading("0.9", "0.95", "0.85"),
        reading("0.9", "0.85", "0.95", n=29),
    ],
)
def test_what_cannot_be_told_is_insufficient(unusable):
    rule = MeasureRule("m", at_least=D("0.80"), min_group_size=30)
    told = judge(rule, held(unusable))
    assert told.verdict is Verdict.INSUFFICIENT
    assert told.why


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "lots"])
def test_a_number_that_is_none_counts_as_not_computed(text):
    (read,) = readings([{"name": "m", "value": text, "low": None, "high": None, "n": 5}])
    assert read.value is None


def test_a_rule_about_groups_is_as_good_as_its_worst_group():
    found = [
        reading("0.9", "0.85", "0.95", feature="race", group="white"),
        reading("0.6", "0.55", "0.65", feature="race", group="black"),
    ]
    told = judge(MeasureRule("m", about="race", at_least=D("0.80")), held(*found))
    assert (told.verdict, told.value) == (Verdict.NOT_MET, D("0.6"))
    assert "race = black" in told.why


def test_a_measure_of_the_whole_feature_goes_before_its_groups():
    found = [reading("0.9", feature="race"), reading("0.1", feature="race", group="black")]
    assert judge(MeasureRule("m", about="race", at_least=D("0.8")), held(*found)).value == D("0.9")


def test_a_measure_of_another_slice_does_not_answer():
    told = judge(AT_LEAST, held(reading("0.9", feature="race")))
    assert (told.verdict, told.evidence_id) == (Verdict.MISSING, 7)


POLICY = understand("""
policy: p
applies_to: {environments: [production]}
evidence:
  - kind: k
    max_age: 30d
    reviewed: true
    rules:
      - {measure: m, at_least: 0.8}
      - {measure: roc_auc, not_worse_than: champion, margin: 0.01}
approvals: [{role: approver, count: 1}]
certificate: {valid_for: 30d}
""").policy


def verdicts(*found, champion=None, waivers=None, **more):
    have = {"k": held(*found, **more)} if found else {}
    told = judge_policy(POLICY, have, now=NOW, champion=champion, waivers=waivers)
    assert all(rule.text and rule.why for rule in told)
    return {rule.key: rule.verdict for rule in told}


GOOD = reading("0.9", "0.85", "0.95")
AUC = reading("0.8", "0.75", "0.85", name="roc_auc")


def test_everything_is_missing_where_nothing_is_held():
    assert set(verdicts().values()) == {Verdict.MISSING}


def test_evidence_counts_once_its_report_is_accepted():
    told = verdicts(GOOD, AUC)
    assert told == {"k": "missing", "k/m/-": "met", "k/roc_auc/-/champion": "not_applicable"}
    assert verdicts(GOOD, AUC, review="accepted")["k"] is Verdict.MET
    assert verdicts(GOOD, AUC, review="returned")["k"] is Verdict.MISSING


@pytest.mark.parametrize(
    ("terms", "verdict"),
    [
        ({}, Verdict.MET),
        ({"confidence": D("0.95"), "threshold": D("0.50")}, Verdict.MET),
        ({"confidence": D("0.99")}, Verdict.MET),
        ({"confidence": D("0.5")}, Verdict.INSUFFICIENT),
        ({"threshold": D("0.01")}, Verdict.INSUFFICIENT),
    ],
)
def test_evidence_measured_on_easier_terms_does_not_answer(terms, verdict):
    waiver = {"k/m/-": Waived("k/m/-", NOW, "Needed.")}
    told = verdicts(GOOD, AUC, review="accepted", waivers=waiver, **terms)
    assert told["k"] is verdict


def test_a_returned_report_says_why():
    have = {"k": held(GOOD, review="returned", review_reason="Wrong threshold.")}
    assert "Wrong threshold." in judge_policy(POLICY, have, now=NOW)[0].why


def test_old_expired_and_outdated_evidence_is_stale():
    for more in (
        {"expires_at": NOW},
        {"digest_matches": False},
    ):
        assert set(verdicts(GOOD, AUC, review="accepted", **more).values()) == {Verdict.STALE}
    old = HeldEvidence(7, "k", NOW - timedelta(days=31), review="accepted", readings=(GOOD, AUC))
    assert judge_policy(POLICY, {"k": old}, now=NOW)[0].verdict is Verdict.STALE


def test_a_waiver_sets_aside_what_is_not_met_or_insufficient_and_nothing_else():
    waiver = {key: Waived(key, NOW, "Needed.") for key in ("k", "k/m/-")}
    bad = reading("0.1", "0.05", "0.2")
    assert verdicts(bad, AUC, waivers=waiver) == {
        "k": "missing",
        "k/m/-": "waived",
        "k/roc_auc/-/champion": "not_applicable",
    }
    assert verdicts(waivers=waiver)["k/m/-"] is Verdict.MISSING
    assert verdicts(bad, AUC, waivers=waiver, digest_matches=False)["k/m/-"] is Verdict.STALE
    assert verdicts(GOOD, AUC, waivers=waiver)["k/m/-"] is Verdict.MET


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [
        (reading("0.70", "0.69", "0.71", name="roc_auc"), Verdict.MET),
        (reading("0.80", "0.75", "0.85", name="roc_auc"), Verdict.INSUFFICIENT),
        (reading("0.95", "0.94", "0.96", name="roc_auc"), Verdict.NOT_MET),
        (reading("0.95", name="other"), Verdict.INSUFFICIENT),
    ],
)
def test_a_champion_is_compared_with_by_the_interval_of_the_difference(theirs, verdict):
    champion = Champion("v1", False, {"k": held(theirs)})
    assert verdicts(GOOD, AUC, champion=champion)["k/roc_auc/-/champion"] is verdict


def test_a_champion_is_not_compared_with_itself():
    champion = Champion("v1", True, {"k": held(AUC)})
    assert verdicts(GOOD, AUC, champion=champion)["k/roc_auc/-/champion"] is (
        Verdict.NOT_APPLICABLE
    )


def test_the_difference_s_bounds_are_those_of_zou_and_donner():
    """0.8 (0.75, 0.85) less 0.7 (0.69, 0.71): 0.1 - sqrt(0.05² + 0.01²) = 0.04901."""
    theirs = Champion("v1", False, {"k": held(reading("0.70", "0.69", "0.71", name="roc_auc"))})
    for margin, verdict in (("-0.0490", Verdict.MET), ("-0.0491", Verdict.INSUFFICIENT)):
        rule = MeasureRule("roc_auc", against_champion=True, margin=D(margin))
        assert judge(rule, held(AUC), key="k/x", champion=theirs).verdict is verdict


def test_where_less_is_better_the_comparison_turns_round():
    rule = MeasureRule("m", against_champion=True, lower_is_better=True, margin=D("0.01"))
    theirs = Champion("v1", False, {"k": held(reading("0.30", "0.29", "0.31"))})
    better, worse = reading("0.20", "0.19", "0.21"), reading("0.40", "0.39", "0.41")
    assert judge(rule, held(better), key="k/x", champion=theirs).verdict is Verdict.MET
    told = judge(rule, held(worse), key="k/x", champion=theirs)
    assert (told.verdict, told.bound) == (Verdict.NOT_MET, D("0.31"))


numbers = st.decimals(-10, 10, allow_nan=False, places=6)


@st.composite
def spans(draw):
    low, value, high = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    return reading(value, low, high)


@given(spans(), numbers, st.booleans())
def test_the_verdict_is_the_position_of_the_interval_and_nothing_else(found, bound, upper):
    rule = MeasureRule("m", at_most=bound) if upper else MeasureRule("m", at_least=bound)
    low, high = (-found.high, -found.low) if upper else (found.low, found.high)
    bound = -bound if upper else bound
    expected = (
        Verdict.MET if low >= bound else (Verdict.NOT_MET if high < bound else Verdict.INSUFFICIENT)
    )
    assert judge_reading(rule, found) is expected


@given(spans(), numbers, st.decimals(0, 5, places=6))
def test_more_uncertainty_only_ever_leads_to_insufficient(found, bound, extra):
    wider = Reading("m", found.value, found.low - extra, found.high + extra, found.n)
    rule = MeasureRule("m", at_least=bound)
    before, after = judge_reading(rule, found), judge_reading(rule, wider)
    assert after in {before, Verdict.INSUFFICIENT}


@given(spans(), numbers, numbers)
def test_a_stricter_bound_is_never_easier(found, one, other):
    lax, strict = sorted((one, other))
    order = [Verdict.MET, Verdict.INSUFFICIENT, Verdict.NOT_MET]
    told = [judge_reading(MeasureRule("m", at_least=b), found) for b in (lax, strict)]
    assert order.index(told[0]) <= order.index(told[1])


@given(spans(), spans(), st.decimals(0, 1, places=4), st.booleans())
def test_swapping_direction_is_changing_every_sign(ours, theirs, margin, lower):
    def mirrored(found):
        return Reading("m", -found.value, -found.high, -found.low, found.n)

    def verdict(mine, other, *, less):
        rule = MeasureRule("m", against_champion=True, margin=margin, lower_is_better=less)
        return judge(
            rule, held(mine), key="k/x", champion=Champion("v", False, {"k": held(other)})
        ).verdict

    assert verdict(ours, theirs, less=lower) is verdict(
        mirrored(ours), mirrored(theirs), less=not lower
    )


@given(st.decimals(-1000, 1000, allow_nan=False, places=17), st.decimals(-1000, 1000, places=3))
def test_a_number_is_never_shown_on_the_wrong_side_of_its_bound(number, bound):
    written = D(shown(number, bound))
    assert (written > bound) - (written < bound) == (number > bound) - (number < bound)
