"""Rows that are written once: update and delete are refused by the row and by its queryset."""

from typing import Any, Never

from django.db import models

from models_registry.errors import Immutable


class WrittenOnceQuerySet(models.QuerySet[Any]):
    """A queryset through which nothing can be changed or deleted."""

    def update(self, **changes: Any) -> Never:
        """Refused."""
        raise Immutable(_sentence(self.model, "changed"))

    def delete(self) -> Never:
        """Refused."""
        raise Immutable(_sentence(self.model, "deleted"))


class WrittenOnce(models.Model):
    """A row that can be added, and then neither changed nor deleted."""

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; refused if it is there already."""
        if not self._state.adding:
            raise Immutable(_sentence(type(self), "changed", self.pk))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refused."""
        raise Immutable(_sentence(type(self), "deleted", self.pk))


def _sentence(model: type[models.Model], deed: str, pk: Any = None) -> str:
    which = f" {pk}" if pk is not None else ""
    return f"a {model._meta.verbose_name}{which} is never {deed}; a change is a new row"
