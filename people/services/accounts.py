"""Accounts of people and of services."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from people import events, permissions
from people.errors import Conflict, Malformed
from people.models import User
from people.permissions import Actor
from people.states import AccountKind
from trail import services as trail


@transaction.atomic
def create(
    username: str,
    password: str | None = None,
    *,
    kind: AccountKind = AccountKind.PERSON,
    by: Actor,
    full_name: str = "",
    email: str = "",
) -> User:
    """A new account. A service account has no password; it carries tokens.

    Raises NotPermitted, Malformed (a weak password, an impossible name) or Conflict.
    """
    permissions.check_may_manage_people(by, to="create an account")
    first, _, last = full_name.strip().partition(" ")
    user = User(username=username, kind=kind, first_name=first, last_name=last, email=email)
    _set_password(user, password)
    _check_name(user)
    user.save()
    trail.record(events.ACCOUNT_CREATED, by=by, subject=user, detail={"kind": kind})
    return user


@transaction.atomic
def change_password(user: User, password: str, *, by: Actor) -> None:
    """Give a person a new password. Whoever it is given to has to be told some other way."""
    if by != user:
        permissions.check_may_manage(by, user, to=f"change the password of {user}")
    _set_password(user, password)
    user.save(update_fields=["password"])
    trail.record(events.PASSWORD_CHANGED, by=by, subject=user)


@transaction.atomic
def deactivate(user: User, *, by: Actor, reason: str) -> None:
    """Close an account for good: it cannot sign in, and its tokens are revoked."""
    permissions.check_may_manage(by, user, to=f"deactivate {user}")
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.api_tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
    trail.record(events.ACCOUNT_DEACTIVATED, by=by, subject=user, reason=reason)


def _set_password(user: User, password: str | None) -> None:
    if user.kind == AccountKind.SERVICE:
        if password:
            raise Malformed("a service account has no password, one was given")
        user.set_unusable_password()
        return
    try:
        validate_password(password or "", user)
    except ValidationError as weak:
        raise Malformed(f"the password is too weak: {' '.join(weak.messages)}") from weak
    user.set_password(password)


def _check_name(user: User) -> None:
    if User.objects.filter(username__iexact=user.username).exists():
        raise Conflict(f"there is an account {user.username!r} already")
    try:
        user.clean_fields()
    except ValidationError as wrong:
        errors = [{"field": field, "messages": said} for field, said in _fields(wrong)]
        raise Malformed("this cannot be an account", errors) from wrong


def _fields(wrong: ValidationError) -> list[tuple[str, list[str]]]:
    return list(wrong.message_dict.items())
