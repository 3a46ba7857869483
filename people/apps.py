"""The people app."""

from importlib import import_module

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Listens for sign-ins and sign-outs."""

    name = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers, once models can be imported."""
        import_module("people.receivers")
