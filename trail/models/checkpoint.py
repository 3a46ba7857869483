"""Checkpoints: signed statements of the trail's size and root."""

from django.db import models

from trail.models.append_only import AppendOnly


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

    def __str__(self) -> str:
        return f"{self.name} {self.key_id}"


class Checkpoint(AppendOnly):
    """A signed note (C2SP tlog-checkpoint): origin, size, root.

    `signed_at` never runs backwards and is never before a time among the entries it covers, so
    a question about a time becomes a question about numbers.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField(db_index=True)

    class Meta(AppendOnly.Meta):
        abstract = False
        db_table = "trail_checkpoint"
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"{self.size} {bytes(self.root).hex()}"


class Tile(AppendOnly):
    """Up to 256 hashes of one level of the tree (C2SP tlog-tiles).

    Level 0 is kept when it is full (what is not yet full stands in the entries); higher levels
    at every width they reach, so that no row is ever changed.
    """

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    width = models.PositiveSmallIntegerField()
    hashes = models.BinaryField()

    class Meta(AppendOnly.Meta):
        abstract = False
        db_table = "trail_tile"
        constraints = [
            models.UniqueConstraint(
                name="trail_a_tile_is_kept_once", fields=["level", "number", "width"]
            ),
        ]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.number}.{self.width}"
