"""What Django says about signing in, handed on to the service that remembers it."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from people.models import User
from people.services import sign_ins
from trail import services as trail


@receiver(user_logged_in)
def on_sign_in(user: User, **_: Any) -> None:
    """A session was opened."""
    if trail.current().request_id:  # for the rest of the request
        trail.set_actor(user, auth={"method": "password"})
    sign_ins.succeeded(user, method="password")


@receiver(user_login_failed)
def on_refusal(credentials: dict[str, Any], **_: Any) -> None:
    """A name and a password did not belong together."""
    sign_ins.failed(str(credentials.get("username", "")), address=trail.current().address)


@receiver(user_logged_out)
def on_sign_out(user: User | None, **_: Any) -> None:
    """A session was closed."""
    if user is not None:
        sign_ins.ended(user)
