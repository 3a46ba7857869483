"""What is wrong with a table is found, and what is right is left alone."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pytest

from measures.intervals.bootstrap import Drawing
from measures.profile.columns import describe
from measures.profile.leakage import leakage_suspects
from measures.profile.quality import Severity, findings
from measures.reduce.columns import duplicate_rows
from measures.reduce.missing_patterns import TooManyPatterns, reduce_missing_patterns
from measures.reduce.times import TimeSpan, shared_span

FEW = Drawing(200)

ADULT = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation",
    "relationship", "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "country",
    "income",
]  # fmt: skip


@pytest.fixture
def adult(reference_data, stored):
    with gzip.open(reference_data / "adult_train.data.gz") as lines:
        read = pv.read_csv(
            lines,
            read_options=pv.ReadOptions(column_names=ADULT),
            convert_options=pv.ConvertOptions(null_values=["?", " ?"], strings_can_be_null=True),
        )
    return stored(read)


def _kinds(found) -> set[tuple[str | None, str]]:
    return {(each.column, each.kind) for each in found}


def test_adult_has_its_published_counts_and_known_faults(adult, reference_data):
    expected = json.loads((reference_data / "reference_values.json").read_text())["adult_train"]
    columns = describe(adult)
    held = {each.name: each.column.counts.missing for each in columns}
    assert {name: n for name, n in held.items() if n} == expected["missing_by_col"]
    missing = reduce_missing_patterns(adult, [name for name, n in held.items() if n])
    assert (missing.rows, missing.incomplete) == (expected["n"], expected["missing_rows"])
    # seven have never worked and so no occupation, all others without the one lack the other
    assert missing.together("workclass", "occupation") == 1836
    duplicates = duplicate_rows(adult)
    assert duplicates == expected["duplicates"]
    found = findings(columns, duplicates=duplicates, missing=missing)
    assert ("capital_gain", "placeholder") in _kinds(found)  # 99999 is where gains are cut
    assert {("workclass", "missing"), ("capital_gain", "skewed"), (None, "duplicates")} <= _kinds(
        found
    )
    assert not {each.column for each in found} & {"education", "sex", "race", "income"}


def test_each_fault_is_found_with_its_number(stored):
    n = 400
    drawn = np.random.RandomState(6)
    table = stored(
        {
            "empty": pa.nulls(n, pa.float64()),
            "constant": [7] * n,
            "nearly": [1.0] * (n - 2) + [2.0, 3.0],
            "gone": pa.array(drawn.rand(n), mask=np.arange(n) < 250),
            "endless": [np.inf] * 3 + [1.0] * (n - 3),
            "id": list(range(n)),
            "email": [f"{i}@example.org" for i in range(n)],
            "street": [f"street {i // 2 * 2}" if i < 350 else "none of these" for i in range(n)],
            "answer": ["Yes", "yes ", "no", "?"] * (n // 4),
            "age": [-999.0] * 5 + list(drawn.randint(20, 60, n - 5).astype(float)),
            "tail": [1000.0] * 30 + list(drawn.rand(n - 30)),
            "fine": drawn.standard_normal(n),
            "sex": ["f", "m"] * (n // 2),
        }
    )
    found = findings(describe(table))
    kinds = _kinds(found)
    assert kinds == {
        ("empty", "empty"), ("constant", "constant"), ("nearly", "nearly_constant"),
        ("nearly", "skewed"), ("gone", "missing"), ("endless", "infinite"),
        ("endless", "nearly_constant"), ("id", "identifier"), ("email", "identifier"),
        ("answer", "placeholder"), ("answer", "variants"), ("age", "placeholder"),
        ("age", "skewed"), ("tail", "outliers"), ("tail", "skewed"),
    }  # fmt: skip
    numbers = {(each.column, each.kind): each.number for each in found}
    assert numbers["gone", "missing"] == 250 / 400
    assert numbers["endless", "infinite"] == 3
    assert numbers["answer", "placeholder"] == 100
    assert numbers["answer", "variants"] == 1
    assert numbers["age", "placeholder"] == 5
    assert numbers["tail", "outliers"] == 30 / 400
    severities = [each.severity for each in found]
    assert severities == sorted(severities, key=list(Severity).index)
    assert not any("@example" in each.sentence for each in found)


def test_a_rare_yes_is_neither_an_outlier_nor_a_placeholder_nor_skewed(stored):
    table = stored({"rare": [0] * 960 + [1] * 40, "x": [float(i % 7) for i in range(1000)]})
    kinds = {each.kind for each in findings(describe(table)) if each.column == "rare"}
    assert not kinds & {"outliers", "placeholder", "skewed"}


def test_a_category_of_very_many_values_is_of_high_cardinality(stored):
    rows = {"half": [str(i // 2) for i in range(100)], "third": [str(i // 3) for i in range(100)]}
    assert _kinds(findings(describe(stored(rows)))) == {("half", "high_cardinality")}


def test_missing_patterns_add_up_and_are_limited(stored):
    rows = pa.table({"a": [None, 1, None, 2], "b": [None, "x", "y", None]})
    whole, some, others = (
        reduce_missing_patterns(stored(part), ["a", "b"]) for part in (rows, rows[:1], rows[1:])
    )
    assert (some + others).digest() == whole.digest()
    assert (whole.incomplete, whole.together("a", "b")) == (3, 1)
    assert reduce_missing_patterns(stored(rows), []).incomplete == 0
    with pytest.raises(TooManyPatterns, match="at most 3 combinations"):
        reduce_missing_patterns(stored(rows), ["a", "b"], most=3)


def _with_target(rows: int = 2_000) -> pa.Table:
    drawn = np.random.RandomState(9)
    target = drawn.randint(0, 2, rows)
    return pa.table(
        {
            "y": target,
            "paid_back": np.where(target == 1, drawn.rand(rows) + 2, drawn.rand(rows)),
            "falling": -target + drawn.rand(rows) * 0.5,
            "almost": target + drawn.standard_normal(rows) * 0.2,
            "weak": target + drawn.standard_normal(rows) * 3,
            "same": np.where(target == 1, "yes", "no"),
            "finer": np.where(target == 1, drawn.choice(["a", "b"], rows), "c"),
            "letter": pa.array(np.where(drawn.rand(rows) < 0.8, target, 0).astype(str)),
            "closed_at": pa.array(drawn.rand(rows), mask=target == 0),
            "id": [f"{i}" for i in range(rows)],
        }
    )


def test_features_that_know_the_target_are_suspects_with_the_reason(stored):
    table = stored(_with_target())
    found = leakage_suspects(table, "y", table.columns, FEW)
    by_feature = {(each.feature, each.measure): each for each in found.suspects}
    assert set(by_feature) == {
        ("paid_back", "roc_auc"), ("falling", "roc_auc"), ("almost", "roc_auc"),
        ("same", "theils_u"), ("finer", "theils_u"), ("closed_at", "missing_cramers_v"),
    }  # fmt: skip
    assert "without a single error" in by_feature["falling", "roc_auc"].reason
    assert by_feature["almost", "roc_auc"].value < 1
    assert "under another name" in by_feature["same", "theils_u"].reason
    assert "goes with one value of 'y' only" in by_feature["finer", "theils_u"].reason
    assert by_feature["closed_at", "missing_cramers_v"].value == pytest.approx(1.0)
    shown = findings(describe(table), suspects=found.suspects)
    assert ("same", "leakage") in _kinds(shown)
    assert shown[0].severity is Severity.ERROR


def test_rows_without_target_or_feature_do_not_count(stored):
    target = [0, 1] * 100 + [None] * 50
    feature = [0.0, 5.0] * 99 + [np.nan, np.inf] + [9.0] * 50
    found = leakage_suspects(stored({"y": target, "x": feature}), "y", ["x"], FEW)
    (suspect,) = found.suspects
    assert (suspect.value, suspect.n) == (1.0, 198)


def test_what_cannot_be_compared_with_the_target_is_said(stored):
    rows = {"y": [0, 1] * 3_000, "id": [str(i) for i in range(6_000)], "x": [1.0] * 6_000}
    found = leakage_suspects(stored(rows), "y", ["id", "x"], FEW)
    assert found.suspects == ()
    assert "'id' has too many distinct values" in found.not_examined[0]
    constant = leakage_suspects(stored({"y": [1, 1], "x": [1, 2]}), "y", ["x"], FEW)
    assert constant.not_examined == ("the target 'y' has fewer than two values",)


def test_a_target_of_many_values_is_compared_by_category(stored):
    drawn = np.random.RandomState(3).randint(0, 3, 900)
    table = stored({"y": drawn, "twice": 2 * drawn, "noise": np.arange(900) % 7})
    found = leakage_suspects(table, "y", ["twice", "noise"], FEW)
    assert [(each.feature, each.measure) for each in found.suspects] == [("twice", "theils_u")]


def test_the_time_two_tables_share_is_found():
    assert shared_span(TimeSpan(0, 10), TimeSpan(5, 20)) == TimeSpan(5, 10)
    assert shared_span(TimeSpan(0, 4), TimeSpan(5, 20)) == TimeSpan(None, None)
    assert shared_span(TimeSpan(None, None), TimeSpan(5, 20)) == TimeSpan(None, None)
    assert TimeSpan(0, 4) + TimeSpan(None, None) + TimeSpan(5, 9) == TimeSpan(0, 9)
