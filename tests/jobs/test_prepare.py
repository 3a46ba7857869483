"""A recipe does what it declares, step by step, on record, and the same every time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits.jobs import prepare
from audits.jobs.contract import Job, Outcome, Refused

Prepare = Callable[..., Outcome]


@pytest.fixture
def prepared(tmp_path: Path) -> Prepare:
    """Prepare columns by steps."""

    def work(columns: dict[str, Any] | pa.Table, *steps: dict[str, Any], seed: int = 1) -> Outcome:
        path = tmp_path / "snapshot.parquet"
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        pq.write_table(table, path)
        job = Job("prepare", {"seed": seed}, {"snapshot": str(path)}, {"steps": steps}, tmp_path)
        return prepare.work(job, lambda *_: None)

    return work


def parts(outcome: Outcome) -> dict[str, pa.Table]:
    return {product.name: pq.read_table(product.path) for product in outcome.products}


def column(outcome: Outcome, name: str) -> list[Any]:
    values: list[Any] = parts(outcome)["prepared"].column(name).to_pylist()
    return values


def record(outcome: Outcome, at: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = outcome.details["steps"][at]
    return found


def test_codes_become_missing(prepared: Prepare) -> None:
    columns = {"gdlin": [1, 666, 0], "lines": [5.0, 999999.375, None], "grade": ["a", "x", "b"]}
    codes = {"gdlin": [666], "lines": [999999.375], "grade": ["x"]}
    done = prepared(columns, {"step": "set_missing", "columns": codes})
    assert column(done, "gdlin") == [1, None, 0]
    assert column(done, "lines") == [5.0, None, None]
    assert column(done, "grade") == ["a", None, "b"]
    assert record(done) == {
        "step": "set_missing", "rows_before": 3, "rows_after": 3, "changed": 3,
        "note": "gdlin: 1, lines: 1, grade: 1",
    }  # fmt: skip


def test_a_code_of_another_number_type_is_found(prepared: Prepare) -> None:
    step = {"step": "set_missing", "columns": {"a": [9.0], "b": [9], "c": [1.5]}}
    done = prepared({"a": [9, 1], "b": [9.0, 1.0], "c": [1, 2]}, step)
    assert column(done, "a") == [None, 1]
    assert column(done, "b") == [None, 1.0]
    assert column(done, "c") == [1, 2]


def test_values_outside_a_range_become_missing_or_their_rows_go(prepared: Prepare) -> None:
    step = {"step": "keep_range", "column": "a", "low": 0, "high": 8}
    rows = {"a": [-1, 0, 8, 9, None]}
    assert column(prepared(rows, step), "a") == [None, 0, 8, None, None]
    assert column(prepared(rows, step | {"otherwise": "drop_row"}), "a") == [0, 8, None]


def test_columns_change_their_type(prepared: Prepare) -> None:
    step = {"step": "cast", "columns": {"a": "text", "b": "integer", "c": "boolean"}}
    done = prepared({"a": [1.0, None], "b": ["1", "2"], "c": [1, 0]}, step)
    assert parts(done)["prepared"].to_pydict() == {
        "a": ["1", None], "b": [1, 2], "c": [True, False],
    }  # fmt: skip


def test_a_category_is_derived_from_indicators(prepared: Prepare) -> None:
    columns = {"white": [1, 0, 0, 0, None], "black": [0, 1, 0, 1, 0], "hispan": [0.0, 0, 0, 1, 0]}
    indicators = {"black": "black", "hispan": "hispanic", "white": "white"}
    done = prepared(
        columns, {"step": "derive_category", "column": "race", "indicators": indicators}
    )
    assert column(done, "race") == ["white", "black", "other", "black", "(missing)"]
    assert "1 rows with more than one indicator" in record(done)["note"]


def test_values_become_labels(prepared: Prepare) -> None:
    step = {"step": "relabel", "column": "male", "labels": {"1": "male", "0": "female"}}
    assert column(prepared({"male": [1.0, 0.0, None]}, step), "male") == [
        "male", "female", "(missing)",
    ]  # fmt: skip
    assert column(prepared({"male": [True, None]}, step | {"missing": None}), "male")[1] is None


def test_equal_rows_and_rows_without_a_target_go(prepared: Prepare) -> None:
    rows = {"a": [1, 1, None, None, 2], "b": ["x", "x", None, None, "x"]}
    assert column(prepared(rows, {"step": "drop_duplicates"}), "a") == [1, None, 2]
    by_b = {"step": "drop_duplicates", "columns": ["b"]}
    assert column(prepared(rows, by_b), "a") == [1, None]
    missing = {"step": "drop_rows_missing", "columns": ["a"]}
    assert column(prepared(rows, missing), "a") == [1, 1, 2]


def test_columns_are_dropped_or_selected(prepared: Prepare) -> None:
    rows = {"a": [1], "b": [2], "c": [3]}
    dropped = prepared(rows, {"step": "drop_columns", "columns": ["a"]})
    assert parts(dropped)["prepared"].column_names == ["b", "c"]
    selected = prepared(rows, {"step": "select_columns", "columns": ["c", "a"]})
    assert parts(selected)["prepared"].column_names == ["c", "a"]


SPLIT = {"step": "split", "parts": {"train": 0.5, "test": 0.35, "later": 0.15}}


def rows_of(count: int) -> dict[str, Any]:
    drawn = np.random.default_rng(0)
    return {
        "id": list(range(count)),
        "race": drawn.choice(["a", "b", "c"], count, p=[0.8, 0.15, 0.05]).tolist(),
        "x": [None if n % 10 == 0 else float(n) for n in range(count)],
    }


def test_a_split_keeps_every_row_once_and_the_strata_even(prepared: Prepare) -> None:
    done = prepared(rows_of(1000), SPLIT | {"stratify": ["race"]})
    found = parts(done)
    assert {name: part.num_rows for name, part in found.items()} == pytest.approx(
        {"train": 500, "test": 350, "later": 150}, abs=2
    )
    everything = sorted(row for part in found.values() for row in part.column("id").to_pylist())
    assert everything == list(range(1000))
    rare = [part.column("race").to_pylist().count("c") for part in found.values()]
    assert rare[0] / sum(rare) == pytest.approx(0.5, abs=0.03)
    assert "no row in two parts" in record(done)["note"]
    assert done.details["parts"]["test"]["rows"] == found["test"].num_rows


def test_equal_rows_stay_together(prepared: Prepare) -> None:
    done = prepared({"a": [n // 4 for n in range(400)]}, SPLIT)
    values = [set(part.column("a").to_pylist()) for part in parts(done).values()]
    assert sum(map(len, values)) == len(set().union(*values)) == 100
    assert "300 rows equal to others kept together" in record(done)["note"]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(prepared: Prepare) -> None:
    def digest(seed: int) -> list[bytes]:
        done = prepared(rows_of(200), SPLIT, seed=seed)
        return [product.path.read_bytes() for product in done.products]

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


@pytest.mark.parametrize("order", [1, -1])
def test_filling_is_learned_from_the_training_part_alone(order: int, prepared: Prepare) -> None:
    impute = {"step": "impute", "columns": {"x": "mean"}}
    raw = parts(prepared(rows_of(300), SPLIT))
    done = prepared(rows_of(300), *[SPLIT, impute][::order])
    train = [value for value in raw["train"].column("x").to_pylist() if value is not None]
    hole = raw["test"].column("x").to_pylist().index(None)
    filled = parts(done)["test"].column("x").to_pylist()[hole]
    assert filled == pytest.approx(np.mean(train))
    assert [step["step"] for step in done.details["steps"]] == ["split", "impute"]
    assert "rows of train" in record(done, 1)["note"]


@pytest.mark.parametrize(
    ("how", "values", "filled"),
    [
        ("median", [1, 2, None], [1.0, 2.0, 1.5]),
        ("median", [1, 3, 3, None], [1, 3, 3, 3]),
        ("most_frequent", ["b", "a", None], ["b", "a", "a"]),
        ("most_frequent", [2, 2, 1, None], [2, 2, 1, 2]),
    ],
)
def test_missing_values_are_filled(
    how: str, values: list[Any], filled: list[Any], prepared: Prepare
) -> None:
    done = prepared({"a": values}, {"step": "impute", "columns": {"a": how}})
    assert column(done, "a") == filled
    assert record(done)["changed"] == 1


@pytest.mark.parametrize(
    ("rows", "step", "said"),
    [
        ({"a": [1]}, {"step": "drop_columns", "columns": ["b"]}, "columns b; the table has a"),
        ({"a": ["x"]}, {"step": "keep_range", "column": "a", "low": 0}, "a to be numbers, .* text"),
        ({"a": ["x"]}, {"step": "cast", "columns": {"a": "number"}}, "every value of a to be num"),
        ({"a": [1.5]}, {"step": "cast", "columns": {"a": "integer"}}, "every value of a to be int"),
        ({"a": [1]}, {"step": "set_missing", "columns": {"a": ["x"]}}, "codes like the values of"),
        ({"a": [2]}, {"step": "relabel", "column": "a", "labels": {"1": "x"}}, "one of 1; got 2"),
        (
            {"a": [2]},
            {"step": "derive_category", "column": "c", "indicators": {"a": "x"}},
            "the indicator a to be 0 or 1, got 2",
        ),
        ({"a": [None, None]}, {"step": "impute", "columns": {"a": "mean"}}, "all are missing"),
        ({"a": ["x", None]}, {"step": "impute", "columns": {"a": "mean"}}, "numbers for its mean"),
        ({"a": [1.0, None]}, {"step": "keep_range", "column": "b", "low": 1}, "columns b"),
        ({"a": [None]}, {"step": "drop_rows_missing", "columns": ["a"]}, "no row is left of 1"),
        ({"a": [1, 2]}, SPLIT, "rows in every part, but later would have none"),
    ],
)  # fmt: skip
def test_a_step_that_does_not_fit_is_refused_by_name(
    rows: dict[str, Any], step: dict[str, Any], said: str, prepared: Prepare
) -> None:
    with pytest.raises(Refused, match=f"step 1, {step['step']}: .*{said}"):
        prepared(rows, step)


def test_a_recipe_nobody_checked_is_refused(prepared: Prepare) -> None:
    with pytest.raises(Refused, match="the recipe cannot be read: step 1"):
        prepared({"a": [1]}, {"step": "guess"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    values=st.lists(st.integers(0, 8) | st.none(), min_size=30, max_size=120),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_split_loses_repeats_or_shares_a_row(
    values: list[int | None], seed: int, prepared: Prepare
) -> None:
    table = pa.table({"a": pa.array(values, pa.int64()), "b": [n % 40 for n in range(len(values))]})
    try:
        found = parts(prepared(table, SPLIT | {"stratify": ["a"]}, seed=seed))
    except Refused:  # too few rows for a part in every stratum
        return
    rows = [set(map(str, part.to_pylist())) for part in found.values()]
    assert sum(part.num_rows for part in found.values()) == len(values)
    assert sum(map(len, rows)) == len(set().union(*rows))


def test_a_derived_column_may_not_differ_from_another_in_case_alone(prepared: Prepare) -> None:
    step = {"step": "derive_category", "column": "race", "indicators": {"x": "black"}}
    with pytest.raises(Refused, match="names that differ in more than case, got Race"):
        prepared({"Race": ["a", "b"], "x": [0, 1]}, step)


def test_rows_are_compared_whatever_their_columns_are_called(prepared: Prepare) -> None:
    done = prepared({"__row__": [1, 1, 2]}, {"step": "drop_duplicates"})
    assert column(done, "__row__") == [1, 2]
