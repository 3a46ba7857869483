"""Who acted, from where and why stands in every entry, and never in another transaction's."""

import json
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from people.models import Team, User
from trail import services as trail
from trail.context import Context, current
from trail.errors import NotInTransaction
from trail.services.reading import payload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return User.objects.create(username="ada")


def create(slug):
    return Team.objects.create(name=slug, slug=slug)


def test_rows_and_meaning_of_one_transaction_belong_together(entries, ada):
    before = len(entries())
    with trail.acting(by=ada, source="api", request_id="r-1", reason="asked", address="10.0.0.1"):
        team = create("one")
        trail.record("people.team.created", by=None, subject=team, detail={"n": 1})
    row, meant = entries()[before:]
    for entry in (row, meant):
        assert (entry.actor, entry.request_id) == (f"user:{ada.ref}", "r-1")
        assert payload_of(entry)["reason"] == "asked"
        assert payload_of(entry)["address"] == "10.0.0.1"
        assert b"10.0.0.1" not in bytes(entry.envelope)
    assert _envelope(row)["txn"] == _envelope(meant)["txn"]
    assert _envelope(row)["source"] == "api"
    assert (meant.event, payload_of(meant)["detail"]) == ("people.team.created", {"n": 1})


def test_meaning_told_before_the_rows_belongs_to_the_same_transaction(entries, db):
    with trail.acting(by="system:x"):
        trail.record("people.team.wanted", by=None, subject=("people.team", 0))
        create("one")
    meant, row = entries()[-2:]
    assert _envelope(row)["txn"] == _envelope(meant)["txn"]


def test_a_change_nobody_stands_for_is_unattributed(entries, db):
    create("one")
    [row] = entries(subject_type="people.team")
    assert row.actor == "unattributed"


def test_an_actor_known_only_later_counts_from_then_on(entries, ada):
    with trail.acting(by=None, request_id="r-2"):
        create("one")
        trail.set_actor(ada, auth={"method": "token", "age_s": 3})
        create("two")
    first, second = entries(subject_type="people.team")
    assert (first.actor, second.actor) == ("unattributed", f"user:{ada.ref}")
    assert first.request_id == second.request_id == "r-2"
    assert _envelope(second)["auth"] == {"method": "token", "age_s": 3}


def test_after_the_block_the_actor_is_forgotten(entries, ada):
    with trail.acting(by=ada):
        create("one")
    create("two")
    assert [e.actor for e in entries(subject_type="people.team")][1] == "unattributed"


def test_a_rolled_back_savepoint_does_not_lose_the_actor(entries, ada):
    with trail.acting(by=ada), transaction.atomic():
        with transaction.atomic():
            create("gone")
            transaction.set_rollback(True)
        create("kept")
    [row] = entries(subject_type="people.team")
    assert row.actor == f"user:{ada.ref}"


def test_an_inner_actor_does_not_outlive_its_block(entries, ada):
    with trail.acting(by=ada), transaction.atomic():
        create("one")
        with trail.acting(by="system:worker", run_id="run:1"):
            create("two")
        create("three")
    rows = entries(subject_type="people.team")
    assert [row.actor for row in rows] == [f"user:{ada.ref}", "system:worker", f"user:{ada.ref}"]
    assert [row.run_id for row in rows] == ["", "run:1", ""]


@pytest.mark.django_db(transaction=True)
def test_transactions_and_single_statements_each_have_their_actor(entries):
    ada = User.objects.create(username="ada")
    with trail.acting(by=ada):
        create("one")
        with transaction.atomic():
            create("two")
    create("three")
    with trail.acting(by=ada), transaction.atomic():
        create("gone")
        transaction.set_rollback(True)
    create("four")
    rows = entries(subject_type="people.team")
    mine = f"user:{ada.ref}"
    actors = [row.actor.partition(":")[0] for row in rows]
    assert actors == ["user", "user", "unattributed", "unattributed"]
    assert rows[0].actor == rows[1].actor == mine
    assert len({_envelope(row)["txn"] for row in rows}) == 4


@pytest.mark.django_db(transaction=True)
def test_no_committed_state_holds_a_context(ada):
    with trail.acting(by=ada):
        create("one")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM trail_context")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused():
    with pytest.raises(NotInTransaction, match=r"inside transaction\.atomic"):
        trail.record("people.team.created", by="system:x", subject=("people.team", 1))


def test_a_refusal_is_recorded_with_its_outcome(entries, ada):
    trail.record("people.team.refused", by=ada, subject=("people.team", 7), outcome="refused")
    [entry] = entries(event="people.team.refused")
    assert (entry.outcome, entry.subject_id) == ("refused", "7")


def test_details_become_text_json_can_hold(entries, ada):
    detail = {"rate": 0.58, "by": ada.ref, "when": None, "nested": {1: [b"\x00"]}}
    trail.record("x.y.z", by=ada, subject=ada, detail=detail)
    [entry] = entries(event="x.y.z")
    assert payload_of(entry)["detail"] == {
        "rate": "0.58", "by": str(ada.ref), "when": None, "nested": {"1": ["00"]},
    }  # fmt: skip


def test_an_anonymous_visitor_has_no_reference():
    trail_context = current()
    assert isinstance(trail_context, Context)
    with trail.acting(by=SimpleNamespace(), request_id="r"):
        assert trail.current().actor == "unattributed"


def test_a_long_request_id_is_cut_and_stops_nothing(entries, ada):
    with trail.acting(by=ada, request_id="r" * 500):
        create("one")
    [row] = entries(subject_type="people.team")
    assert row.request_id == "r" * 64
    assert trail.verify().ok


def _envelope(entry):
    return json.loads(bytes(entry.envelope))
