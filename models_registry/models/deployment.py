"""Environments, and the history of what ran in them."""

from typing import Any, Never

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from models_registry.errors import Immutable
from models_registry.models.registered_model import ModelVersion, RegisteredModel
from models_registry.states import DeploymentState


class Environment(models.Model):
    """A place where models run: staging, production."""

    name = models.SlugField(max_length=50, unique=True)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """Deployments; those that have ended can no longer be changed, and none can be deleted."""

    def live(self) -> "DeploymentQuerySet":
        """Those that run now."""
        return self.filter(state=DeploymentState.LIVE)

    def update(self, **changes: Any) -> int:
        """Close live deployments; refused if one of them has ended already."""
        if self.exclude(state=DeploymentState.LIVE).exists():
            raise Immutable("a deployment that has ended is never changed; go live anew")
        return super().update(**changes)

    def delete(self) -> Never:
        """Refused."""
        raise Immutable("a deployment is never deleted; it is ended, and stays as history")


class Deployment(models.Model):
    """One version in one environment, from when to when, on the strength of which certificate.

    A row is closed once and never overwritten; going back to a version is a new row.
    """

    registered_model = models.ForeignKey(
        RegisteredModel, on_delete=models.PROTECT, related_name="deployments"
    )
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="deployments"
    )
    state = models.CharField(
        max_length=12, choices=DeploymentState.choices, default=DeploymentState.LIVE
    )
    certificate_digest = models.CharField(max_length=64)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="registry_one_live_deployment_per_model_and_environment",
                fields=["registered_model", "environment"],
                condition=Q(state=DeploymentState.LIVE),
            ),
            models.CheckConstraint(
                name="registry_a_deployment_is_live_or_has_ended",
                condition=Q(state=DeploymentState.LIVE, ended_at__isnull=True)
                | (~Q(state=DeploymentState.LIVE) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="registry_nothing_is_deployed_without_a_certificate",
                condition=~Q(certificate_digest=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} in {self.environment}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; later changes go through the queryset, which knows what has ended."""
        if not self._state.adding:
            raise Immutable(f"deployment {self.pk} is not edited; it is ended, once")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refused."""
        raise Immutable(f"deployment {self.pk} is never deleted; it stays as history")
