"""The one row that sequencers take turns to hold."""

from django.db import models


class Head(models.Model):
    """Size of the trail and the right edge of its tree. Updated by the sequencer alone."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    origin = models.CharField(max_length=200)
    epoch = models.PositiveIntegerField(default=1)
    size = models.BigIntegerField(default=0)
    edge = models.BinaryField(
        default=bytes, help_text="hashes of the complete subtrees, left to right"
    )
    longest_wait = models.BigIntegerField(
        default=0, help_text="the longest time from a happening to its checkpoint, microseconds"
    )

    class Meta:
        db_table = "trail_head"
        constraints = [
            models.CheckConstraint(name="trail_has_one_head", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"
