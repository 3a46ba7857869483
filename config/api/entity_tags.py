"""`ETag` and `If-Match`: a change says which state it was decided on (RFC 9110, 13.1.1).

Rows that several people edit carry a `revision`; their tag is that number.
"""

from rest_framework.request import Request
from rest_framework.response import Response

from config.api.problems import PreconditionRequired

FIELD = "revision"


def demand(request: Request) -> None:
    """Raise PreconditionRequired for a change that does not say what it saw."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired


def name_state(response: Response) -> None:
    """Give an answer that shows one such row its tag."""
    shown = response.data
    if isinstance(shown, dict) and isinstance(shown.get(FIELD), int) and not response.exception:
        response.headers.setdefault("ETag", f'"{shown[FIELD]}"')
