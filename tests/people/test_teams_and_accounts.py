import pytest

from people import events
from people.errors import Conflict, Malformed, NotPermitted
from people.models import Grant, Team, User
from people.services import accounts, teams, tokens
from people.states import AccountKind, Role

pytestmark = pytest.mark.django_db


def test_an_operator_creates_a_team_and_the_trail_says_so(operator, recorded):
    made = teams.create("Consumer credit", by=operator)
    assert made.slug == "consumer-credit"
    (row,) = recorded(events.TEAM_CREATED)
    assert row.actor == f"user:{operator.ref}"


@pytest.mark.parametrize("name", ["", "   ", "!?", "x" * 101])
def test_a_team_has_a_name(operator, name):
    with pytest.raises(Malformed, match="a team's name has"):
        teams.create(name, by=operator)


def test_a_team_is_created_once(operator, team):
    with pytest.raises(Conflict, match="there is a team 'Lending' already"):
        teams.create("Lending", by=operator)


def test_others_create_no_teams(owner, mallory, recorded):
    for person in (owner, mallory):
        with pytest.raises(NotPermitted, match="may not create a team"):
            teams.create("Mine", by=person)
    assert not Team.objects.filter(name="Mine").exists()
    assert recorded(events.TEAM_CREATED) == []


def test_a_grant_is_given_once_and_recorded_once(operator, mallory, team, recorded):
    for _ in range(2):
        teams.grant(mallory, team, Role.STEWARD, by=operator)
    assert Grant.objects.filter(user=mallory).count() == 1
    assert len(recorded(events.GRANT_GIVEN)) == 1


def test_a_grant_is_withdrawn_and_recorded(operator, owner, team, recorded):
    teams.withdraw(owner, team, Role.OWNER, by=operator)
    assert not owner.grants.exists()
    assert len(recorded(events.GRANT_WITHDRAWN)) == 1


def test_a_grant_that_is_not_held_cannot_be_withdrawn(operator, mallory, team):
    with pytest.raises(Conflict, match="does not hold the role owner"):
        teams.withdraw(mallory, team, Role.OWNER, by=operator)


def test_nobody_grants_a_role_to_themselves_not_even_a_superuser(operator, superuser, team):
    for person in (operator, superuser):
        with pytest.raises(NotPermitted, match="their own roles"):
            teams.grant(person, team, Role.APPROVER, by=person)


def test_an_operator_grants_in_their_own_team_only(operator, mallory):
    elsewhere = Team.objects.create(name="Elsewhere", slug="elsewhere")
    with pytest.raises(NotPermitted, match="operator of the team"):
        teams.grant(mallory, elsewhere, Role.OWNER, by=operator)


def test_a_stranger_grants_nothing(mallory, owner, team):
    with pytest.raises(NotPermitted):
        teams.grant(owner, team, Role.APPROVER, by=mallory)
    assert not owner.grants.filter(role=Role.APPROVER).exists()


def test_an_unknown_role_is_refused_with_those_known(operator, owner, team):
    with pytest.raises(Malformed, match=r"expected one of the roles owner, .* got 'king'"):
        teams.grant(owner, team, "king", by=operator)


def test_an_account_is_created_with_a_good_password(operator, recorded):
    made = accounts.create("ann", "a quite long passphrase", by=operator, full_name="Ann Lee")
    assert made.check_password("a quite long passphrase")
    assert str(made) == "Ann Lee"
    assert len(recorded(events.ACCOUNT_CREATED)) == 1


@pytest.mark.parametrize("password", ["short", "123456789012", "password1234", None])
def test_a_weak_password_is_refused(operator, settings, password):
    with pytest.raises(Malformed, match="too weak"):
        accounts.create("ann", password, by=operator)
    assert not User.objects.filter(username="ann").exists()


def test_a_service_account_has_no_password(operator):
    with pytest.raises(Malformed, match="has no password"):
        accounts.create("ci", "a quite long passphrase", kind=AccountKind.SERVICE, by=operator)
    made = accounts.create("ci", kind=AccountKind.SERVICE, by=operator)
    assert not made.has_usable_password()


def test_two_accounts_do_not_differ_in_case_only(operator, owner):
    with pytest.raises(Conflict, match="there is an account 'Owner' already"):
        accounts.create("Owner", "a quite long passphrase", by=operator)


def test_an_impossible_name_is_refused(operator):
    with pytest.raises(Malformed) as refused:
        accounts.create("no spaces!", "a quite long passphrase", by=operator)
    assert refused.value.errors[0]["field"] == "username"


def test_a_closed_account_loses_its_tokens(operator, owner, api):
    client = api(owner)
    accounts.deactivate(owner, by=operator, reason="Left.")
    assert client.get("/api/v1/me/").status_code == 401
    assert not owner.api_tokens.filter(revoked_at=None).exists()


def test_a_stranger_closes_no_account(mallory, owner):
    with pytest.raises(NotPermitted):
        accounts.deactivate(owner, by=mallory, reason="Because.")
    owner.refresh_from_db()
    assert owner.is_active


def test_people_change_their_own_password_and_operators_their_teams(owner, operator, mallory):
    accounts.change_password(owner, "another long passphrase", by=owner)
    accounts.change_password(owner, "a third long passphrase", by=operator)
    assert owner.check_password("a third long passphrase")
    with pytest.raises(NotPermitted):
        accounts.change_password(owner, "a fourth long passphrase", by=mallory)


def test_an_operator_manages_no_account_of_another_team_and_no_superuser(
    operator, superuser, owner
):
    rivals = Team.objects.create(name="Rivals", slug="rivals")
    Grant.objects.create(user=owner, team=rivals, role=Role.APPROVER)
    for account in (owner, superuser):
        with pytest.raises(NotPermitted, match="an operator of every team in which"):
            accounts.change_password(account, "another long passphrase", by=operator)
        with pytest.raises(NotPermitted, match="an operator of every team in which"):
            accounts.deactivate(account, by=operator, reason="In the way.")
        account.refresh_from_db()
        assert account.is_active
        assert not account.check_password("another long passphrase")


def test_an_operator_gets_no_token_of_another_team_s_service(operator, service, superuser):
    rivals = Team.objects.create(name="Rivals", slug="rivals")
    Grant.objects.create(user=service, team=rivals, role=Role.OWNER)
    wanted = {"holder": service, "label": "", "scopes": ["read"], "valid_for": _day()}
    with pytest.raises(NotPermitted, match="an operator of every team in which"):
        tokens.issue(by=operator, **wanted)
    issued = tokens.issue(by=superuser, **wanted)
    with pytest.raises(NotPermitted):
        tokens.revoke(issued.token, by=operator)


def test_a_closed_account_gets_no_token(operator, service):
    service.is_active = False
    service.save()
    with pytest.raises(NotPermitted, match="not active"):
        tokens.issue(holder=service, by=operator, label="", scopes=["read"], valid_for=_day())


def _day():
    from datetime import timedelta

    return timedelta(days=1)
