"""The child process by itself: what it answers, and how it is held to its limits."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.child import wire
from audits.child.limits import Limits
from audits.child.process import Child
from audits.jobs import scored_rows
from audits.jobs.contract import Engine, Job, Outcome, Product
from audits.models import Run
from audits.runs import limits, workplace
from measures.engines.duckdb import opened
from tests.audits.processes import alive, until

ROOMY = Limits(memory=2 << 30, seconds=60)
NUMBERS = {"a": list(range(1000)), "b": ["x", "y"] * 500}


@pytest.fixture
def job(tmp_path) -> Job:
    """Preparing a thousand rows."""
    pq.write_table(pa.table(NUMBERS), tmp_path / "rows.parquet")
    inputs = {"snapshot": str(tmp_path / "rows.parquet")}
    steps = [{"step": "drop_duplicates"}]
    return Job("prepare", {"seed": 1}, inputs, {"steps": steps}, tmp_path)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A run's own folder."""
    made = tmp_path / "run"
    made.mkdir()
    return made


def answer_of(child):
    latest = time.monotonic() + 90
    while not child.has_ended:
        assert time.monotonic() < latest, "the child neither answered nor ended"
        child.listen(0.2)
    return child.answer()


def test_a_job_reaches_the_child_whole(job, folder):
    told = job._replace(engine=Engine(memory=64 << 20, threads=1, spill=1 << 20))
    wire.write_job(folder, told)
    assert wire.read_job(folder) == told._replace(folder=folder / wire.PRODUCTS_FOLDER)


def test_rows_are_counted_within_the_settings_bounds(job, settings):
    settings.ASSAY_ENGINE_MEMORY_BYTES = 100 << 20
    settings.ASSAY_ENGINE_THREADS = 3
    settings.ASSAY_ENGINE_SPILL_BYTES = 300 << 20
    bounded = scored_rows.limits(job._replace(engine=limits.of_engine()))
    names = ["memory_limit", "threads", "max_temp_directory_size", "temp_directory"]
    asked = ", ".join(f"current_setting('{name}')::varchar as {name}" for name in names)
    with opened({"rows": Path(job.inputs["snapshot"])}, bounded) as tables:
        connection = tables["rows"].get_backend()
        (held,) = connection.raw_sql(f"select {asked}").fetchall()
    assert held == ("100.0 MiB", "3", "300.0 MiB", str(job.folder / "spill"))


def test_runs_work_in_the_folder_that_is_set_and_leave_nothing(settings, tmp_path):
    settings.ASSAY_WORK_DIR = tmp_path / "scratch"
    with workplace.of(Run(pk=7, attempt=2)) as folder:
        assert folder.parent == tmp_path / "scratch"
        (folder / "spilt").write_text("x")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_job_is_done_and_its_product_is_there(job, folder):
    with Child(job, folder, ROOMY) as child:
        outcome = answer_of(child).outcome
    (product,) = outcome.products
    assert pq.read_table(product.path).num_rows == 1000
    assert outcome.measures[0].value == 1000


def test_progress_is_heard(job, folder):
    with Child(job, folder, ROOMY) as child:
        heard = []
        while not child.has_ended:
            heard.append(child.listen(0.2))
        assert any(progress and "drop_duplicates" in progress.note for progress in heard)


def test_what_cannot_be_worked_on_is_refused_with_a_sentence(job, folder):
    odd = job._replace(facts={"steps": [{"step": "drop_columns", "columns": ["nowhere"]}]})
    with Child(odd, folder, ROOMY) as child:
        answer = answer_of(child)
    assert "nowhere" in answer.refused
    assert not answer.failed


def test_an_unexpected_fault_comes_with_its_traceback(job, folder):
    with Child(job._replace(inputs={}), folder, ROOMY) as child:
        answer = answer_of(child)
    assert answer.failed == "KeyError: 'snapshot'"
    assert "Traceback" in answer.traceback


def test_a_child_may_not_use_more_memory_than_it_is_given(job, folder, tmp_path):
    many = 3_000_000
    pq.write_table(pa.table({"a": range(many), "b": ["x"] * many}), tmp_path / "rows.parquet")
    with Child(job, folder, Limits(memory=48 << 20, seconds=60)) as child:
        answer = answer_of(child)
    assert answer is None or answer.failed
    assert answer is None or "MB it may use" in answer.failed


def test_a_child_that_is_killed_leaves_no_answer_but_a_cause(job, folder):
    with Child(job, folder, ROOMY) as child:
        os.kill(child.pid, signal.SIGKILL)
        assert answer_of(child) is None
        assert child.cause_of_death == "its process was ended by SIGKILL"


def test_a_child_is_ended_when_nobody_waits_for_it_any_more(job, folder):
    with Child(job, folder, ROOMY) as child:
        pid = child.pid
    until(lambda: not alive(pid), 5)


def test_a_child_dies_with_its_worker(tmp_path):
    """The worker is killed without a word; the end of the pipe tells the child."""
    script = tmp_path / "worker.py"
    script.write_text(
        textwrap.dedent("""
        import time
        from audits.child.process import context
        from tests.audits.idle import idle

        if __name__ == "__main__":
            process = context.Process(target=idle)
            process.start()
            print(process.pid, flush=True)
            time.sleep(60)
        """)
    )
    worker = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        text=True,
    )
    pid = int(worker.stdout.readline())
    time.sleep(2)
    assert alive(pid)
    worker.kill()
    worker.wait()
    worker.stdout.close()
    until(lambda: not alive(pid), 10)


def test_an_outcome_survives_the_way_through_its_file(folder):
    (folder / wire.PRODUCTS_FOLDER).mkdir()
    kept = folder / wire.PRODUCTS_FOLDER / "roc.svg"
    kept.write_text("<svg/>")
    sent = Outcome((), {"curve": [[0.1, 0.2]]}, (Product("roc.svg", kept, "image/svg+xml"),))
    wire.write_answer(folder, wire.Answer(outcome=sent))
    assert wire.read_answer(folder).outcome == sent


def test_a_product_outside_the_folder_is_refused(folder, tmp_path):
    (folder / wire.PRODUCTS_FOLDER).mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / wire.PRODUCTS_FOLDER / "link").symlink_to(tmp_path / "secret")
    for path in (tmp_path / "secret", folder / wire.PRODUCTS_FOLDER / "link"):
        sent = Outcome((), {}, (Product("p", path, "text/plain"),))
        wire.write_answer(folder, wire.Answer(outcome=sent))
        with pytest.raises(ValueError, match="expected product 'p' as a file"):
            wire.read_answer(folder)
