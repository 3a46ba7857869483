"""Who else takes part in the tests about people."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password

from people.models import User
from people.states import AccountKind
from trail.models import InboxRow


@pytest.fixture
def superuser(db: None) -> User:
    """Runs everything, decides nothing unasked."""
    return User.objects.create(username="root", is_superuser=True, is_staff=True)


@pytest.fixture
def service(db: None) -> User:
    """A service account: it carries tokens only."""
    return User.objects.create(
        username="pipeline", kind=AccountKind.SERVICE, password=make_password(None)
    )


@pytest.fixture
def recorded() -> Callable[[str], list[InboxRow]]:
    """What was recorded under an event and not numbered yet."""

    def of(event: str) -> list[InboxRow]:
        return list(InboxRow.objects.filter(event=event).order_by("id"))

    return of
