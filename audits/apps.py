"""The audits app."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    """Registers what other apps may plug into."""

    name = "audits"
    verbose_name = "Audits"
    default_auto_field = "django.db.models.BigAutoField"
