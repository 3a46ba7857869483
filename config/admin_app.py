"""Puts Assay's own site in the place of Django's default admin site."""

from django.contrib.admin.apps import AdminConfig


class AssayAdminConfig(AdminConfig):
    """The apps' `admin` modules register with `AssaySite`."""

    default_site = "config.admin_site.AssaySite"
