"""Which documents are policies, and what is wrong with the others."""

from decimal import Decimal

import pytest

from governance.rules.documents import SCHEMA, understand
from governance.rules.durations import duration
from governance.rules.faults import Unreadable
from governance.rules.reading import MAX_BYTES, read

GOOD = """
policy: credit-production
applies_to: {environments: [production], risk_tiers: [high], domains: [credit]}
evidence:
  - kind: validation_run
    max_age: 180d
    rules:
      - {measure: roc_auc, at_least: 0.75}
      - {measure: roc_auc, not_worse_than: champion, margin: 0.01}
  - kind: fairness_audit
    max_age: 90d
    rules:
      - {measure: selection_rate_ratio, for: race, at_least: 0.80, min_group_size: 30}
      - {measure: equalized_odds_difference, for: race x sex, at_most: 0.10, decide_by: estimate}
  - kind: dpia
    by: person
approvals:
  - {role: validator, count: 1, not: [author]}
  - {role: approver, count: 2, not: [author, validator]}
certificate: {valid_for: 180d}
"""
SMALL = """
policy: small
applies_to: {environments: [production]}
approvals: [{role: approver, count: 1}]
certificate: {valid_for: 30d}
"""


def fault_of(text: str) -> str:
    with pytest.raises(Unreadable) as unreadable:
        understand(text)
    return str(unreadable.value)


def test_the_design_s_own_example_is_a_policy():
    written = understand(GOOD)
    assert written.policy.keys == {
        "validation_run/roc_auc/-",
        "validation_run/roc_auc/-/champion",
        "fairness_audit/selection_rate_ratio/race",
        "fairness_audit/equalized_odds_difference/race x sex",
    }


def test_a_number_is_the_one_that_was_written():
    rule = understand(GOOD).policy.demands[1].rules[0]
    assert (rule.at_least, str(rule.at_least)) == (Decimal("0.80"), "0.80")


def test_what_is_stored_is_itself_a_policy_with_the_same_digest():
    written = understand(GOOD)
    assert written.document["evidence"][0]["rules"][0]["at_least"] == "0.75"
    assert understand(_as_yaml(written.document)).digest == written.digest


def test_layout_and_comments_do_not_change_the_digest():
    assert understand("# a comment\n" + SMALL).digest == understand(SMALL).digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a policy is a YAML mapping"),
        ("- a\n- b\n", "a policy is a YAML mapping"),
        ("policy: [", "this is not a YAML document"),
        ("\x00", "this is not a YAML document"),
        (SMALL + "colour: red\n", "'colour' was unexpected"),
        (SMALL + "policy: twice\n", "/policy: this key is given twice"),
        (SMALL + "--- \nmore: 1\n", "this is a second"),
        (
            SMALL.replace("policy: small", "policy: Small One"),
            "/policy: 'Small One' does not match",
        ),
        (SMALL.replace("policy: small", "policy: no"), ""),
        (SMALL.replace("30d", "30"), "/certificate/valid_for: "),
        (SMALL.replace("count: 1", "count: 0"), "/approvals/0/count: 0 is less than"),
        (SMALL.replace("count: 1", "count: 0x1"), "a number is written like"),
        (SMALL.replace("approver", "emperor"), "/approvals/0/role: 'emperor' is not one of"),
        (
            SMALL.replace("applies_to: {environments: [production]}", "applies_to: {}"),
            "/applies_to",
        ),
        (SMALL.replace("production", "&p production"), "anchors and aliases"),
        (SMALL.replace("production", "*p"), "anchors and aliases"),
        (SMALL.replace("production", "!!python/name:os.system x"), "tags are not read"),
        (
            SMALL.replace("certificate: {valid_for: 30d}", ""),
            "/certificate: an approval of a model",
        ),
    ],
)
def test_a_document_that_is_no_policy_is_refused_with_its_place(text, told):
    if told:
        assert told in fault_of(text)
    else:
        assert understand(text).policy.policy == "no"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{measure: roc_auc, at_lest: 0.7}", "'at_lest' was unexpected"),
        ("{measure: roc_auc}", "a rule says at_least or at_most"),
        ("{measure: roc_auc, at_least: 0.7, not_worse_than: champion}", "a rule says at_least"),
        ("{measure: roc_auc, at_least: 0.7, margin: 0.1}", "a rule says at_least"),
        ("{measure: roc_auc, at_least: lots}", "'lots' is not valid"),
        ("{measure: roc_auc, at_least: .nan}", "a number is written like"),
        ("{measure: roc_auc, at_least: .inf}", "a number is written like"),
        ("{measure: roc_auc, at_least: 1_000.5}", "a number is written like"),
        ("{measure: roc_auc, at_least: 0.9, at_most: 0.8}", "no number is at least 0.9 and"),
        ("{measure: roc_auc, not_worse_than: yesterday}", "'champion' was expected"),
        ("{measure: roc_auc, not_worse_than: champion, margin: -0.1}", "not negative, got -0.1"),
        ("{measure: happiness, not_worse_than: champion}", "whether more or less happiness"),
        ("{measure: roc_auc, at_least: 0.7, decide_by: feeling}", "'feeling' is not one of"),
        ("{measure: roc_auc, at_least: 0.7, min_group_size: 30.0}", "is not of type 'integer'"),
        ("{measure: a, at_most: 1}, {measure: a, at_most: 2}", "is asked for 2 times"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused(rule, told):
    text = SMALL + f"evidence: [{{kind: validation_run, rules: [{rule}]}}]\n"
    assert told in fault_of(text)


@pytest.mark.parametrize("approvals", ["approvals: []", "approvals: []\nevidence: []"])
def test_a_policy_that_asks_for_nothing_is_refused(approvals):
    text = SMALL.replace("approvals: [{role: approver, count: 1}]", approvals)
    assert "the policy asks for nothing" in fault_of(text)


def test_evidence_without_anybody_to_decide_is_refused():
    text = SMALL.replace("approvals: [{role: approver, count: 1}]", "approvals: []")
    assert "nobody would decide" in fault_of(text + "evidence: [{kind: validation_run}]\n")


def test_a_bomb_of_aliases_is_refused_before_it_unfolds():
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    assert "anchors and aliases" in fault_of(bomb)


def test_deep_nesting_and_size_are_refused():
    assert "nests at most" in fault_of("a: " + "[" * 5000)
    assert f"at most {MAX_BYTES} bytes" in fault_of("a: " + "x" * MAX_BYTES)


def test_every_fault_is_told_at_once():
    told = fault_of(SMALL.replace("30d", "soon").replace("count: 1", "count: 99"))
    assert "/approvals/0/count" in told
    assert "/certificate/valid_for" in told


def test_words_that_yaml_takes_for_truth_stay_words():
    assert read("a: no\nb: true\nc: ~\nd: 2026-01-02") == {
        "a": "no",
        "b": True,
        "c": None,
        "d": "2026-01-02",
    }


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("180d", 4320), ("2w", 336)])
def test_a_duration_is_read(text, hours):
    assert duration(text).total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["", "0d", "1.5d", "-1d", "180", "1y", "180 d", "999999d"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="a duration is a number"):
        duration(text)


def test_the_schema_is_published_with_its_dialect():
    assert SCHEMA["$schema"].endswith("2020-12/schema")


def _as_yaml(document: object) -> str:
    import json

    return json.dumps(document)
