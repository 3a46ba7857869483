"""An error of ours that no page answered itself becomes an answer with its status and sentence."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.api import statuses
from people.errors import AssayError, TooManyAttempts


class ProblemPages:
    """Answers for views that are no part of the API; the API has its own problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that says what was refused, or None: not ours to answer."""
        if not isinstance(error, AssayError):
            return None
        kind = statuses.kind_of(error)
        facts = {"title": kind.title, "message": error.message}
        response = render(request, "config/problem.html", facts, status=kind.status)
        if isinstance(error, TooManyAttempts):
            response["Retry-After"] = str(error.wait)
        return response
