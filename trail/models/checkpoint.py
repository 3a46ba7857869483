"""Checkpoints: signed statements of the trail's size and root."""

from django.db import models


class SigningKey(models.Model):
    """A public key that signs or signed something, for one purpose, and since when."""

    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=20)
    public_key = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=8)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "trail_signing_key"
        constraints = [
            models.UniqueConstraint(
                name="trail_a_key_is_listed_once", fields=["purpose", "public_key"]
            ),
        ]


class Checkpoint(models.Model):
    """A signed note (C2SP tlog-checkpoint): origin, size, root."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "trail_checkpoint"
        ordering = ["-size"]


class Tile(models.Model):
    """256 hashes of one level of the tree (C2SP tlog-tiles), or fewer at the right edge."""

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    width = models.PositiveSmallIntegerField()
    hashes = models.BinaryField()

    class Meta:
        db_table = "trail_tile"
        constraints = [
            models.UniqueConstraint(
                name="trail_a_tile_is_kept_once", fields=["level", "number", "width"]
            ),
        ]
