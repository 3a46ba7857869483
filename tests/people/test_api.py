import pytest
from rest_framework.test import APIClient

from people import events
from people.models import ApiToken
from people.services import tokens

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/tokens/"


def ask(client, username, password, **more):
    return client.post(TOKENS, {"username": username, "password": password, **more})


def test_a_token_is_had_for_name_and_password(owner, password):
    answer = ask(APIClient(), "owner", password, scopes=["read", "write"], days=1, label="nb")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "token", "scopes", "expires_at"}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    assert client.get("/api/v1/me/").json()["username"] == "owner"


def test_a_wrong_password_gets_none_and_is_recorded(owner, recorded):
    answer = ask(APIClient(), "owner", "a guess")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "that name and password do not belong together"
    (row,) = recorded(events.SIGN_IN_REFUSED)
    assert row.subject_id == str(owner.pk)
    assert not ApiToken.objects.exists()


def test_an_unknown_name_gets_the_same_answer_and_is_kept_nowhere(owner, recorded):
    known, unknown = ask(APIClient(), "owner", "x"), ask(APIClient(), "my passphrase", "x")
    assert known.json() == unknown.json()
    assert all("my passphrase" not in row.body for row in recorded(events.SIGN_IN_REFUSED))


def test_guessing_ends_in_429_with_the_time_to_wait(owner, password, settings):
    for _ in range(settings.ASSAY_SIGN_IN_FAILURES):
        assert ask(APIClient(), "owner", "a guess").status_code == 401
    answer = ask(APIClient(), "owner", password)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == 900


def test_somebody_elses_guessing_locks_nobody_out(owner, password, settings):
    guesser = APIClient(REMOTE_ADDR="192.0.2.7")
    for _ in range(settings.ASSAY_SIGN_IN_FAILURES + 1):
        ask(guesser, "owner", "a guess")
    assert ask(APIClient(), "owner", password).status_code == 201


def test_an_operator_issues_for_a_service_account(operator, service, password):
    answer = ask(APIClient(), "operator", password, account="pipeline", scopes=["predict"])
    assert tokens.authenticate(answer.json()["token"]).user == service


def test_a_stranger_issues_for_nobody_else(mallory, service, owner, password):
    for account in ("pipeline", "owner"):
        assert ask(APIClient(), "mallory", password, account=account).status_code == 403
    assert ask(APIClient(), "mallory", password, account="nobody").status_code == 400


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": []}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": "soon"}, "days"),
        ({"days": 10**30}, "days"),
    ],
)
def test_nonsense_is_refused_with_its_field(owner, password, said, field):
    answer = ask(APIClient(), "owner", password, **said)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_the_secret_is_shown_once_and_answers_with_it_are_not_kept(owner, api, password):
    client = api(owner)
    headers = {"Idempotency-Key": "once"}
    body = {"username": "owner", "password": password}
    first = client.post(TOKENS, body, headers=headers).json()
    second = client.post(TOKENS, body, headers=headers).json()
    assert first["token"] != second["token"]
    listed = client.get(TOKENS).json()["results"]
    assert all("token" not in row and "digest" not in row for row in listed)


def test_one_sees_and_revokes_ones_own_tokens_only(owner, mallory, api):
    client, stranger = api(owner), api(mallory)
    (mine,) = client.get(TOKENS).json()["results"]
    assert stranger.get(f"{TOKENS}{mine['id']}/").status_code == 404
    assert stranger.post(f"{TOKENS}{mine['id']}/revoke/").status_code == 404
    assert client.post(f"{TOKENS}{mine['id']}/revoke/").status_code == 200
    assert client.get(TOKENS).status_code == 401


def test_me_says_what_one_holds(owner, team, api):
    me = api(owner).get("/api/v1/me/").json()
    assert me["grants"] == [{"team": team.pk, "team_name": "Lending", "role": "owner"}]
    assert me["scopes"] == ["read", "write", "decide", "predict"]


def test_a_stranger_sees_no_team_and_an_auditor_all(auditor, mallory, api):
    assert api(mallory).get("/api/v1/teams/").json()["results"] == []
    (team,) = api(auditor).get("/api/v1/teams/").json()["results"]
    assert [member["username"] for member in team["members"]] == ["auditor"]


def test_listing_teams_takes_a_constant_number_of_queries(
    auditor, owner, api, django_assert_max_num_queries
):
    from people.models import Grant, Team

    for number in range(20):
        made = Team.objects.create(name=f"Team {number}", slug=f"team-{number}")
        Grant.objects.create(user=owner, team=made, role="owner")
    client = api(auditor)
    client.get("/api/v1/teams/")
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/teams/").json()["results"]) == 21


def test_signing_in_and_out_at_the_desk_is_recorded(owner, password, client, recorded):
    client.post("/admin/login/", {"username": "owner", "password": password})
    client.post("/admin/logout/")
    assert len(recorded(events.SIGNED_IN)) == 1
    assert len(recorded(events.SIGNED_OUT)) == 1


def test_guessing_at_the_desk_ends_in_429(owner, password, client, settings):
    for _ in range(settings.ASSAY_SIGN_IN_FAILURES):
        client.post("/admin/login/", {"username": "owner", "password": "a guess"})
    answer = client.post("/admin/login/", {"username": "owner", "password": password})
    assert answer.status_code == 429
    assert b"too many wrong passwords" in answer.content
