"""How Django checks names and passwords: as ever, but not for those who guess."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from people.models import User
from people.services import sign_ins
from trail import services as trail


class GuardedBackend(ModelBackend):
    """Account and password, with a limit on wrong ones. Raises TooManyAttempts."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account, if the password is its own."""
        sign_ins.check_not_guessing(username or "", trail.current().address)
        return super().authenticate(request, username=username, password=password, **kwargs)
