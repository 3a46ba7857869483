"""What the row triggers were last told to capture."""

from django.db import models


class CapturedTable(models.Model):
    """One governed table and the digest of its triggers' text, as last installed.

    When the text changes (a column came), every row is adopted anew, so that the trail knows
    its state; when only the triggers are gone, nothing is adopted and verification speaks.
    """

    table_name = models.CharField(max_length=100, primary_key=True)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "trail_captured_table"

    def __str__(self) -> str:
        return self.table_name
