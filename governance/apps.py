"""The governance app."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Registers what other apps may plug into."""

    name = "governance"
    verbose_name = "Governance"
    default_auto_field = "django.db.models.BigAutoField"
