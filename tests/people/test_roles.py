import pytest

from people.errors import NotPermitted
from people.models import Grant, Team
from people.services import roles
from people.states import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(db):
    return Team.objects.create(name="Insurance", slug="insurance")


def test_a_role_is_held_where_it_was_granted_and_nowhere_else(owner, team, other):
    assert roles.holds(owner, Role.OWNER, team)
    assert not roles.holds(owner, Role.APPROVER, team)
    assert not roles.holds(owner, Role.OWNER, other)


def test_check_returns_the_first_role_that_is_held(validator, team):
    found = roles.check(validator, Role.APPROVER, Role.VALIDATOR, team=team, to="review")
    assert found == Role.VALIDATOR


def test_check_says_what_is_needed_and_what_is_held(owner, team):
    with pytest.raises(NotPermitted) as refused:
        roles.check(owner, Role.VALIDATOR, Role.APPROVER, team=team, to="accept this report")
    assert refused.value.message == (
        "owner may not accept this report: that needs the role validator or approver"
        " in team Lending; owner holds owner"
    )


def test_a_stranger_holds_nothing_and_sees_nothing(mallory, team):
    with pytest.raises(NotPermitted, match="mallory holds none there"):
        roles.check(mallory, *Role, team=team, to="look")
    assert list(roles.visible_teams(mallory)) == []


def test_a_superuser_sees_everything_and_decides_nothing(superuser, team, other):
    assert set(roles.visible_teams(superuser)) == {team, other}
    assert roles.held(superuser, team) == []


def test_an_auditor_of_one_team_sees_every_team(auditor, team, other):
    assert set(roles.visible_teams(auditor)) == {team, other}


def test_others_see_their_teams_once(owner, team, other):
    Grant.objects.create(user=owner, team=team, role=Role.STEWARD)
    assert list(roles.visible_teams(owner)) == [team]
    assert roles.sees(owner, team)
    assert not roles.sees(owner, other)


def test_a_closed_account_holds_nothing(owner, auditor, team):
    for person in (owner, auditor):
        person.is_active = False
        person.save()
        assert roles.held(person, team) == []
        assert list(roles.visible_teams(person)) == []
