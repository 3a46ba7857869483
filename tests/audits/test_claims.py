from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits import events
from audits.errors import LeaseLost
from audits.models import Report, Run
from audits.runs import endings, limits
from audits.states import ENDED, ReportState, RunState
from tests.audits.conftest import happened

LEASE = timedelta(seconds=30)


def claim(run, worker="one"):
    return Run.objects.claim(run.pk, worker=worker, lease=LEASE)


def lose(run):
    """Its worker died a while ago."""
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(lease_ends_at=past)


def test_a_waiting_run_is_claimed_once(profile_run):
    held = claim(profile_run)
    assert (held.state, held.attempt, held.worker) == (RunState.RUNNING, 1, "one")
    assert claim(profile_run, "two") is None


def test_a_run_whose_lease_has_ended_is_taken_over_and_counts_a_crash(profile_run):
    claim(profile_run)
    lose(profile_run)
    held = claim(profile_run, "two")
    assert (held.attempt, held.crashes, held.worker) == (2, 1, "two")


def test_a_run_is_not_claimed_before_its_time(profile_run):
    later = timezone.now() + timedelta(minutes=1)
    Run.objects.filter(pk=profile_run.pk).update(not_before=later)
    assert claim(profile_run) is None


@pytest.mark.parametrize("ending", sorted(ENDED))
def test_a_run_that_has_ended_is_never_claimed(profile_run, ending):
    Run.objects.filter(pk=profile_run.pk).update(
        state=ending, ended_at=timezone.now(), error="So it was.", result_digest="ab" * 32
    )
    assert claim(profile_run) is None


def test_a_worker_that_lost_its_lease_can_end_nothing(profile_run):
    first = claim(profile_run)
    lose(profile_run)
    claim(profile_run, "two")
    for ending in (endings.fail, endings.crash, endings.release):
        with pytest.raises(LeaseLost):
            ending(first, "too late")
    with pytest.raises(LeaseLost):
        endings.cancel(first)
    profile_run.refresh_from_db()
    assert (profile_run.state, profile_run.worker) == (RunState.RUNNING, "two")
    assert not happened(events.RUN_FAILED)


def test_a_crash_gives_the_run_back_until_the_third(profile_run):
    for attempt in (1, 2):
        held = claim(profile_run)
        endings.crash(held, "its process was ended by SIGKILL")
        profile_run.refresh_from_db()
        assert (profile_run.state, profile_run.crashes) == (RunState.QUEUED, attempt)
        Run.objects.filter(pk=profile_run.pk).update(not_before=timezone.now())
    endings.crash(claim(profile_run), "its process was ended by SIGKILL")
    profile_run.refresh_from_db()
    assert profile_run.state == RunState.FAILED
    assert profile_run.error.startswith("the task crashed three times: its process was ended by")


def test_a_run_that_loses_its_worker_three_times_fails(profile_run, carried_out):
    for _ in range(3):
        claim(profile_run)
        lose(profile_run)
    Run.objects.filter(pk=profile_run.pk).update(crashes=2)
    ended = carried_out(profile_run)
    assert (ended.state, ended.crashes) == (RunState.FAILED, 3)
    assert "crashed three times" in ended.error


def test_what_passes_is_tried_later_and_later_and_not_for_ever(profile_run):
    waits = []
    for _ in range(limits.ATTEMPTS):
        held = claim(profile_run)
        endings.try_later(held, OSError("storage does not answer"))
        profile_run.refresh_from_db()
        waits.append((profile_run.not_before - timezone.now()).total_seconds())
        Run.objects.filter(pk=profile_run.pk).update(not_before=timezone.now())
    assert waits[:4] == sorted(waits[:4])
    assert profile_run.state == RunState.FAILED
    assert "storage does not answer" in profile_run.error


def test_a_lost_run_that_was_called_off_is_not_taken_up_again(profile_run, carried_out):
    claim(profile_run)
    Run.objects.filter(pk=profile_run.pk).update(cancel_requested_at=timezone.now())
    lose(profile_run)
    assert carried_out(profile_run).state == RunState.CANCELLED


def test_due_runs_are_those_that_wait_too_long_and_those_that_were_lost(raw, owner):
    from audits.services import scheduling

    waiting, fresh, lost, working = (
        scheduling.request_run("profile", {"snapshot": raw.pk}, by=owner) for _ in range(4)
    )
    now = timezone.now()
    Run.objects.filter(pk=waiting.pk).update(requested_at=now - timedelta(seconds=3))
    claim(lost)
    lose(lost)
    claim(working)
    due = Run.objects.due(now, waiting_since=now - timedelta(seconds=2))
    assert {run.pk for run in due} == {waiting.pk, lost.pk}
    assert fresh not in due


def refuses(constraint, rows, **values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rows.update(**values)


def test_the_database_itself_refuses_an_end_without_a_time(profile_run):
    rows = Run.objects.filter(pk=profile_run.pk)
    refuses("a_run_has_ended_or_has_not", rows, state="cancelled")
    refuses("a_run_has_ended_or_has_not", rows, ended_at=timezone.now())


def test_the_database_itself_refuses_a_running_run_without_a_lease(profile_run):
    rows = Run.objects.filter(pk=profile_run.pk)
    refuses("a_running_run_has_a_worker_and_a_lease", rows, state="running", worker="x")


def test_the_database_itself_refuses_a_result_without_a_digest(profile_run):
    rows = Run.objects.filter(pk=profile_run.pk)
    refuses("a_result_has_a_digest", rows, state="succeeded", ended_at=timezone.now())


def test_the_database_itself_refuses_a_failure_without_a_reason(profile_run):
    rows = Run.objects.filter(pk=profile_run.pk)
    refuses("a_failure_says_why", rows, state="failed", ended_at=timezone.now())


def test_the_database_itself_refuses_a_review_by_nobody(profile_run, carried_out):
    carried_out(profile_run)
    refuses("a_draft_or_has_been_reviewed", Report.objects.all(), state=ReportState.ACCEPTED)
