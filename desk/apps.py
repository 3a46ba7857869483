"""The desk app: templates and static files of the admin pages."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Brings templates and static files; it has no models."""

    name = "desk"
    verbose_name = "Desk"
