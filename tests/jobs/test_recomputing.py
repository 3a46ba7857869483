"""A stranger finds a fairness audit's figures again from its cells, and notices a changed one."""

import ast
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from audits.jobs import fairness
from governance.rules.canonical import plain
from tests.jobs import berkeley

SCRIPT = Path("client/examples/recompute_fairness.py")
ASKED = {"sensitive": ["group", "male"], "intersections": [["group", "male"]]}


@pytest.fixture
def recompute(tmp_path, capsys, monkeypatch):
    """Give the script a file of evidence; its exit status and what it printed."""

    def run(evidence) -> tuple[int, str]:
        path = tmp_path / "evidence.json"
        path.write_text(json.dumps(evidence), encoding="utf-8")
        monkeypatch.syspath_prepend(str(SCRIPT.parent))
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        return ended.value.code, "".join(capsys.readouterr())

    return run


def as_published(outcome):
    """As the API gives it: numbers of measures as text."""
    measures = [each._asdict() for each in outcome.measures]
    for each in measures:
        said = {name: each[name] for name in ("value", "low", "high")}
        each |= {name: None if held is None else repr(held) for name, held in said.items()}
    return plain({"measures": measures, "details": outcome.details})


@pytest.fixture
def evidence(job_on, snapshot, tell):
    return as_published(fairness.work(job_on("fairness", snapshot, **ASKED), tell))


def test_every_figure_is_found_again(evidence, recompute):
    status, told = recompute(evidence)
    assert status == 0, told
    assert "168 disparities agree" in told
    assert "168 lower bounds of disparities agree" in told
    assert "not recomputed" not in told


def test_so_is_every_figure_of_weighted_people_within_levels(job_on, snapshot, tell, recompute):
    weights = np.random.RandomState(5).lognormal(0, 0.8, len(snapshot))
    table = snapshot.append_column("w", pa.array(weights))
    job = job_on("fairness", table, **ASKED, weight="w", control=["region"])
    status, told = recompute(as_published(fairness.work(job, tell)))
    assert status == 0, told
    assert "gaps within levels agree" in told
    assert "common odds ratios agree" in told
    assert "not recomputed" not in told


def test_what_is_not_recomputed_is_said(job_on, snapshot, tell, recompute):
    outcome = fairness.work(job_on("fairness", snapshot, interval="bca"), tell)
    status, told = recompute(as_published(outcome))
    assert status == 0
    assert "56 not recomputed: intervals found by BCa" in told


@pytest.mark.parametrize("bound", ["value", "low", "high"])
@pytest.mark.parametrize("name", ["selection_rate", "equalized_odds_difference"])
def test_a_figure_that_was_touched_is_noticed(evidence, recompute, name, bound):
    touched = next(each for each in evidence["measures"] if each["name"] == name)
    touched[bound] = repr(float(touched[bound]) + 1e-9)
    status, told = recompute(evidence)
    assert status == 1
    assert "DIFFERS" in told


def test_a_cell_that_was_touched_is_noticed(evidence, recompute):
    evidence["details"]["cells"][3]["n"] += 1
    assert recompute(evidence)[0] == 1


def test_undefined_rates_do_no_harm(tmp_path, tell, recompute):
    outcome = fairness.work(berkeley.audit(tmp_path), tell)
    status, told = recompute(as_published(outcome))
    assert status == 0, told


def test_groups_whose_levels_read_alike_are_kept_apart(job_on, snapshot, tell, recompute):
    first = ["a x b" if each == "a" else "a" for each in snapshot["group"].to_pylist()]
    second = ["c" if each == "a x b" else "b x c" for each in first]
    table = snapshot.append_column("one", pa.array(first)).append_column("two", pa.array(second))
    asked = {"sensitive": ["one", "two"], "intersections": [["one", "two"]]}
    outcome = fairness.work(job_on("fairness", table, **asked), tell)
    groups = outcome.details["groups"]["one x two"]
    assert {each["group"] for each in groups} == {'"a x b" x c', 'a x "b x c"'}
    assert sum(each["n"] for each in groups) == outcome.details["rows"]
    assert outcome.details["impact_ratios"]["one x two"]["people"] == outcome.details["rows"]
    status, told = recompute(as_published(outcome))
    assert status == 0, told


def test_a_group_that_weighs_nothing_is_left_out_and_said(job_on, snapshot, tell, recompute):
    weights = [0.0 if each == "b" else 1.0 for each in snapshot["group"].to_pylist()]
    table = snapshot.append_column("w", pa.array(weights))
    outcome = fairness.work(job_on("fairness", table, sensitive=["group"], weight="w"), tell)
    status, told = recompute(as_published(outcome))
    assert status == 0, told
    assert "7 not recomputed: rates of groups that weigh nothing" in told


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"detail": "Not found."}, "got 'Not found.' in"),
        ({"kind": "validation_run", "measures": [], "details": {"cells": []}},
         "expected evidence of the kind fairness_audit, got validation_run without features"),
        ([], "expected the evidence of a fairness audit"),
    ],
)  # fmt: skip
def test_what_is_no_audit_is_refused_in_a_sentence(recompute, other, said):
    status, told = recompute(other)
    assert (status, told.count("\n")) == (2, 1)
    assert said in told


@pytest.mark.parametrize("script", sorted(SCRIPT.parent.glob("*a*_*.py")), ids=lambda p: p.name)
def test_the_script_knows_nothing_of_the_service(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    found = list(ast.walk(tree))
    modules = {each.module for each in found if isinstance(each, ast.ImportFrom)}
    modules |= {a.name for each in found if isinstance(each, ast.Import) for a in each.names}
    own = {path.name for path in Path().iterdir() if (path / "__init__.py").exists()}
    assert "measures" in own
    assert not {module.split(".")[0] for module in modules} & own
