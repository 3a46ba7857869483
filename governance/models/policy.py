"""Policies, and their immutable versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.states import PolicyState
from people.models import Team


class Policy(models.Model):
    """A named set of demands. What it asks for is in its versions.

    A policy without a team binds every team; a standing policy came with the product and
    governs changes to policies and waivers themselves.
    """

    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="policies"
    )
    slug = models.SlugField(max_length=100, unique=True)
    standing = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.slug


class PolicyVersion(models.Model):
    """One YAML document, as it was written, and as it was read."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="the YAML document")
    document = models.JSONField(help_text="the same, parsed")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical document")
    state = models.CharField(max_length=12, choices=PolicyState.choices, default=PolicyState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    in_force_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="governance_policy_numbers_do_not_repeat", fields=["policy", "number"]
            ),
            models.UniqueConstraint(
                name="governance_one_version_of_a_policy_is_in_force",
                fields=["policy"],
                condition=Q(state=PolicyState.IN_FORCE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"
