"""Datasets, their immutable snapshots, and how one came from another."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce
from models_registry.states import Classification, Part
from people.models import Team


class Dataset(models.Model):
    """A named source of rows, with what is known about why it may be used."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    purpose = models.TextField()
    lawful_basis = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    classification = models.CharField(
        max_length=12, choices=Classification.choices, default=Classification.CONFIDENTIAL
    )
    target = models.CharField(max_length=200, blank=True)
    sensitive_features = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Recipe(WrittenOnce):
    """Declared, replayable preparation; immutable, known by its digest."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="recipes")
    name = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    steps = models.JSONField()
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="registry_recipe_numbers_do_not_repeat", fields=["team", "name", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Snapshot(WrittenOnce):
    """The rows of a dataset at one moment: typed Parquet, known by the digest of its bytes."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.RAW)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the stored Parquet bytes")
    size = models.BigIntegerField(help_text="bytes")
    rows = models.BigIntegerField()
    columns = models.JSONField(help_text='[{"name", "type", "nulls"}]')
    source_name = models.CharField(max_length=255, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=64, blank=True, help_text='the run, as "run:12"')
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    parents: models.ManyToManyField = models.ManyToManyField(
        "self", through="Lineage", symmetrical=False, related_name="children"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="registry_snapshot_numbers_do_not_repeat", fields=["dataset", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} #{self.number} ({self.part})"


class Lineage(WrittenOnce):
    """One snapshot came from another, through a recipe."""

    child = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="came_from")
    parent = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="became")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="registry_lineage_is_said_once", fields=["child", "parent"]
            ),
            models.CheckConstraint(
                name="registry_nothing_comes_from_itself",
                condition=~models.Q(child=models.F("parent")),
            ),
        ]
