"""How things and moments are pointed at on pages."""

from datetime import datetime

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone


def page_of(thing: Model) -> str:
    """Where a thing's page is."""
    meta = thing._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk])


def when(moment: datetime | None) -> str:
    """A moment, to the minute."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "—"
