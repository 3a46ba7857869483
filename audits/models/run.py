"""Runs: one piece of work, asked for once and carried out once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from audits.states import ENDED, RunKind, RunState
from people.models import Team


class Run(models.Model):
    """One piece of work for a worker. This row is the truth; the broker only a bell.

    A worker claims it with one UPDATE that raises `attempt`, keeps `lease_ends_at` ahead by
    heartbeat, and may write results only while `attempt` is still its own.
    """

    kind = models.CharField(max_length=12, choices=RunKind.choices)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="runs")
    spec = models.JSONField()
    spec_version = models.PositiveSmallIntegerField(default=1)
    spec_digest = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=255)
    subject_digest = models.CharField(max_length=64, blank=True)
    queue = models.CharField(max_length=10, default="heavy")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    lease_ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    progress = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    result_digest = models.CharField(max_length=64, blank=True)
    bundle = models.JSONField(default=dict, help_text="what is needed to repeat it")
    error = models.TextField(blank=True, help_text="a sentence for people")
    traceback = models.TextField(blank=True, help_text="for operators")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                name="audits_runs_not_ended",
                fields=["state", "lease_ends_at"],
                condition=Q(state__in=[RunState.QUEUED, RunState.RUNNING]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="audits_a_run_has_ended_or_has_not",
                condition=Q(state__in=[RunState.QUEUED, RunState.RUNNING], ended_at__isnull=True)
                | (
                    ~Q(state__in=[RunState.QUEUED, RunState.RUNNING])
                    & Q(ended_at__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject_label}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
