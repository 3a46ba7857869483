"""Every answer of the API carries the trail's newest checkpoint: its size and root.

Whoever keeps one can later show that what it stands for was not rewritten.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from trail import services as trail

HEADER = "Audit-Checkpoint"
API = "/api/"


class AuditCheckpoint:
    """Adds the header to whatever the API answers, unless it could not answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        answered = request.path.startswith(API) and response.status_code < 500
        if answered and (checkpoint := trail.newest_checkpoint()):
            response[HEADER] = f"{checkpoint.size} {bytes(checkpoint.root).hex()}"
        return response
