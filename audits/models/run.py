"""Runs: one piece of work, asked for once and carried out once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from audits.states import ENDED, RunKind, RunState
from people.models import Team


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about runs, and the three writes that are guarded by the attempt."""

    def due(self, now: datetime, *, waiting_since: datetime) -> "RunQuerySet":
        """Runs a worker should have taken by now: waiting too long, or lost by their worker."""
        waiting = Q(state=RunState.QUEUED, not_before__lte=now, requested_at__lte=waiting_since)
        return self.filter(waiting | Q(state=RunState.RUNNING, lease_ends_at__lt=now))

    def claim(self, run_id: int, *, worker: str, lease: timedelta) -> "Run | None":
        """Take a waiting or lost run for this worker; None if there is nothing to take.

        One UPDATE decides, and raises `attempt`. A run whose worker was lost counts a crash:
        what it does may be what kills its workers.
        """
        now = timezone.now()
        taken = {
            "state": RunState.RUNNING,
            "attempt": F("attempt") + 1,
            "worker": worker,
            "started_at": now,
            "lease_ends_at": now + lease,
            "progress": 0,
            "progress_note": "",
        }
        waiting = self.filter(pk=run_id, state=RunState.QUEUED, not_before__lte=now)
        lost = self.filter(pk=run_id, state=RunState.RUNNING, lease_ends_at__lt=now)
        if waiting.update(**taken) or lost.update(**taken, crashes=F("crashes") + 1):
            return self.select_related("requested_by", "team").get(pk=run_id)
        return None

    def held(self, run: "Run") -> "RunQuerySet":
        """The row, while this attempt is still the one that may write."""
        return self.filter(pk=run.pk, state=RunState.RUNNING, attempt=run.attempt)


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
    crashes = models.PositiveSmallIntegerField(default=0)
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

    objects = RunQuerySet.as_manager()

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
                | (~Q(state__in=[RunState.QUEUED, RunState.RUNNING]) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="audits_a_running_run_has_a_worker_and_a_lease",
                condition=~Q(state=RunState.RUNNING)
                | (Q(lease_ends_at__isnull=False, attempt__gte=1) & ~Q(worker="")),
            ),
            models.CheckConstraint(
                name="audits_a_result_has_a_digest",
                condition=~Q(state=RunState.SUCCEEDED) | ~Q(result_digest=""),
            ),
            models.CheckConstraint(
                name="audits_a_failure_says_why",
                condition=~Q(state=RunState.FAILED) | ~Q(error=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject_label}"

    @property
    def ref(self) -> str:
        """How other records name it: ``run:12``."""
        return f"run:{self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
