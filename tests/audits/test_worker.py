"""A real worker, a real Redis, and what may befall them."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest
import redis
from celery import current_app

from audits import bell
from audits.models import Report, Run
from audits.services import scheduling, sweeping
from audits.states import RunState
from governance.models import Evidence
from models_registry.models import ModelVersion
from tests.audits.processes import Worker, alive, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.worker,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


@pytest.fixture
def broker(redis_url) -> Iterator[redis.Redis]:
    """Redis, with nothing in it."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def hire(tmp_path, broker):
    """Start workers; whoever still runs is stopped afterwards."""
    hired = []

    def start(**environment: str) -> Worker:
        worker = Worker(tmp_path / f"worker-{len(hired)}.log", **environment)
        hired.append(worker)
        return worker.await_ready()

    yield start
    for worker in hired:
        worker.stop()


@pytest.fixture
def slow_spec(train_spec):
    """Training that takes long enough to be interrupted."""
    wanted = {"method": "grid_search", "constraint": "demographic_parity", "sensitive": "race"}
    return train_spec | {"mitigation": wanted | {"grid_size": 60}}


@pytest.fixture
def training(slow_spec, owner, broker) -> Run:
    """A slow run that has been rung for."""
    return scheduling.request_run("train", slow_spec, by=owner)


def state_of(run) -> str:
    run.refresh_from_db()
    return run.state


def ended(run):
    """Whether it has ended; the clock's sweep is done here meanwhile."""
    if time.monotonic() - swept[-1] > 2:
        sweeping.ring_again()
        swept[:] = [time.monotonic()]
    run.refresh_from_db()
    return run.has_ended


swept = [0.0]


def at_work(worker, run):
    """Its child is in the middle of it."""
    run.refresh_from_db()
    return run.progress > 0 and worker.children_at_work()


def ended_once(run):
    """One version, one evidence, one report; and nobody else's."""
    assert run.state == RunState.SUCCEEDED, run.error + run.traceback
    assert list(ModelVersion.objects.values_list("made_by", flat=True)) == [run.ref]
    evidence = Evidence.objects.get(kind="training_run", produced_by=run.ref)
    assert Report.objects.get(run=run).evidence == evidence
    return True


def test_a_worker_carries_out_what_is_asked(hire, training):
    worker = hire()
    until(lambda: ended(training), 120, worker.told)
    assert ended_once(training)
    assert (training.attempt, training.crashes) == (1, 0)


def test_a_run_outlives_its_worker_and_ends_once(hire, training):
    first = hire()
    until(lambda: at_work(first, training), 120, first.told)
    (child,) = first.children_at_work()
    first.kill()
    until(lambda: not alive(child), 10)
    second = hire()
    until(lambda: ended(training), 120, second.told)
    assert ended_once(training)
    assert (training.attempt, training.crashes) == (2, 1)


def test_a_run_outlives_its_child_and_ends_once(hire, training):
    worker = hire()
    until(lambda: at_work(worker, training), 120, worker.told)
    (child,) = worker.children_at_work()
    os.kill(child, signal.SIGKILL)
    until(lambda: ended(training), 120, worker.told)
    assert ended_once(training)
    assert (training.attempt, training.crashes) == (2, 1)


def test_a_run_that_kills_its_process_three_times_is_given_up(hire, training):
    worker = hire()
    for crash in (1, 2, 3):
        until(lambda: (ended(training), at_work(worker, training))[1], 120, worker.told)
        (child,) = worker.children_at_work()
        os.kill(child, signal.SIGKILL)
        until(lambda c=crash: (ended(training), training.crashes == c)[1], 30, worker.told)
    until(lambda: ended(training), 10, worker.told)
    assert training.state == RunState.FAILED
    assert training.error.startswith("the task crashed three times: its process was ended by SIG")
    assert not ModelVersion.objects.exists()


def test_a_worker_that_is_stopped_gives_its_run_back_at_once(hire, training):
    first = hire()
    until(lambda: at_work(first, training), 120, first.told)
    first.stop()
    assert state_of(training) == RunState.QUEUED
    assert training.crashes == 0
    second = hire()
    until(lambda: ended(training), 120, second.told)
    assert ended_once(training)


def test_a_broker_that_forgets_everything_loses_nothing(hire, train_spec, owner, broker):
    wanted = [scheduling.request_run("train", train_spec, by=owner) for _ in range(3)]
    broker.flushdb()
    worker = hire()
    until(lambda: sum(ended(run) for run in wanted) == 3, 120, worker.told)
    assert ModelVersion.objects.count() == 3
    assert {run.state for run in wanted} == {RunState.SUCCEEDED}


def test_a_message_that_comes_ten_times_is_worked_off_once(hire, training):
    for _ in range(9):
        assert bell.ring(training)
    worker = hire()
    until(lambda: ended(training), 120, worker.told)
    until(lambda: worker.told().count("succeeded in") >= 10, 20, worker.told)
    assert ended_once(training)
    assert training.attempt == 1


def test_a_run_is_cancelled_in_the_middle(hire, training, owner):
    worker = hire()
    until(lambda: at_work(worker, training), 120, worker.told)
    scheduling.cancel(training, by=owner)
    until(lambda: ended(training), 10, worker.told)
    assert training.state == RunState.CANCELLED
    until(lambda: not worker.children_at_work(), 5)
    assert not ModelVersion.objects.exists()


def test_a_run_that_takes_too_long_is_ended(hire, slow_spec, owner, broker):
    grid = slow_spec["mitigation"] | {"grid_size": 500}
    endless = slow_spec | {"estimator": "hist_gradient_boosting", "mitigation": grid}
    training = scheduling.request_run("train", endless, by=owner)
    worker = hire(ASSAY_WORKER_SECONDS="10")
    until(lambda: ended(training), 120, worker.told)
    assert training.state == RunState.FAILED
    assert training.error == "it took longer than the 10 seconds it may take"
    until(lambda: not worker.children_at_work(), 5)


def test_the_bell_is_heard_through_the_tests_own_broker(redis_url):
    assert redis_url.removeprefix("unix://").partition("?")[0] in current_app.conf.broker_url
