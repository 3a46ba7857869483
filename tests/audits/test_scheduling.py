import socket
import time
from contextlib import contextmanager

import pytest
from celery import current_app
from django.db import transaction

from audits import bell, events
from audits.errors import RunHasEnded, SensitiveInput, UnknownKind, UnknownSubject
from audits.models import Run
from audits.services import scheduling
from audits.states import RunState
from people.errors import AssayError, Malformed, NotPermitted
from tests.audits.conftest import FEATURES, happened


@contextmanager
def nothing_changes():
    runs, told = Run.objects.count(), len(happened(events.RUN_REQUESTED))
    yield
    assert (Run.objects.count(), len(happened(events.RUN_REQUESTED))) == (runs, told)


def test_a_request_is_written_down_and_waits(profile_run, raw, steward, team):
    assert profile_run.state == RunState.QUEUED
    assert profile_run.team == team
    assert profile_run.requested_by == steward
    assert (profile_run.subject_type, profile_run.subject_id) == ("snapshot", str(raw.pk))
    assert profile_run.subject_digest == raw.digest
    assert len(profile_run.spec_digest) == 64


def test_a_request_is_in_the_trail(profile_run, steward):
    (row,) = happened(events.RUN_REQUESTED, subject_id=str(profile_run.pk))
    assert row.actor == f"user:{steward.ref}"
    assert profile_run.spec_digest in row.body


def test_the_same_request_has_the_same_spec_digest(profile_run, raw, owner):
    again = scheduling.request_run("profile", {"snapshot": raw.pk}, by=owner)
    assert again.spec_digest == profile_run.spec_digest


def test_an_unknown_kind_changes_nothing(owner):
    with nothing_changes(), pytest.raises(UnknownKind):
        scheduling.request_run("bake", {}, by=owner)


def test_an_unknown_key_changes_nothing(raw, owner):
    with nothing_changes(), pytest.raises(Malformed, match="unknown key 'snapsot'"):
        scheduling.request_run("profile", {"snapshot": raw.pk, "snapsot": 1}, by=owner)


def test_what_does_not_exist_changes_nothing(owner):
    with nothing_changes(), pytest.raises(UnknownSubject, match="no snapshot 999"):
        scheduling.request_run("profile", {"snapshot": 999}, by=owner)


def test_a_stranger_is_not_even_told_that_it_exists(raw, mallory):
    with nothing_changes(), pytest.raises(UnknownSubject, match="may see"):
        scheduling.request_run("profile", {"snapshot": raw.pk}, by=mallory)


@pytest.mark.parametrize(
    "spec",
    [
        {"target": "aprove"},
        {"quasi_identifiers": ["race", "aprove"]},
        {"quasi_identifiers": ["race"], "sensitive_attribute": "aprove"},
    ],
)
def test_a_profile_of_a_column_that_is_none_is_refused_at_once(raw, owner, spec):
    with nothing_changes(), pytest.raises(Malformed, match="no column 'aprove'; it has"):
        scheduling.request_run("profile", {"snapshot": raw.pk} | spec, by=owner)


@pytest.mark.parametrize("role", ["auditor", "approver1", "operator"])
def test_others_may_not_ask_for_a_profile(raw, role, request):
    with nothing_changes(), pytest.raises(NotPermitted, match="request profile runs"):
        scheduling.request_run("profile", {"snapshot": raw.pk}, by=request.getfixturevalue(role))


@pytest.mark.parametrize("role", ["validator", "steward", "auditor", "approver1", "operator"])
def test_only_an_owner_may_train(train_spec, role, request):
    with nothing_changes(), pytest.raises(NotPermitted):
        scheduling.request_run("train", train_spec, by=request.getfixturevalue(role))


def test_an_operator_may_bring_in_outcomes_but_no_rows_of_a_dataset(dataset, operator):
    spec = {"into": {"dataset": dataset.pk}, "upload": "ab" * 32, "filename": "a.csv"}
    with nothing_changes(), pytest.raises(NotPermitted):
        scheduling.request_run("ingest", spec | {"format": "csv"}, by=operator)


def test_a_sensitive_feature_is_no_input(train_spec, owner):
    with nothing_changes(), pytest.raises(SensitiveInput, match="got race"):
        scheduling.request_run("train", train_spec | {"features": [*FEATURES, "race"]}, by=owner)


def test_a_feature_that_is_no_column_is_named(train_spec, owner):
    with nothing_changes(), pytest.raises(Malformed, match="no column 'incme'; it has income"):
        scheduling.request_run("train", train_spec | {"features": ["incme"]}, by=owner)


def test_a_waiting_run_is_cancelled_at_once(profile_run, steward):
    assert scheduling.cancel(profile_run, by=steward).state == RunState.CANCELLED
    (row,) = happened(events.RUN_CANCELLED)
    assert row.actor == f"user:{steward.ref}"


def test_an_owner_may_cancel_what_another_asked_for(profile_run, owner):
    assert scheduling.cancel(profile_run, by=owner).state == RunState.CANCELLED


@pytest.mark.parametrize("role", ["validator", "auditor", "approver1", "mallory"])
def test_others_may_not_cancel(profile_run, role, request):
    with pytest.raises(NotPermitted):
        scheduling.cancel(profile_run, by=request.getfixturevalue(role))
    profile_run.refresh_from_db()
    assert profile_run.state == RunState.QUEUED
    assert not happened(events.RUN_CANCELLED)


def test_what_has_ended_cannot_be_cancelled(profile_run, carried_out, steward):
    carried_out(profile_run)
    with pytest.raises(RunHasEnded, match="it is succeeded"):
        scheduling.cancel(profile_run, by=steward)


def test_the_bell_rings_only_after_the_commit(raw, owner, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        scheduling.request_run("profile", {"snapshot": raw.pk}, by=owner)
    assert callbacks


def test_a_request_that_is_rolled_back_leaves_no_run(raw, owner):
    def change_their_mind():
        scheduling.request_run("profile", {"snapshot": raw.pk}, by=owner)
        raise AssayError("never mind")

    with nothing_changes(), pytest.raises(AssayError), transaction.atomic():
        change_their_mind()


@pytest.fixture
def broker_at(monkeypatch):
    """Have the bell ring elsewhere."""

    def move(url):
        # in this order: the second is what the first falls back to, and is put back last
        for name in ("broker_write_url", "broker_url"):
            monkeypatch.setattr(current_app.conf, name, url)

    return move


def test_a_broker_that_is_away_fails_nothing_and_is_noted(profile_run, broker_at, caplog):
    broker_at("redis+socket:///nowhere/redis.sock?virtual_host=0")
    assert bell.ring(profile_run) is False
    assert "did not ring" in caplog.text


def test_a_broker_that_does_not_answer_delays_nobody_for_long(profile_run, broker_at):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        begun = time.monotonic()
        assert bell.ring(profile_run) is False
        assert time.monotonic() - begun < 8
