"""Where writers leave what happened, in their own transaction."""

from django.db import models


class InboxRow(models.Model):
    """One happening that is committed but not yet numbered and hashed.

    Written by row triggers (`source` is ``row``; the body holds the old and new image) and by
    `record` (``service``). `context` is what the transaction said about itself, as JSON; empty
    when it said nothing. Writers only insert; the sequencer alone takes rows away.
    """

    source = models.CharField(max_length=10)
    event = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=64, blank=True, default="", db_default="")
    outcome = models.CharField(max_length=10, default="success", db_default="success")
    occurred_at = models.CharField(max_length=32)
    context = models.TextField(default="", db_default="")
    body = models.TextField(default="{}")

    class Meta:
        db_table = "trail_inbox"

    def __str__(self) -> str:
        return f"{self.event} {self.subject_type} {self.subject_id}"
