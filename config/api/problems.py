"""Every error of the API as a problem document (RFC 9457), without a word too much."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as rest_errors
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from config.api import constraints, statuses
from people.errors import AssayError, TooManyAttempts
from people.models import User
from people.services import refusals

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:assay:problem:"
BUSY_SECONDS = 2
FORBIDDEN = 403

log = structlog.get_logger(__name__)

#: Names and titles of what REST framework raises, by status.
PLAIN = {
    400: ("malformed", "The request cannot be read as what it claims to be"),
    401: ("not-authenticated", "Say who you are"),
    403: ("not-permitted", "You may not do this"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This cannot be done here"),
    406: ("not-acceptable", "Not available in a form you accept"),
    409: ("conflict", "Not in a state in which this can be done"),
    413: ("too-large", "More than is taken"),
    415: ("unsupported-media-type", "Not a media type that is accepted"),
    428: ("precondition-required", "Say which state you saw"),
    429: ("too-many-attempts", "Too many attempts"),
    500: ("internal", "Something is wrong on our side"),
    503: ("busy", "Try again in a moment"),
}


class PreconditionRequired(rest_errors.APIException):
    """A change without saying which state it was decided on (RFC 6585)."""

    status_code = 428
    default_detail = "expected If-Match with the ETag of the state you saw, there was none"


def document(
    status: int, name: str, title: str, detail: str, errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A problem document."""
    problem = {"type": TYPES + name, "title": title, "status": status, "detail": detail}
    return problem | ({"errors": errors} if errors else {})


def plain(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The problem document usual for a status."""
    name, title = PLAIN.get(status, ("error", "This cannot be done"))
    return document(status, name, title, detail, errors)


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's exception handler: whatever was raised becomes an answer."""
    problem, headers = _read(error) or _unforeseen(error, context)
    request = context.get("request")
    if problem["status"] == FORBIDDEN:
        _remember(error, request, problem["detail"])
    if request is not None:  # whatever was asked for, a problem is JSON
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = MEDIA_TYPE
    return Response(problem, status=problem["status"], headers=headers, content_type=MEDIA_TYPE)


def _remember(error: Exception, request: Any, why: str) -> None:
    """That somebody known asked for what they may not do is on record."""
    user = getattr(request, "user", None)
    if isinstance(user, User) and not getattr(error, "recorded", False):
        refusals.remember(user, asked=f"{request.method} {request.path}", why=why)


def page(status: int, detail: str) -> HttpResponse:
    """A problem document for where no view of the API was reached."""
    body = json.dumps(plain(status, detail))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)


Problem = tuple[dict[str, Any], dict[str, str]]


def _read(error: Exception) -> Problem | None:
    if isinstance(error, AssayError):
        return _ours(error)
    if isinstance(error, rest_errors.APIException):
        return _of_rest_framework(error)
    if isinstance(error, IntegrityError):
        return plain(409, constraints.sentence(error)), {}
    if isinstance(error, RecursionError):
        log.warning("a body nests too deeply", exc_info=error)
        return plain(400, "the body nests more deeply than is taken"), {}
    if isinstance(error, OperationalError):
        return plain(503, "the database is busy"), {"Retry-After": str(BUSY_SECONDS)}
    return _of_django(error)


def _ours(error: AssayError) -> Problem:
    kind = statuses.kind_of(error)
    headers = {"Retry-After": str(error.wait)} if isinstance(error, TooManyAttempts) else {}
    return document(kind.status, kind.name, kind.title, error.message, error.errors), headers


def _of_rest_framework(error: rest_errors.APIException) -> Problem:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    errors = list(_fields(error.detail)) if isinstance(error, rest_errors.ValidationError) else []
    detail = _summary(errors) if errors else str(error.detail)
    return plain(error.status_code, detail, errors), headers


def _of_django(error: Exception) -> Problem | None:
    if isinstance(error, Http404):
        return plain(404, "there is nothing at this address, or not for you"), {}
    if isinstance(error, django_errors.PermissionDenied):
        return plain(403, str(error) or "this is not permitted"), {}
    if isinstance(error, django_errors.ValidationError):
        errors = [{"field": "", "message": said} for said in error.messages]
        return plain(400, "; ".join(error.messages), errors), {}
    if isinstance(error, ProtectedError | RestrictedError):
        return plain(409, "other things still refer to this"), {}
    if isinstance(error, django_errors.RequestDataTooBig):
        return plain(413, "the body is larger than is taken; upload it as a file"), {}
    if isinstance(error, django_errors.SuspiciousOperation):
        return plain(400, "the request cannot be read"), {}
    return None


def _unforeseen(error: Exception, context: Mapping[str, Any]) -> Problem:
    """Operators read what happened in the log; nobody else does."""
    view, request = context.get("view"), context.get("request")
    log.error("unforeseen error", view=type(view).__name__, exc_info=error)
    got_request_exception.send(sender=type(view), request=getattr(request, "_request", request))
    return plain(500, "the error is in the log under this answer's X-Request-ID"), {}


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Each thing that is wrong, with the place it is at."""
    if isinstance(detail, Mapping):
        for name, below in detail.items():
            inner = "" if name == "non_field_errors" else str(name)
            yield from _fields(below, ".".join(part for part in (path, inner) if part))
    elif isinstance(detail, list | tuple):
        for place, below in enumerate(detail):
            nested = isinstance(below, Mapping | list | tuple)
            yield from _fields(below, f"{path}.{place}".lstrip(".") if nested else path)
    else:
        yield {"field": path, "message": str(detail)}


def _summary(errors: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{error['field']}: {error['message']}" if error["field"] else error["message"]
        for error in errors
    )
