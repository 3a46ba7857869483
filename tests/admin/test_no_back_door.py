"""Nothing is edited, added or deleted past the services."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from desk.model_admin import Desk
from people.models import User

DESKS = list(admin.site._registry.values())


@pytest.mark.parametrize("page", DESKS, ids=lambda page: page.model.__name__)
def test_every_registered_page_is_a_desk(page: Any) -> None:
    assert isinstance(page, Desk)
    assert page.list_editable == ()
    assert page.inlines == ()
    assert page.actions is None


def test_not_even_a_superuser_edits_or_deletes_a_row(
    world: Any, owner: User, desk: Callable[[User], Client]
) -> None:
    root = User.objects.create(username="root", is_superuser=True, is_staff=True)
    client = desk(root)
    for page, thing in world.add().items():
        change = client.post(reverse(f"admin:{page}_change", args=[thing.pk]), {"name": "Mine"})
        delete = client.post(reverse(f"admin:{page}_delete", args=[thing.pk]), {"post": "yes"})
        assert change.status_code == 403, page
        assert delete.status_code == 403, page
        assert type(thing)._default_manager.filter(pk=thing.pk).exists()


def test_new_things_are_offered_to_those_who_may_make_them(
    world: Any, owner: User, auditor: User, desk: Callable[[User], Client]
) -> None:
    add = reverse("admin:models_registry_usecase_add")
    assert desk(owner).get(add).status_code == 200
    assert desk(auditor).get(add).status_code == 403
