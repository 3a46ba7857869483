"""A window may be compared with the counts that a validation left, without any row of it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.jobs import monitor, reference_counts, scoring, validate
from audits.jobs.contract import REFERENCE_COUNTS, Refused
from measures.reduce.baseline import Baseline
from tests.jobs.conftest import applicants

REFERENCE, WINDOW = applicants(600, seed=3), applicants(500, seed=8)

#: What needs the rows: values in order, not counts between edges.
NEED_ROWS = {"kolmogorov_smirnov", "wasserstein", "drift_p_value", "drifted_inputs"}


@pytest.fixture
def kept(job_on, tell) -> Path:
    """The attachment of a validation on the reference."""
    outcome = validate.work(job_on("validate", REFERENCE), tell)
    (found,) = [each for each in outcome.products if each.name == REFERENCE_COUNTS]
    assert found.media_type == "application/json"
    return found.path


@pytest.fixture
def run(job_on, trained, tell):
    """Monitor the window against the reference's rows, or against a file of counts."""
    model, signature = trained

    def go(counts: Path | None = None, **changes):
        job = job_on("monitor", REFERENCE, **changes)
        score = pa.array(scoring.score(scoring.load(model), WINDOW, signature))
        ids = pa.array([str(i) for i in range(WINDOW.num_rows)])
        batch = WINDOW.append_column("prediction_id", ids).append_column("score", score)
        path = job.folder.parent / "batch.parquet"
        pq.write_table(batch, path)
        inputs = {"model": model, "batch:1": str(path)}
        rows = {"reference": job.inputs["snapshot"]}
        inputs |= {REFERENCE_COUNTS: str(counts)} if counts else rows
        return monitor.work(job._replace(inputs=inputs), tell)

    return go


def _figures(outcome) -> dict:
    return {(m.name, *sorted(m.slice.items())): m for m in outcome.measures}


def test_counts_give_the_distances_that_rows_give(run, kept):
    by_rows, by_counts = _figures(run()), _figures(run(kept))
    exact = [key for key in by_rows if not key[0].startswith(("estimated_", "reference_"))]
    same = [key for key in exact if key[0] not in NEED_ROWS]
    assert {key[0] for key in same} >= {"population_stability_index", "jensen_shannon_distance"}
    for key in same:
        assert by_counts[key] == by_rows[key], key
    assert not {key[0] for key in by_counts} & {"kolmogorov_smirnov", "wasserstein"}


def test_performance_is_estimated_from_the_kept_scores(run, kept):
    by_rows, by_counts = _figures(run()), _figures(run(kept))
    estimated = [key for key in by_rows if key[0].startswith(("estimated_", "reference_"))]
    assert len(estimated) > 6
    for key in estimated:
        assert by_counts[key].value == pytest.approx(by_rows[key].value, abs=0.02), key
        assert by_counts[key].n == by_rows[key].n


def test_the_evidence_says_which_it_was(run, kept):
    assert run().details["reference_is"] == "rows"
    found = run(kept, domain_classifier=True)
    assert found.details["reference_is"] == "counts"
    assert (
        "a domain classifier needs the rows of a reference, not its counts"
        in (found.details["not_measured"])
    )


def test_the_file_holds_counts_and_no_row(kept):
    held = json.loads(kept.read_text())
    assert set(held["columns"]["numbers"]) == {"income", "debt", "score"}
    assert set(held["columns"]["categories"]) == {"region"}
    assert sum(held["columns"]["categories"]["region"]["values"].values()) < REFERENCE.num_rows
    people = sum(held["scores"]["favourable"]) + sum(held["scores"]["unfavourable"])
    assert people == REFERENCE.num_rows
    assert all(round(value, 4) == value for value in held["scores"]["values"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held | {"form": 9}, "expected form 1, got 9"),
        (lambda held: {"form": 1}, "cannot be read"),
        (
            lambda held: (
                held
                | {
                    "columns": held["columns"]
                    | {"categories": {"region": {"values": {"north": 600}, "missing": 0}}}
                }
            ),
            "expected a baseline of digest",
        ),
    ],
)
def test_another_file_is_refused(run, kept, change, said):
    kept.write_text(json.dumps(change(json.loads(kept.read_text()))))
    with pytest.raises(Refused, match=said):
        run(kept)


def test_a_feature_that_was_not_counted_is_named(run, kept, job_on):
    counts = reference_counts.read(kept)
    numbers = {name: each for name, each in counts.columns.numbers.items() if name != "debt"}
    fewer = counts._replace(columns=Baseline(numbers, counts.columns.categories))
    file = reference_counts.product(job_on("validate", REFERENCE), fewer).path
    with pytest.raises(Refused, match="expected counts of 'debt'"):
        run(file)
