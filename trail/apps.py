"""The trail app."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from trail.receivers import check_triggers, install_triggers


class TrailConfig(AppConfig):
    """Reads every app's `capture.py`, where each decides what of it is captured."""

    name = "trail"
    verbose_name = "Trail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Collect the decisions, once all models are known; keep the triggers in step."""
        autodiscover_modules("capture")
        post_migrate.connect(install_triggers, sender=self)
        register(Tags.database)(check_triggers)
