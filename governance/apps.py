"""The governance app."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class GovernanceConfig(AppConfig):
    """Registers its kinds of subject and its checks; installs what comes with the product.

    Its services need the models of other apps, so they are reached by name once these are ready.
    """

    name = "governance"
    verbose_name = "Decisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Once all models are known."""
        _service("kinds.register_all")()
        _service("integrity.register_all")()
        post_migrate.connect(_service("standing.install_after_migrating"), sender=self)
        post_migrate.connect(_service("catalogue.load_after_migrating"), sender=self)


def _service(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(f"governance.services.{name}")
    return found
