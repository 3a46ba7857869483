"""Entries: what happened, in order, for good."""

from django.db import models

from trail.models.append_only import AppendOnly


class Entry(AppendOnly):
    """One numbered happening. The hashed bytes are `envelope`; the columns only index them.

    The envelope holds no personal data: opaque references and a commitment to the payload.
    """

    index = models.BigIntegerField(primary_key=True)
    event = models.CharField(max_length=100)
    actor = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True, default="")
    run_id = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=10)
    envelope = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        abstract = False
        db_table = "trail_entry"
        ordering = ["-index"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(name="trail_by_actor", fields=["actor", "index"]),
            models.Index(name="trail_by_event", fields=["event", "index"]),
            models.Index(name="trail_by_actor_event", fields=["actor", "event", "index"]),
            models.Index(name="trail_by_subject", fields=["subject_type", "subject_id", "index"]),
            models.Index(name="trail_by_time", fields=["occurred_at", "index"]),
            models.Index(
                name="trail_by_request",
                fields=["request_id", "index"],
                condition=~models.Q(request_id=""),
            ),
            models.Index(
                name="trail_by_run", fields=["run_id", "index"], condition=~models.Q(run_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.event}"


class SubjectKey(models.Model):
    """The key that opens one subject's payloads; destroying it erases them (crypto-shredding).

    It is kept wrapped (RFC 3394) under the installation's payload key, which is not in the
    database: a copy of the database alone opens nothing.
    """

    subject_ref = models.CharField(max_length=128, unique=True)
    key = models.BinaryField(max_length=40)

    class Meta:
        db_table = "trail_subject_key"

    def __str__(self) -> str:
        return self.subject_ref


class Payload(AppendOnly):
    """What an entry commits to: old and new values, reason, meaning; encrypted, erasable."""

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="payload"
    )
    subject_key = models.ForeignKey(SubjectKey, on_delete=models.PROTECT, related_name="+")
    salt = models.BinaryField(max_length=16)
    nonce = models.BinaryField(max_length=12)
    ciphertext = models.BinaryField()

    class Meta(AppendOnly.Meta):
        abstract = False
        db_table = "trail_payload"

    def __str__(self) -> str:
        return f"payload of {self.pk}"
