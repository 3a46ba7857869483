"""Pages by keyset: the next one starts after the last row seen, whatever came in between.

A cursor holds the values the rows are ordered by, of the last row. Page 1,000 costs as much as
page 1, and nothing is shown twice or left out because a row was added.
"""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Field, Model, Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.api.ordering import StableOrdering

DEFAULT, LARGEST = 50, 200
SIZE = re.compile(r"[0-9]{1,3}")


class Key(NamedTuple):
    """One column rows are ordered by."""

    field: Any
    descending: bool

    @property
    def order(self) -> Any:
        """As `order_by` takes it; empty values last, which an index need not know otherwise."""
        last = True if self.field.null else None
        column = F(self.field.name)
        return column.desc(nulls_last=last) if self.descending else column.asc(nulls_last=last)

    def same(self, value: Any) -> Q:
        """Rows with this value."""
        name = self.field.attname
        return Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})

    def beyond(self, value: Any) -> Q:
        """Rows that come after all rows with this value."""
        if value is None:
            return Q(pk__in=[])  # empty values are last
        name = self.field.attname
        after = Q(**{f"{name}__{'lt' if self.descending else 'gt'}": value})
        return after | Q(**{f"{name}__isnull": True}) if self.field.null else after


class KeysetPagination(BasePagination):
    """`cursor` and `page_size` in; `next` and `results` out."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of the rows, and whether there is a next one."""
        keys = _keys(queryset.model, StableOrdering().get_ordering(request, queryset, view))
        size = _size(request)
        rows = queryset.order_by(*(key.order for key in keys))
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(_after(keys, _values(cursor, keys)))
        found = list(rows[: size + 1])
        self.next_url = _next_url(request, keys, found[size - 1]) if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the address of the next."""
        return Response({"next": self.next_url, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """How the API's description says it."""
        url = {"type": ["string", "null"], "format": "uri", "description": "The next page, if any."}
        properties = {"next": url, "results": schema}
        return {"type": "object", "required": ["next", "results"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters."""
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": DEFAULT}
        return [
            _parameter("cursor", {"type": "string"}, "Where the page starts; taken from `next`."),
            _parameter("page_size", number, "Rows on a page."),
        ]


def _parameter(name: str, schema: dict[str, Any], said: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": said}


def _keys(model: type[Model], ordering: Sequence[str]) -> list[Key]:
    fields: list[tuple[Field[Any, Any], bool]] = []
    for name in ordering:
        field = model._meta.get_field(name.removeprefix("-"))
        assert isinstance(field, Field), f"{model.__name__} cannot be ordered by {name}"
        fields.append((field, name.startswith("-")))
    return [Key(field, descending) for field, descending in fields]


def _size(request: Request) -> int:
    given = request.query_params.get("page_size", str(DEFAULT))
    if not SIZE.fullmatch(given) or not 1 <= int(given) <= LARGEST:
        raise ValidationError({"page_size": [f"expected 1 to {LARGEST}, got {given[:20]!r}"]})
    return int(given)


def _after(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """Beyond in the first column; or the same there and beyond in the second; and so on."""
    after, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        after |= same & key.beyond(value)
        same &= key.same(value)
    return after


def _next_url(request: Request, keys: Sequence[Key], last: Model) -> str:
    values = [getattr(last, key.field.attname) for key in keys]
    text = json.dumps(values, cls=_Exact, separators=(",", ":"))
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def _values(cursor: str, keys: Sequence[Key]) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        pairs = zip(keys, values, strict=True)
        return [_read(key, value) for key, value in pairs]
    except (ValueError, TypeError, FieldError, RecursionError) as wrong:
        said = "expected the cursor of a page's `next` under the same ordering"
        raise ValidationError({"cursor": [said]}) from wrong


def _read(key: Key, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise TypeError(f"expected one value for {key.field.name}, got {value}")
    return None if value is None else key.field.to_python(value)


class _Exact(DjangoJSONEncoder):
    """Times with all their microseconds: a rounded one would skip rows."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)
