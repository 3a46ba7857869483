"""Registered models and their immutable versions."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.dataset import Recipe, Snapshot
from models_registry.models.immutable import WrittenOnce
from models_registry.models.use_case import UseCase
from models_registry.states import ArtifactFormat, Task


class RegisteredModel(models.Model):
    """A model as people speak of it; its versions are what is trained, judged and deployed."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    task = models.CharField(max_length=30, choices=Task.choices, default=Task.BINARY)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class ModelVersion(WrittenOnce):
    """One trained model. Everything it rests on is in `manifest`, which has one digest.

    The manifest names: artifacts by digest, signature, training and test snapshots by digest,
    recipe, parameters, seed, code revision, libraries.
    """

    registered_model = models.ForeignKey(
        RegisteredModel, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    manifest = models.JSONField()
    manifest_digest = models.CharField(max_length=64)
    training_snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, related_name="trained"
    )
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, null=True, related_name="trained")
    note = models.TextField(blank=True)
    made_by = models.CharField(max_length=64, blank=True, help_text='the run, as "run:12"')
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="registry_version_numbers_do_not_repeat",
                fields=["registered_model", "number"],
            ),
            models.UniqueConstraint(
                name="registry_a_run_makes_one_version",
                fields=["made_by"],
                condition=~models.Q(made_by=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registered_model} v{self.number}"


class Artifact(WrittenOnce):
    """The bytes of a version in one format, in content-addressed storage."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="artifacts")
    format = models.CharField(max_length=10, choices=ArtifactFormat.choices)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="registry_one_artifact_per_version_and_format",
                fields=["version", "format"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} as {self.format}"
