"""A profile counts what a snapshot holds."""

import json

import numpy as np
import pyarrow as pa
import pytest

from audits.jobs import profile
from audits.jobs.contract import Refused


def _profiled(job_on, tell, table: pa.Table, target="approve", sensitive=("group", "male")):
    job = job_on("profile", table)
    facts = {"target": target, "sensitive_features": list(sensitive)}
    return profile.work(job._replace(facts=facts), tell)


def _named(outcome, name: str) -> list:
    return [each for each in outcome.measures if each.name == name]


def test_rows_columns_and_repeated_rows_are_counted(job_on, snapshot, tell):
    outcome = _profiled(job_on, tell, pa.concat_tables([snapshot, snapshot[:5]]))
    counted = {name: _named(outcome, name)[0].value for name in ("rows", "columns")}
    assert counted == {"rows": 605, "columns": 6}
    assert _named(outcome, "duplicate_rows")[0].value == 5


def test_every_column_has_a_missing_rate_with_its_interval(job_on, snapshot, tell):
    rates = {each.slice["feature"]: each for each in _named(
        _profiled(job_on, tell, snapshot), "missing_rate"
    )}  # fmt: skip
    assert set(rates) == set(snapshot.column_names)
    for name, rate in rates.items():
        assert rate.value == snapshot[name].null_count / 600
        assert rate.low <= rate.value <= rate.high


def test_the_target_and_the_groups_are_counted(job_on, snapshot, tell):
    outcome = _profiled(job_on, tell, snapshot)
    (positive,) = _named(outcome, "positive_rate")
    assert positive.value == snapshot["approve"].to_numpy().mean()
    shares = {each.slice["group"]: each.value for each in _named(outcome, "group_share")
              if each.slice["feature"] == "group"}  # fmt: skip
    assert set(shares) == {"a", "b", "(missing)"}
    assert sum(shares.values()) == pytest.approx(1)


def test_columns_are_described_as_json(job_on, snapshot, tell):
    outcome = _profiled(job_on, tell, snapshot)
    json.dumps(outcome.details, allow_nan=False)
    columns = {each["name"]: each for each in outcome.details["columns"]}
    debt = snapshot["debt"].to_numpy()
    assert columns["debt"]["mean"] == pytest.approx(debt.mean(), rel=1e-14)
    assert columns["debt"]["median"] == pytest.approx(np.median(debt), rel=1e-14)
    assert sum(columns["debt"]["histogram"]["counts"]) == 600
    assert {each["value"] for each in columns["region"]["values"]} == {"north", "south"}
    assert columns["region"]["nulls"] == snapshot["region"].null_count


def test_values_are_listed_only_where_there_are_few(job_on, tell):
    table = pa.table({"name": [f"person {i}" for i in range(60)], "approve": [0, 1] * 30})
    columns = _profiled(job_on, tell, table, sensitive=()).details["columns"]
    assert "person" not in json.dumps(columns)
    assert columns[0]["distinct"] == 60


def test_what_cannot_be_counted_is_said(job_on, tell):
    table = pa.table({"id": [str(i) for i in range(1_100)], "y": [0, 1] * 550})
    outcome = _profiled(job_on, tell, table, target="gone", sensitive=("id",))
    assert outcome.details["not_measured"][0] == "the snapshot has no column 'gone'"
    assert "'id' has too many distinct values" in outcome.details["not_measured"][1]


def test_odd_columns_are_described_too(job_on, tell):
    table = pa.table(
        {
            "self": pa.array([1, 1, 1]),
            "nothing": pa.nulls(3, pa.float64()),
            "untyped": pa.nulls(3),
            "infinite": [1.0, float("inf"), 2.0],
            "nan": [float("nan"), 1.0, 1.0],
            "when": pa.array([0, 1, None], pa.timestamp("us")),
            "flag": [True, False, None],
            "quoted \"name's": ["a", "b", "b"],
        }
    )
    columns = {
        each["name"]: each
        for each in _profiled(job_on, tell, table, sensitive=()).details["columns"]
    }
    assert columns["self"]["histogram"]["counts"] == [3]
    assert columns["nothing"]["nulls"] == columns["untyped"]["nulls"] == 3
    assert "mean" not in columns["infinite"]
    assert columns["nan"]["nulls"] == 1
    assert columns["when"]["min"].startswith("1970-01-01")
    assert {each["value"] for each in columns["flag"]["values"]} == {"true", "false"}
    assert columns["quoted \"name's"]["distinct"] == 2


def test_many_columns_are_described(job_on, tell):
    table = pa.table({f"c{i}": [float(i), 1.0] for i in range(50)})
    assert len(_profiled(job_on, tell, table, sensitive=()).details["columns"]) == 50


def test_a_snapshot_without_rows_is_refused(job_on, snapshot, tell):
    with pytest.raises(Refused, match="expected rows to describe, but the snapshot has none"):
        _profiled(job_on, tell, snapshot[:0])
