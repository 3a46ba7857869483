"""The trail app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TrailConfig(AppConfig):
    """Reads every app's `capture.py`, where each decides what of it is captured."""

    name = "trail"
    verbose_name = "The trail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Collect the decisions, once all models are known."""
        autodiscover_modules("capture")
