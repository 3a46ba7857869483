"""How Assay is put together: settings, addresses, the queue, the desk."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
