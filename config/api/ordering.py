"""`ordering=-requested_at`: by fields of the row itself, and always the same order twice."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class StableOrdering(OrderingFilter):
    """Refuses fields it does not know, and lets the primary key break every tie."""

    def get_valid_fields(
        self, queryset: QuerySet[Any], view: Any, context: Any = None
    ) -> list[tuple[str, str]]:
        """What the view names in `ordering_fields`; otherwise key and times."""
        named = getattr(view, "ordering_fields", None)
        return [(str(n), str(n)) for n in named] if named else _usual(queryset.model)

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> list[str]:
        """All of them; raises ValidationError for one that is not offered."""
        known = [name for name, _ in self.get_valid_fields(queryset, view, {"request": request})]
        wanted = list(fields)
        for name in wanted:
            if name.removeprefix("-") not in known:
                said = f"expected one of {', '.join(known)}, got {name!r}"
                raise ValidationError({self.ordering_param: [said]})
        return wanted

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> list[str]:
        """What was asked for, else the view's own order, the model's, the newest first."""
        asked = super().get_ordering(request, queryset, view) or queryset.query.order_by
        names = [str(name) for name in asked or queryset.model._meta.ordering or ["-pk"]]
        key = queryset.model._meta.pk.name
        names = [name.replace("pk", key) if name in ("pk", "-pk") else name for name in names]
        if key not in (name.removeprefix("-") for name in names):
            names.append(f"-{key}" if names[0].startswith("-") else key)
        return names


def _usual(model: type[Model]) -> list[tuple[str, str]]:
    names = [
        field.name
        for field in model._meta.concrete_fields
        if field.primary_key or field.name.endswith("_at") or field.name in ("name", "number")
    ]
    return [(name, name) for name in names]
