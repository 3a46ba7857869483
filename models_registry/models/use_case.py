"""Use cases: the AI system and what it is for."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.states import Domain, RiskTier
from people.models import Team


class UseCase(models.Model):
    """An AI system: its purpose, domain, jurisdictions and risk tier.

    The tier is not typed: it follows from `answers` to the questionnaire of version
    `questionnaire` (see `models_registry.rules`).
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="use_cases")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    purpose = models.TextField()
    domain = models.CharField(max_length=20, choices=Domain.choices)
    jurisdictions = models.JSONField(default=list, blank=True)
    questionnaire = models.PositiveSmallIntegerField(default=1)
    answers = models.JSONField(default=dict)
    risk_tier = models.CharField(max_length=12, choices=RiskTier.choices)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
