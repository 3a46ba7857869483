"""Electronic signatures, as 21 CFR 11.50 and 11.70 describe them."""

from django.conf import settings
from django.db import models


class Signature(models.Model):
    """A person signed a statement with a stated meaning, having authenticated for it.

    `statement_sha256` is the digest of the exact text signed, which names what was decided
    and its digest, so a signature cannot be moved to something else.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures"
    )
    meaning = models.CharField(max_length=40)
    statement = models.TextField()
    statement_sha256 = models.CharField(max_length=64)
    signed_name = models.CharField(max_length=200)
    method = models.CharField(max_length=20, default="password")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.signed_name}: {self.meaning}"
