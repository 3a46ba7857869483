"""The audits app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class AuditsConfig(AppConfig):
    """Has the verifier look at the stored reports too."""

    name = "audits"
    verbose_name = "Checks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Once all models are known, and so by name."""
        register_check = import_string("trail.services.register_check")
        register_check("reports", import_string("audits.services.reports.check_stored"))
