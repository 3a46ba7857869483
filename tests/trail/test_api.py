"""The trail over HTTP: by number, filtered, to those who may."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from people.models import Team
from trail import services as trail
from trail.models import Entry

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/trail/entries/"


@pytest.fixture
def history(auditor, owner):
    with trail.acting(by=owner, source="api", request_id="r-9", run_id="run:4"):
        team = Team.objects.create(name="One", slug="one")
        trail.record("people.team.created", by=owner, subject=team, reason="because")
    trail.record("people.team.refused", by="system:x", subject=team, outcome="refused")
    for n in range(20):
        Team.objects.create(name=f"t{n}", slug=f"t{n}")
    trail.sequence()
    return team


def test_an_auditor_reads_everything_oldest_first_without_a_gap(api, auditor, history):
    client, seen, url = api(auditor), [], f"{ENTRIES}?ordering=index&page_size=7"
    while url:
        page = client.get(url).json()
        seen += [entry["index"] for entry in page["results"]]
        url = page["next"]
    assert seen == list(range(len(seen)))
    assert len(seen) >= Entry.objects.count()


def test_newest_first_is_the_default(api, auditor, history):
    found = api(auditor).get(ENTRIES).json()["results"]
    assert [e["index"] for e in found] == sorted((e["index"] for e in found), reverse=True)


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ("event=people.team.created", {"people.team.created"}),
        ("event_prefix=people.team.", {"people.team.created", "people.team.refused"}),
        ("outcome=refused", {"people.team.refused"}),
        ("request_id=r-9", {"people.team.created", "trail.row.inserted"}),
        ("run_id=run:4", {"people.team.created", "trail.row.inserted"}),
        ("actor=owner&event_prefix=people.", {"people.team.created"}),
        ("actor=system:x", {"people.team.refused"}),
        ("actor=nobody-of-that-name", set()),
    ],
)
def test_filters(api, auditor, history, asked, events):
    found = api(auditor).get(f"{ENTRIES}?{asked}&page_size=200").json()["results"]
    assert {entry["event"] for entry in found} == events


def test_filter_by_subject(api, auditor, history):
    asked = f"{ENTRIES}?subject_type=people.team&subject_id={history.pk}"
    assert len(api(auditor).get(asked).json()["results"]) == 3


def test_filter_by_time_finds_exactly_what_happened_then(api, auditor, history):
    middle = _a_moment()
    with transaction.atomic():
        Team.objects.create(name="late", slug="late")
    trail.sequence()
    client, at = api(auditor), middle.isoformat().replace("+00:00", "Z")
    late = client.get(ENTRIES, {"since": at, "subject_type": "people.team"}).json()["results"]
    assert [entry["payload"]["new"]["slug"] for entry in late] == ["late"]
    early = client.get(ENTRIES, {"until": at, "page_size": 200}).json()["results"]
    assert {e["index"] for e in early}.isdisjoint({e["index"] for e in late})
    nothing = (middle - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert client.get(ENTRIES, {"until": nothing}).json()["results"] == []


def test_one_entry_shows_its_hashed_bytes_payload_and_actor(api, auditor, owner, history):
    index = Entry.objects.get(event="people.team.created").index
    entry = api(auditor).get(f"{ENTRIES}{index}/").json()
    assert entry["payload"] == {"reason": "because"}
    assert entry["envelope"]["subject"] == {"type": "people.team", "id": str(history.pk)}
    assert (entry["actor"], entry["actor_name"]) == (f"user:{owner.ref}", "owner")


def test_others_see_their_own_acts_without_payload(api, owner, mallory, history):
    mine = api(owner).get(ENTRIES).json()["results"]
    assert mine
    assert {entry["actor_name"] for entry in mine} == {"owner"}
    assert {entry["payload"] for entry in mine} == {None}
    acts = [e["actor_name"] for e in api(mallory).get(ENTRIES).json()["results"]]
    assert set(acts) <= {"mallory"}
    assert api(mallory).get(f"{ENTRIES}0/").status_code == 404


def test_a_stranger_sees_nothing(client, history):
    for path in ("entries", "checkpoints", "verification"):
        assert client.get(f"/api/v1/trail/{path}/").status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_over_http(api, auditor, history, method):
    assert getattr(api(auditor), method)(f"{ENTRIES}0/").status_code in (403, 405, 428)


@pytest.mark.parametrize("asked", ["cursor=x", "cursor=-1", "page_size=ten", "ordering=event"])
def test_nonsense_is_refused(api, auditor, history, asked):
    assert api(auditor).get(f"{ENTRIES}?{asked}").status_code == 400


def test_a_page_costs_the_same_number_of_queries_at_any_size(
    api, auditor, history, django_assert_max_num_queries
):
    client = api(auditor)
    client.get(ENTRIES)
    for size in (1, 20):
        with django_assert_max_num_queries(14):
            assert len(client.get(f"{ENTRIES}?page_size={size}").json()["results"]) == size


def test_checkpoints_are_listed_and_read(api, owner, history):
    client, newest = api(owner), trail.newest_checkpoint()
    listed = client.get("/api/v1/trail/checkpoints/").json()["results"]
    assert listed[0]["size"] >= newest.size
    one = client.get(f"/api/v1/trail/checkpoints/{newest.size}/").json()
    assert (one["root"], one["note"]) == (bytes(newest.root).hex(), newest.note)


def test_an_auditor_has_the_trail_verified(api, auditor, owner, history):
    client = api(auditor)
    assert client.get("/api/v1/trail/verification/").status_code == 404
    done = client.post("/api/v1/trail/verification/")
    assert (done.status_code, done.json()["ok"]) == (200, True)
    assert api(owner).get("/api/v1/trail/verification/").json()["ok"]
    assert api(owner).post("/api/v1/trail/verification/").status_code == 403


def _a_moment():
    """A time no happening shares: SQLite's triggers count milliseconds."""
    time.sleep(0.003)
    now = timezone.now()
    time.sleep(0.003)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
