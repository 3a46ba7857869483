import json
import re

import pytest
from rest_framework.test import APIClient

from people.models import Team
from people.services import tokens
from trail import services as trail
from trail.models import Entry, InboxRow

pytestmark = pytest.mark.django_db
THINGS = "/api/v1/things/"
TEAMS = "/api/v1/teams/"


def client_with(user, *scopes):
    from datetime import timedelta

    issued = tokens.issue(
        holder=user, by=user, label="t", scopes=scopes, valid_for=timedelta(days=1)
    )
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    return client


def test_nobody_gets_401_and_is_told_how_to_come_in(things):
    answer = APIClient().get(THINGS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="assay"'


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "bearer assay_no", "Bearer a b"]
)
def test_a_token_that_is_none_gets_401(things, header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get(THINGS).status_code == 401


def test_every_scope_includes_reading(things, operator):
    for scope in ("read", "write", "decide", "predict"):
        assert client_with(operator, scope).get(THINGS).status_code == 200


def test_changing_needs_the_scope_for_it(things, operator):
    refused = client_with(operator, "read", "decide").post(THINGS, {"name": "A"})
    assert refused.status_code == 403
    assert (
        "needs a token with the scope write; this one has read, decide" in refused.json()["detail"]
    )
    assert client_with(operator, "write").post(THINGS, {"name": "A"}).status_code == 201


def test_what_is_refused_is_on_record_with_who_asked(things, owner, api):
    assert api(owner).post(THINGS, {"name": "Mine"}).status_code == 403
    (row,) = InboxRow.objects.filter(event="people.permission.refused")
    assert (row.actor, row.outcome) == (f"user:{owner.ref}", "refused")
    assert json.loads(row.body)["detail"]["asked"] == f"POST {THINGS}"


def test_deciding_needs_its_own_scope(things, operator, team):
    where = f"{THINGS}{team.pk}/decide/"
    assert client_with(operator, "write").post(where).status_code == 403
    assert client_with(operator, "decide").post(where).status_code == 200


def test_a_session_reads_and_changes_only_with_its_csrf_token(things, operator):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    assert client.get(THINGS).status_code == 200
    refused = client.post(THINGS, {"name": "A"})
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]


def test_a_change_is_recorded_with_request_and_actor(things, operator):
    client_with(operator, "write").post(
        THINGS, {"name": "A"}, headers={"X-Request-ID": "from-a-pipeline-7"}
    )
    row = InboxRow.objects.get(event="people.team.created")
    assert row.actor == f"user:{operator.ref}"
    said = json.loads(row.context)
    assert (said["request_id"], said["source"]) == ("from-a-pipeline-7", "api")


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space in it", "line\u0001break!!"])
def test_a_request_id_that_is_none_is_replaced(things, operator, given):
    answer = client_with(operator, "read").get(THINGS, headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{24}", answer["X-Request-ID"])


def test_nobody_acts_after_the_request(things, operator):
    client_with(operator, "read").get(THINGS)
    assert trail.current().actor == ""


def test_only_our_own_proxies_are_believed_about_addresses(rf, settings):
    from config.middleware.request_trail import client_address

    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.1"})
    assert client_address(request) == "10.0.0.1"
    settings.ASSAY_PROXIES = 1
    assert client_address(request) == "192.0.2.1"
    settings.ASSAY_PROXIES = 3
    assert client_address(request) == "10.0.0.1"


@pytest.mark.django_db(transaction=True)
def test_answers_carry_the_newest_checkpoint(things, operator):
    client = client_with(operator, "read")
    trail.sequence()
    size, root = client.get(TEAMS)["Audit-Checkpoint"].split()
    assert int(size) == Entry.objects.count() > 0
    assert re.fullmatch(r"[0-9a-f]{64}", root)


def test_updates_say_what_they_saw_and_answers_what_they_show(things, operator, team):
    client = client_with(operator, "write")
    refused = client.patch(f"{THINGS}{team.pk}/", {})
    assert refused.status_code == 428
    assert refused.json()["type"] == "urn:assay:problem:precondition-required"
    answer = client.patch(f"{THINGS}{team.pk}/", {}, headers={"If-Match": '"7"'})
    assert answer["ETag"] == '"8"'
    assert answer.json()["seen"] == '"7"'


@pytest.fixture
def many(auditor):
    # names repeat every seventh, so that ordering by them has ties across pages
    Team.objects.bulk_create(
        Team(name=f"{number % 7} {number:03}", slug=f"t{number}") for number in range(57)
    )
    return client_with(auditor, "read")


def every(client, address):
    pages = []
    while address:
        page = client.get(address).json()
        pages.append([row["id"] for row in page["results"]])
        address = page["next"]
    return pages


@pytest.mark.parametrize("ordering", ["", "&ordering=name", "&ordering=-name", "&ordering=-id"])
def test_pages_show_every_row_once_in_order(things, many, ordering):
    pages = every(many, f"{THINGS}?page_size=10{ordering}")
    assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 8]
    ids = [number for page in pages for number in page]
    field = ordering.partition("=")[2] or "name"
    assert ids == list(Team.objects.order_by(field, "id").values_list("id", flat=True))


def test_a_row_that_arrives_meanwhile_moves_nothing(things, many):
    first = many.get(f"{THINGS}?page_size=10&ordering=name").json()
    Team.objects.create(name="! first", slug="first")
    shown = [row["id"] for row in first["results"]]
    later = every(many, first["next"])
    assert not {number for page in later for number in page} & set(shown)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=ten", "page_size"),
        ("page_size=²", "page_size"),
        (f"page_size={'9' * 5000}", "page_size"),
        ("cursor=nonsense", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=W1sxXSwyXQ", "cursor"),
        ("ordering=slug", "ordering"),
        ("ordering=name,password", "ordering"),
    ],
)
def test_nonsense_in_a_list_is_refused_with_its_parameter(things, many, query, field):
    answer = many.get(f"{THINGS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
