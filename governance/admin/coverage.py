"""Frameworks, their requirements, and which of these the evidence held answers."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from desk.badges import badge
from desk.forms import DeskForm
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, prose
from governance.admin.shown import evidence_link, kind_words, verdict_badge
from governance.models import Framework
from governance.services import coverage
from governance.services.coverage import RequirementVerdict
from models_registry.models import ModelVersion


class Chosen(DeskForm):
    """Whose coverage is shown."""

    version = forms.ModelChoiceField(
        ModelVersion.objects.none(), label="Coverage of", empty_label="Choose a model version"
    )

    def prepare(self) -> None:
        """Versions of teams this person sees."""
        field: Any = self.fields["version"]
        rows = ModelVersion.objects.select_related("registered_model").order_by("-id")
        field.queryset = self.within(rows, "registered_model__use_case__team")


@admin.register(Framework)
class FrameworkAdmin(Desk):
    """Laws and standards, in our own words."""

    list_display = ("title", "jurisdiction", "version", "requirements_held")
    search_fields = ("title", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of requirements; for people with some role."""
        rows = super().get_queryset(request).annotate(many=Count("requirements"))
        some = self.admin_site.roles_of(request) or self.admin_site.reads_everything(request)
        return rows if some else rows.none()

    @display(description="Requirements", ordering="many")
    def requirements_held(self, framework: Any) -> int:
        """How many."""
        return int(framework.many)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        if obj.jurisdiction:
            yield badge(obj.jurisdiction)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section("", [Fact("Version", obj.version), Fact("About", prose(obj.text), wide=True)])

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        asked = {"version": request.GET["version"]} if request.GET.get("version") else None
        form = Chosen(asked, request=request, desk=self)
        yield Panel("Coverage", body=_picker(form), order=1)
        if asked and form.is_valid():
            yield self._covered(obj, form.cleaned_data["version"])
        else:
            yield self._requirements(obj)

    def _covered(self, framework: Framework, version: ModelVersion) -> Panel:
        verdicts = coverage.of(framework, version)
        rows = [
            (verdict_badge(one.verdict), _cited(one.requirement), _answers(one), one.why)
            for one in verdicts
        ]
        title = f"{coverage.met(verdicts)} of {len(verdicts)} requirements answered by {version}"
        return Panel(title, ("", "Requirement", "Evidence", "Why"), rows, order=5)

    def _requirements(self, framework: Framework) -> Panel:
        held = framework.requirements.prefetch_related("controls")
        rows = [
            (_cited(one), prose(one.text), ", ".join(str(c) for c in one.controls.all()))
            for one in held
        ]
        return Panel(
            "Requirements",
            ("Requirement", "What it asks", "Controls"),
            rows,
            total=len(rows),
            order=5,
        )


def _picker(form: Chosen) -> SafeString:
    return format_html(
        '<form method="get" class="ds-tools"><div style="min-width:16rem">{}</div>'
        '<button class="ds-button ds-main">Show</button></form>',
        form["version"],
    )


def _cited(requirement: Any) -> SafeString:
    return format_html(
        '<strong>{}</strong><div class="ds-soft ds-small">{}</div>',
        requirement.title,
        requirement.citation,
    )


def _answers(verdict: RequirementVerdict) -> SafeString:
    return format_html_join(
        "",
        "<div>{}</div>",
        (
            (evidence_link(one.evidence) if one.evidence else kind_words(one.kind),)
            for one in verdict.answers
        ),
    )
