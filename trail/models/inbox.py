"""Where writers leave what happened, in their own transaction."""

from django.db import models


class InboxRow(models.Model):
    """One happening that is committed but not yet numbered and hashed.

    Written by row triggers (`source` = ``trigger``) and by `record` (``service``); taken by the
    sequencer. The application may only insert.
    """

    source = models.CharField(max_length=10)
    event = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True, default="")
    run_id = models.CharField(max_length=64, blank=True, default="")
    txn = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=10, default="success")
    occurred_at = models.CharField(max_length=32)
    context = models.TextField(default="{}")
    body = models.TextField(default="{}")

    class Meta:
        db_table = "trail_inbox"
