"""Every request acts under an identifier of its own, and as whoever turns out to be acting.

The identifier is in the answer's `X-Request-ID`, in each log line and in each trail entry.
"""

import re
import secrets
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from trail import services as trail

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
API = "/api/"
Answer = Callable[[HttpRequest], HttpResponse]


class RequestTrail:
    """Opens the trail's context for the request."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _identifier(request)
        source = "api" if request.path.startswith(API) else "ui"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        with trail.acting(
            by=None, source=source, request_id=request_id, address=client_address(request)
        ):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


class SessionActor:
    """Names the actor where a session says who it is. Tokens are read by the API."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            name_actor(request.user, method="session")
        return self.get_response(request)


def name_actor(user: object, *, method: str) -> None:
    """From here on this account acts, in the trail and in the log."""
    trail.set_actor(user, auth={"method": method})
    structlog.contextvars.bind_contextvars(actor=trail.current().actor)


def client_address(request: HttpRequest) -> str:
    """Where the request came from; what a client writes itself is not believed.

    Each of our own proxies appends whom it heard from, so with N of them the client is the
    N-th from the right.
    """
    heard = str(request.META.get("REMOTE_ADDR", ""))
    if settings.ASSAY_PROXIES:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        heard = ([heard] * settings.ASSAY_PROXIES + said)[-settings.ASSAY_PROXIES].strip() or heard
    return heard[:64]


def _identifier(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if WELL_FORMED.fullmatch(given) else secrets.token_hex(12)
