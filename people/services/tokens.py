"""API tokens: shown once, stored as a digest, scoped and expiring."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from people import events, permissions
from people.errors import Conflict, Malformed
from people.models import ApiToken, User
from people.permissions import Actor
from people.states import Scope
from trail import services as trail

MARK = "assay_"  # by which secret scanners recognise a token
SECRET_BYTES = 32
SHOWN = 12
#: The time of last use is written this rarely, so that reading does not become writing.
USE_NOTED_EVERY = timedelta(minutes=5)


class IssuedToken(NamedTuple):
    """A token and its secret, which nobody can read again."""

    token: ApiToken
    secret: str


@transaction.atomic
def issue(
    *, holder: User, by: Actor, label: str, scopes: Sequence[str], valid_for: timedelta
) -> IssuedToken:
    """A new token for an account. Raises NotPermitted or Malformed."""
    permissions.check_may_issue(by, holder=holder)
    _check_validity(valid_for)
    secret, now = MARK + secrets.token_urlsafe(SECRET_BYTES), timezone.now()
    token = ApiToken.objects.create(
        user=holder,
        label=label[:100],
        prefix=secret[:SHOWN],
        digest=_digest(secret),
        scopes=_read(scopes),
        created_at=now,
        expires_at=now + valid_for,
    )
    detail = {"prefix": token.prefix, "scopes": token.scopes, "expires_at": token.expires_at}
    trail.record(events.TOKEN_ISSUED, by=by, subject=token, detail=detail)
    return IssuedToken(token, secret)


def authenticate(secret: str) -> ApiToken | None:
    """The token with this secret, if it and its account may be used now."""
    token = ApiToken.objects.select_related("user").filter(digest=_digest(secret)).first()
    if token is None or not token.is_usable or not token.user.is_active:
        return None
    _note_use(token)
    return token


@transaction.atomic
def revoke(token: ApiToken, *, by: Actor) -> ApiToken:
    """End a token at once. Raises NotPermitted, or Conflict if it has ended."""
    permissions.check_may_revoke(by, token)
    revoked_at = timezone.now()
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=revoked_at):
        raise Conflict(f"the token {token.prefix}… is revoked already")
    token.revoked_at = revoked_at
    trail.record(events.TOKEN_REVOKED, by=by, subject=token, detail={"prefix": token.prefix})
    return token


def _digest(secret: str) -> str:
    # The secret has 256 random bits: a fast digest is as good as a slow one.
    return sha256(secret.encode()).hexdigest()


def _read(scopes: Sequence[str]) -> list[str]:
    unknown = sorted({str(scope) for scope in scopes} - set(Scope.values))
    if unknown or not scopes:
        got = ", ".join(unknown) or "none"
        raise Malformed(f"expected scopes among {', '.join(Scope.values)}; got {got}")
    return [scope.value for scope in Scope if scope in scopes]


def _check_validity(valid_for: timedelta) -> None:
    longest: timedelta = settings.ASSAY_TOKEN_LONGEST
    if not timedelta(0) < valid_for <= longest:
        raise Malformed(f"a token is valid for up to {longest.days} days, got {valid_for}")


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
