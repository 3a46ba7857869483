"""Pages of entries by their numbers: as fast deep in the trail as at its end."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

MOST = 200
USUAL = 50


class IndexPagination(BasePagination):
    """`cursor` is the number of the last entry seen; the page begins with the next one.

    Oldest first (`ordering=index`) numbers follow one another without a gap as long as nothing
    is filtered, so a reader can show to have missed nothing. Newest first is the default.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The entries of this page."""
        ordering = request.query_params.get("ordering", "-index")
        if ordering not in ("index", "-index"):
            raise ValidationError({"ordering": f'expected "index" or "-index", got "{ordering}"'})
        size = min(_whole(request, "page_size", USUAL) or USUAL, MOST)
        seen = _whole(request, "cursor", None)
        if seen is not None:
            after = {"index__gt": seen} if ordering == "index" else {"index__lt": seen}
            queryset = queryset.filter(**after)
        found = list(queryset.order_by(ordering)[: size + 1])
        self._next = _link(request, found[size - 1].index) if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the way to the next one."""
        return Response({"next": self._next, "previous": None, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """How the page looks."""
        link = {"type": "string", "format": "uri", "nullable": True}
        pages = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": ["results"], "properties": pages}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What may be asked."""
        asked = {
            "cursor": ("integer", "number of the last entry seen"),
            "page_size": ("integer", f"entries a page, at most {MOST}"),
            "ordering": ("string", "index or -index"),
        }
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": kind},
                "description": text,
            }
            for name, (kind, text) in asked.items()
        ]


def _whole(request: Request, name: str, usual: int | None) -> int | None:
    given = request.query_params.get(name)
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise ValidationError({name: f"expected a whole number, got {given!r}"})
    return int(given)


def _link(request: Request, index: int) -> str:
    return replace_query_param(request.build_absolute_uri(), "cursor", str(index))
