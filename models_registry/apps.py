"""The models_registry app."""

from django.apps import AppConfig


class ModelsRegistryConfig(AppConfig):
    """Registers what other apps may plug into."""

    name = "models_registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"
