"""The people every test may call on, and a client for each of them."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from people.models import Grant, Team, User
from people.services import tokens
from people.states import Role, Scope
from trail import capture_sql

# a busy machine is no fault of the code, and a change that passed once passes again
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("exploring", settings.get_profile("repeatable"), derandomize=False)
settings.load_profile(os.environ.get("ASSAY_TEST_PROFILE", "repeatable"))

PASSWORD = "a long Passphrase 1!"


@cache
def _hashed(password: str) -> str:
    return make_password(password)


def _person(username: str, team: Team | None = None, role: Role | None = None) -> User:
    person = User.objects.create(username=username, password=_hashed(PASSWORD))
    if team and role:
        Grant.objects.create(user=person, team=team, role=role)
    return person


@pytest.fixture(scope="session", autouse=True)
def _a_test_database_may_be_emptied() -> Iterator[None]:
    """Take the trail's guards away before a flush; the `post_migrate` after it restores them."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_unguarded(self: BaseDatabaseOperations, sql_list: Any) -> None:
        capture_sql.remove(self.connection)
        flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_unguarded)
        yield


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD


@pytest.fixture
def team(db: None) -> Team:
    """The team that owns what the tests work on."""
    return Team.objects.create(name="Lending", slug="lending")


@pytest.fixture
def owner(team: Team) -> User:
    """Owns models."""
    return _person("owner", team, Role.OWNER)


@pytest.fixture
def validator(team: Team) -> User:
    """Challenges them."""
    return _person("validator", team, Role.VALIDATOR)


@pytest.fixture
def approver1(team: Team) -> User:
    """Decides."""
    return _person("approver1", team, Role.APPROVER)


@pytest.fixture
def approver2(team: Team) -> User:
    """Decides too."""
    return _person("approver2", team, Role.APPROVER)


@pytest.fixture
def steward(team: Team) -> User:
    """Governs data."""
    return _person("steward", team, Role.STEWARD)


@pytest.fixture
def auditor(team: Team) -> User:
    """Reads everything."""
    return _person("auditor", team, Role.AUDITOR)


@pytest.fixture
def operator(team: Team) -> User:
    """Runs the place."""
    return _person("operator", team, Role.OPERATOR)


@pytest.fixture
def mallory(db: None) -> User:
    """A stranger: can sign in, holds nothing."""
    return _person("mallory")


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """A client of the API for somebody, with a real token of all scopes."""

    def client_for(user: User) -> APIClient:
        issued = tokens.issue(
            holder=user,
            by=user,
            label="tests",
            scopes=[str(scope) for scope in Scope],
            valid_for=timedelta(hours=1),
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
        return client

    return client_for
