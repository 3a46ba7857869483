"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers what other apps may plug into."""

    name = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"
