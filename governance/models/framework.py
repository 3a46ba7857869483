"""Frameworks, their requirements, and the controls that answer them."""

from django.db import models


class Framework(models.Model):
    """A law, regulation or standard, in our own words."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=255)
    version = models.CharField(max_length=255, blank=True)
    jurisdiction = models.CharField(max_length=60, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Control(models.Model):
    """Something an organisation does, shown by evidence of the kinds it names."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    evidence_kinds = models.JSONField(default=list)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Requirement(models.Model):
    """One demand of a framework, with its citation and how sure that citation is."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="requirements")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=255)
    text = models.TextField()
    citation = models.CharField(max_length=255)
    basis = models.CharField(max_length=20)
    scope = models.CharField(max_length=20, blank=True)
    evidence_kinds = models.JSONField(default=list, help_text="every one of them is needed")
    controls = models.ManyToManyField(Control, related_name="requirements")

    class Meta:
        ordering = ["framework_id", "id"]
        constraints = [
            models.UniqueConstraint(
                name="governance_requirement_slugs_do_not_repeat", fields=["framework", "slug"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.citation}: {self.title}"
