"""Waivers: a rule set aside for one subject, with a reason and an end."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.states import WaiverState
from people.models import Team


class Waiver(models.Model):
    """One rule of one policy, set aside for one subject in one environment until a date.

    It is itself approved by people other than its author before it holds.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="waivers")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=255)
    subject_digest = models.CharField(max_length=64)
    environment = models.CharField(max_length=50, blank=True, default="")
    policy_digest = models.CharField(max_length=64, help_text="of the policy version it bends")
    rule = models.CharField(max_length=200, help_text="the rule's key in that policy")
    reason = models.TextField()
    compensating_measures = models.TextField(blank=True)
    ends_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=WaiverState.choices, default=WaiverState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="governance_one_waiver_in_force_per_rule_and_subject",
                fields=["subject_type", "subject_id", "environment", "policy_digest", "rule"],
                condition=Q(state=WaiverState.IN_FORCE),
            ),
            models.CheckConstraint(
                name="governance_a_waiver_ends_after_it_is_proposed",
                condition=Q(ends_at__gt=models.F("proposed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} waived for {self.subject_label}"
