"""Every list page: who sees it, and that it asks the database as often for many rows as for few."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import User

PAGES = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry
)
ROLES = ("owner", "validator", "approver1", "steward", "auditor", "operator")


def _queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(reverse(f"admin:{page}_changelist"))
    assert answer.status_code == 200
    return len(asked)


def test_every_list_asks_as_often_for_twenty_rows_as_for_one(
    world: Any, auditor: User, desk: Callable[[User], Client], numbered: Any
) -> None:
    client = desk(auditor)
    world.add()
    numbered()
    client.get(reverse("admin:index"))
    few = {page: _queries(client, page) for page in PAGES}
    for _ in range(19):
        world.add()
    numbered()
    many = {page: _queries(client, page) for page in PAGES}
    assert {page: asked for page, asked in many.items() if asked > few[page]} == {}


def test_the_first_page_asks_as_often_for_twenty_of_everything_as_for_one(
    world: Any, validator: User, desk: Callable[[User], Client]
) -> None:
    client = desk(validator)
    asked = []
    for _ in range(2):
        world.add()
        with CaptureQueriesContext(connection) as held:
            assert client.get(reverse("admin:index")).status_code == 200
        asked.append(len(held))
        for _ in range(9):
            world.add()
    assert asked[1] <= asked[0]


@pytest.mark.parametrize("role", ROLES)
def test_every_list_and_page_opens_for_every_role(
    role: str, world: Any, request: pytest.FixtureRequest, desk: Callable[[User], Client]
) -> None:
    client = desk(request.getfixturevalue(role))
    made = world.add()
    assert client.get(reverse("admin:index")).status_code == 200
    for page in PAGES:
        assert client.get(reverse(f"admin:{page}_changelist")).status_code == 200, page
    for page, thing in made.items():
        if page in {"people_apitoken"} and role != "owner":
            continue  # a token is its holder's own
        answer = client.get(reverse(f"admin:{page}_change", args=[thing.pk]))
        assert answer.status_code == 200, page


def test_a_stranger_sees_nothing(
    world: Any, mallory: User, desk: Callable[[User], Client], numbered: Any
) -> None:
    client = desk(mallory)
    made = world.add()
    numbered()
    for page in PAGES:
        answer = client.get(reverse(f"admin:{page}_changelist"))
        shown = [row.pk for row in answer.context["cl"].result_list]
        expected = [mallory.pk] if page == "people_user" else []
        if page == "trail_entry":
            continue  # own acts only: asserted by the trail's own tests
        assert shown == expected, page
    for page, thing in made.items():
        answer = client.get(reverse(f"admin:{page}_change", args=[thing.pk]))
        assert answer.status_code == 404, page


def test_somebody_who_is_not_signed_in_is_asked_to(world: Any, client: Client) -> None:
    made = world.add()
    for page, thing in made.items():
        answer = client.get(reverse(f"admin:{page}_change", args=[thing.pk]))
        assert answer.status_code == 302, page
        assert "/admin/login/" in answer["Location"]


def test_a_service_account_has_no_desk(db: None, desk: Callable[[User], Client]) -> None:
    robot = User.objects.create(username="robot", kind="service")
    assert desk(robot).get(reverse("admin:index")).status_code == 302
