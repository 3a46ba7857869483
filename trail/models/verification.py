"""What verifications found."""

from django.db import models


class VerificationRecord(models.Model):
    """One verification: how far it read, what root it found, what was wrong."""

    at = models.DateTimeField()
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    ok = models.BooleanField()
    faults = models.JSONField(default=list, help_text='[{"place", "message"}], the first hundred')
    seconds = models.DecimalField(max_digits=10, decimal_places=3)

    class Meta:
        db_table = "trail_verification"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.size} {'ok' if self.ok else 'faults'}"
