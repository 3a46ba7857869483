"""Evidence: what was measured or attested about a subject, never edited."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from governance.states import Producer, ReviewVerdict
from models_registry.models.immutable import WrittenOnce
from people.models import Signature, Team


class Evidence(WrittenOnce):
    """One finding of fact about one subject at one digest.

    `measures` is a list of ``{"name", "value", "low", "high", "n", "unit", "slice"}`` with the
    numbers as text (what is hashed is text). A newer piece of the same kind supersedes this one.
    """

    kind = models.CharField(max_length=40)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="evidence")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=255)
    subject_digest = models.CharField(max_length=64)
    producer = models.CharField(max_length=10, choices=Producer.choices)
    produced_by = models.CharField(max_length=100, help_text='as "run:12" or a person\'s ref')
    measures = models.JSONField(default=list)
    details = models.JSONField(default=dict, help_text="cells, tables, certificates, parameters")
    attachments = models.JSONField(default=list, help_text='[{"name", "digest", "media_type"}]')
    effective_from = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical content")
    filed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "evidence"
        indexes = [
            models.Index(
                name="governance_evidence_by_subject",
                fields=["subject_type", "subject_id", "kind", "-id"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="governance_a_run_files_a_kind_once",
                fields=["kind", "produced_by", "subject_type", "subject_id"],
                condition=models.Q(producer=Producer.RUN),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} of {self.subject_label}"


class EvidenceReview(WrittenOnce):
    """A reviewer accepted or returned the report that shows this evidence, and signed it."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=ReviewVerdict.choices)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who asked for the run that made it",
    )
    reason = models.TextField(blank=True)
    shown_digest = models.CharField(max_length=64, help_text="digest of the report that was read")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="governance_nobody_reviews_what_they_asked_for",
                condition=~models.Q(reviewer=models.F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer}"
