"""Models whose rows are written once, by the sequencer, and never changed."""

from typing import Any, NoReturn

from django.db import models

from trail.errors import TrailIsAppendOnly


class AppendOnlyQuerySet(models.QuerySet):
    """A queryset that reads and refuses to change."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly(
            f"{self.model._meta.verbose_name_plural} are kept as they were written; "
            "they cannot be changed or deleted"
        )

    update = delete = bulk_update = update_or_create = _refuse
    _raw_delete = _refuse


class AppendOnly(models.Model):
    """A row that is written once. `save` and `delete` refuse; the database refuses too."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: only the sequencer writes here."""
        raise TrailIsAppendOnly(f"{self._meta.verbose_name}: only the sequencer writes here")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: what happened stays."""
        raise TrailIsAppendOnly(f"{self._meta.verbose_name}: what is written stays")
