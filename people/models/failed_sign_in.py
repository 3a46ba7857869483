"""Failed sign-ins of the last minutes, counted so that guessing becomes slow."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class FailedSignInQuerySet(models.QuerySet["FailedSignIn"]):
    """Questions about recent failures."""

    def since(self, moment: datetime) -> "FailedSignInQuerySet":
        """Those from this moment on."""
        return self.filter(failed_at__gte=moment)

    def forget(self, age: timedelta) -> None:
        """Delete what is older than this; it no longer counts."""
        self.filter(failed_at__lt=timezone.now() - age).delete()


class FailedSignIn(models.Model):
    """One wrong password. Account and address are kept as digests, and only for minutes."""

    account_digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64)
    failed_at = models.DateTimeField(default=timezone.now)

    objects = FailedSignInQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="people_failures_of_account", fields=["account_digest", "failed_at"]),
            models.Index(name="people_failures_of_address", fields=["address_digest", "failed_at"]),
        ]
