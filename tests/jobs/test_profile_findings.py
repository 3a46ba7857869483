"""A profile says what is likely wrong, what goes together and who could be singled out."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError
from scipy import stats

from audits import specs
from audits.jobs import profile
from audits.jobs.contract import Refused
from tests.jobs.conftest import applicants


@pytest.fixture
def profiled(job_on, tell):
    def go(table: pa.Table, target="approve", **spec):
        facts = {"target": target, "sensitive_features": []}
        return profile.work(job_on("profile", table, **spec)._replace(facts=facts), tell)

    return go


def _with(rows: pa.Table, **columns) -> pa.Table:
    for name, values in columns.items():
        rows = rows.append_column(name, pa.array(values))
    return rows


def _named(outcome, name: str, **about: str):
    (found,) = [m for m in outcome.measures if m.name == name and m.slice == about]
    return found


def _kinds(outcome) -> dict:
    return {(each["column"], each["kind"]): each for each in outcome.details["findings"]}


ROWS = applicants(600, seed=3)


def test_what_is_likely_wrong_is_found_the_most_severe_first(profiled):
    truth = ROWS["approve"].to_numpy()
    table = _with(
        ROWS,
        id=[f"P{i}" for i in range(600)],
        country=["DE"] * 600,
        letter=np.where(truth == 1, "yes", "no"),
    )
    outcome = profiled(table)
    found = _kinds(outcome)
    assert {("letter", "leakage"), ("id", "identifier"), ("country", "constant")} <= set(found)
    assert outcome.details["findings"][0]["column"] == "letter"
    assert [each["column"] for each in outcome.details["leakage"]["suspects"]] == ["letter"]
    told = outcome.details["findings"]
    for severity in ("error", "warning", "note"):
        counted = sum(each["severity"] == severity for each in told)
        assert _named(outcome, "findings", severity=severity).value == counted


def test_repeated_rows_are_a_finding(profiled):
    assert (None, "duplicates") in _kinds(profiled(pa.concat_tables([ROWS, ROWS[:5]])))


def test_the_target_of_the_spec_comes_before_that_of_the_dataset(job_on, tell):
    job = job_on("profile", _with(ROWS, twin=ROWS["male"].to_numpy() + 1.0), target="male")
    facts = {"target": "approve", "sensitive_features": []}
    leakage = profile.work(job._replace(facts=facts), tell).details["leakage"]
    assert leakage["target"] == "male"
    assert [each["column"] for each in leakage["suspects"]] == ["twin"]


def test_without_a_target_nothing_is_looked_at_for_leakage(profiled):
    outcome = profiled(_with(ROWS, twin=ROWS["approve"]), target="")
    assert outcome.details["leakage"]["suspects"] == []


def test_a_target_of_many_values_is_said_not_to_be_examined(profiled):
    table = pa.table({"x": np.arange(1_500.0), "y": [str(i) for i in range(1_500)]})
    outcome = profiled(table, target="y")
    assert "too many distinct values" in outcome.details["leakage"]["not_examined"][0]


def test_the_strongest_pairs_are_told_with_their_interval(profiled):
    debt = ROWS["debt"].to_numpy()
    twin = debt * 2 + np.random.RandomState(1).normal(0, 1, 600)
    outcome = profiled(_with(ROWS, twin=twin))
    found = _named(outcome, "pearson_correlation", feature="debt", **{"with": "twin"})
    assert found.value == pytest.approx(stats.pearsonr(debt, twin).statistic, abs=1e-12)
    assert found.low < found.value < found.high
    assert found.n == 600
    first = outcome.details["associations"]["strongest"][0]
    assert (first["first"], first["second"]) == ("debt", "twin")
    assert outcome.details["associations"]["left_out"] == 0


def test_a_number_is_compared_with_a_category_by_the_share_of_its_variance(profiled):
    table = ROWS.select(["group", "debt"])
    outcome = profiled(table, target="")
    debt, group = table["debt"].to_numpy(), np.array(table["group"].to_pylist(), dtype=object)
    known = np.array([value is not None for value in group])
    means = {name: debt[group == name].mean() for name in ("a", "b")}
    spread = sum((group == name).sum() * (means[name] - debt[known].mean()) ** 2 for name in means)
    expected = np.sqrt(spread / ((debt[known] - debt[known].mean()) ** 2).sum())
    found = _named(outcome, "correlation_ratio", feature="group", **{"with": "debt"})
    assert found.value == pytest.approx(expected)


def test_pairs_are_bounded_and_the_rest_is_counted(profiled):
    drawn = np.random.RandomState(1)
    outcome = profiled(pa.table({f"c{i}": drawn.normal(size=40) for i in range(35)}), target="c34")
    held = outcome.details["associations"]
    assert held["left_out"] == 5
    assert held["looked_at"][0] == "c34"
    assert len(held["strongest"]) == 20


def test_many_rows_are_compared_on_the_same_sample_each_time(profiled, monkeypatch):
    monkeypatch.setattr(profile, "COMPARED", 200)
    first, second = (profiled(ROWS) for _ in range(2))
    assert first.details["compared_on"] == second.details["compared_on"]
    assert 150 < first.details["compared_on"]["rows"] < 250
    assert first.measures == second.measures
    assert _named(first, "rows").value == 600


def test_shapes_ends_and_spans_of_columns_are_told(profiled):
    days = pa.array([i * 86_400 * 10**6 for i in range(600)], pa.timestamp("us"))
    columns = {each["name"]: each for each in profiled(_with(ROWS, when=days)).details["columns"]}
    debt = ROWS["debt"].to_numpy()
    assert columns["debt"]["skewness"] == pytest.approx(stats.skew(debt))
    assert columns["debt"]["kurtosis"] == pytest.approx(stats.kurtosis(debt))
    assert columns["debt"]["distinct_is"] == "exact"
    assert columns["when"]["time"] == {
        "span_seconds": 599 * 86_400.0,
        "largest_gap_seconds": 86_400.0,
    }


PEOPLE = pa.table(
    {
        "age": [30, 30, 30, 40, 40, 50],
        "sex": ["f", "f", "f", "m", "m", "m"],
        "illness": ["flu", "cold", "flu", "flu", "flu", None],
    }
)


def test_who_could_be_singled_out_is_counted(profiled):
    asked = {"quasi_identifiers": ["age", "sex"], "sensitive_attribute": "illness"}
    outcome = profiled(PEOPLE, target="", **asked)
    assert _named(outcome, "k_anonymity").value == 1
    assert _named(outcome, "unique_share").value == 1 / 6
    assert _named(outcome, "l_diversity").value == 1
    # of all: 4 flu, 1 cold, 1 missing; the one of 50 has only the missing: 1 - 1/6 apart
    assert _named(outcome, "t_closeness").value == pytest.approx(5 / 6)
    held = outcome.details["privacy"]
    assert held["diversity"]["disclosed"] == 3
    assert held["below"][0] == {"size": 2, "people": 1, "share": 1 / 6}


def test_the_rows_that_break_it_are_named_by_number_and_never_by_value(profiled):
    asked = {"quasi_identifiers": ["age", "sex"], "sensitive_attribute": "illness"}
    held = profiled(PEOPLE, target="", **asked).details["privacy"]
    assert held["rows"][:3] == [
        {"row": 6, "people": 1}, {"row": 4, "people": 2}, {"row": 5, "people": 2}
    ]  # fmt: skip
    assert held["single_value_rows"] == [{"row": 4, "people": 2}, {"row": 5, "people": 2}]
    assert not {"flu", "cold", "30", "50"} & set(json.dumps(held).replace('"', " ").split())


def test_what_leaving_a_column_out_would_help_is_told(profiled):
    held = profiled(PEOPLE, target="", quasi_identifiers=["age", "sex"]).details["privacy"]
    assert held["without"][0] == {"column": "age", "k": 3, "unique": 0, "in_small": 6}
    assert "diversity" not in held


def test_rows_of_later_row_groups_keep_their_number(profiled):
    table = _with(ROWS.select(["male"]), mark=["x"] * 599 + ["y"])
    held = profiled(table, target="", quasi_identifiers=["mark"]).details["privacy"]
    assert held["rows"] == [{"row": 600, "people": 1}]


def test_columns_that_are_not_there_are_refused(profiled):
    with pytest.raises(Refused, match="expected the quasi-identifier 'postcode' in the snapshot"):
        profiled(ROWS, quasi_identifiers=["postcode"])
    with pytest.raises(Refused, match="expected the sensitive attribute 'illness'"):
        profiled(ROWS, quasi_identifiers=["male"], sensitive_attribute="illness")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"sensitive_attribute": "illness"}, "needs quasi_identifiers"),
        ({"quasi_identifiers": ["age"], "sensitive_attribute": "age"}, "must not be a quasi-ident"),
        ({"quasi_identifiers": ["age", "age"]}, "must not repeat"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(spec, said):
    with pytest.raises(ValidationError, match=said):
        specs.Profile(snapshot=1, **spec)


def test_an_old_spec_is_still_one():
    assert specs.Profile(snapshot=1).quasi_identifiers == []
