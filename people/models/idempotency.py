"""The answers already given, so that a repeated POST is answered and not done again."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotentAnswer(models.Model):
    """The answer to one `Idempotency-Key` of one account, kept for a day.

    Without a status the first request is still being answered, or ended without an answer.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, default="")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="people_one_answer_per_account_and_key", fields=["user", "key"]
            ),
        ]
