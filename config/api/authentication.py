"""Who asks: a bearer token, or the session of a browser with its CSRF token."""

from typing import Any

from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.middleware.request_trail import name_actor
from people.models import ApiToken, User
from people.services import tokens

SCHEME = "Bearer"


class BearerToken(authentication.BaseAuthentication):
    """`Authorization: Bearer assay_…`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's account; None where there is no token; an error where it is no good."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        token = tokens.authenticate(secret.strip())
        if token is None:
            raise AuthenticationFailed("the token is unknown, revoked or expired")
        name_actor(token.user, method="token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return f'{SCHEME} realm="assay"'


class BrowserSession(authentication.SessionAuthentication):
    """A signed-in browser. Changes need its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The session's account."""
        found = super().authenticate(request)
        if found:
            name_actor(found[0], method="session")
        return found
