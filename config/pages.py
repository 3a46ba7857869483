"""The few pages that belong to no app: health, the API's reference, and what is said of errors."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from config.api import problems

API = "/api/"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers and reaches its database: 200 or 503, and nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


class Reference(SpectacularSwaggerSplitView):
    """The API's reference, to read and to try. It needs nothing from elsewhere."""

    authentication_classes = []
    title = "Assay's API"
    url_name = "schema"


def nothing_here(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """No endpoint of the API has this address."""
    hint = "" if request.path.endswith("/") else "; addresses end with a slash"
    return problems.page(404, f"the API has nothing at {request.path}{hint}")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 before a view was reached, such as for a host that is not ours."""
    if _is_api(request):
        return problems.page(400, "the request cannot be read")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 before a view was reached."""
    if _is_api(request):
        return problems.page(403, "this is not permitted")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if _is_api(request):
        return nothing_here(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 outside the API's views."""
    if _is_api(request):
        return problems.page(500, "the error is in the log under this answer's X-Request-ID")
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)
