"""Reports: a finished run, drawn for people to read."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from audits.models.run import Run
from audits.states import ReportState
from governance.models import Evidence


class Report(models.Model):
    """An HTML page drawn from one piece of evidence; accepted or returned by a reviewer."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="report")
    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="report")
    title = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the stored HTML")
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.DRAFT)
    drafted_at = models.DateTimeField(default=timezone.now)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="audits_a_report_is_a_draft_or_has_been_reviewed",
                condition=models.Q(state=ReportState.DRAFT, reviewed_at__isnull=True)
                | (
                    ~models.Q(state=ReportState.DRAFT)
                    & models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title
