"""The models_registry app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class ModelsRegistryConfig(AppConfig):
    """Has the verifier look at the stored bytes, manifests and recipes too."""

    name = "models_registry"
    verbose_name = "Inventory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Once all models are known, and so by name."""
        import_string("models_registry.services.integrity.register_all")()
