"""The trail app."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """Registers what other apps may plug into."""

    name = "trail"
    verbose_name = "The trail"
    default_auto_field = "django.db.models.BigAutoField"
