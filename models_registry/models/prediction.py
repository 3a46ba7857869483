"""What a deployment answered, what really happened, and what people say about it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.deployment import Deployment
from models_registry.models.immutable import WrittenOnce
from models_registry.states import BatchSource, FeedbackKind


class PredictionBatch(WrittenOnce):
    """Predictions as one immutable Parquet segment: prediction_id, inputs, score, prediction."""

    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="prediction_batches"
    )
    source = models.CharField(max_length=10, choices=BatchSource.choices)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes")
    rows = models.BigIntegerField()
    made_by = models.CharField(max_length=64, blank=True, help_text='the run, as "run:12"')
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "prediction batches"

    def __str__(self) -> str:
        return f"{self.rows} predictions of {self.deployment}"


class OutcomeBatch(WrittenOnce):
    """What really happened, as one immutable Parquet segment: prediction_id, outcome."""

    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="outcome_batches"
    )
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes")
    rows = models.BigIntegerField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "outcome batches"

    def __str__(self) -> str:
        return f"{self.rows} outcomes of {self.deployment}"


class Feedback(WrittenOnce):
    """What somebody says about one prediction."""

    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="feedback")
    prediction_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=FeedbackKind.choices)
    comment = models.TextField(blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    filed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"{self.kind}: {self.prediction_id}"
