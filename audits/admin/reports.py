"""Reports: read on their page, accepted or returned there with a signature."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from audits import permissions
from audits.admin.forms import ACCEPT, Reviewed
from audits.admin.runs import subject_link
from audits.models import Report
from audits.reports.style import content_security_policy
from audits.services import reports
from audits.states import ReportState
from desk import related
from desk.acts import Act
from desk.badges import badge, state_badge
from desk.forms import DeskForm
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, digest, link, prose
from desk.shown import page_of, when
from governance.models import Evidence
from people.errors import NotPermitted
from people.models import User


def review(report: Report, by: User, said: dict[str, Any]) -> Report:
    """Hand a review to the service it belongs to."""
    signed = {"by": by, "password": said["password"], "reason": said["reason"]}
    if said["verdict"] == ACCEPT:
        return reports.accept(report, **signed)
    return reports.return_(report, **signed)


@admin.register(Report)
class ReportAdmin(Desk):
    """What runs found, drawn for people to read."""

    team_path = "run__team"
    list_display = (
        "title",
        "kind",
        "state_shown",
        "team",
        "asked_by",
        "drafted_at",
        "reviewed_by",
        "reviewed_at",
    )
    list_filter = ("state", "evidence__kind", "run__team")
    search_fields = ("title", "digest")
    list_select_related = ("evidence", "run__team", "run__requested_by", "reviewed_by")
    detail_select_related = ("evidence", "run__team", "run__requested_by", "reviewed_by")
    detail_template = "desk/report.html"
    acts = (
        Act(
            "review",
            "",
            Reviewed,
            review,
            lambda request, report: report.state == ReportState.DRAFT,
            done="Your review is signed and recorded.",
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.page_view)
        return [path("<int:pk>/page/", page, name="audits_report_page"), *super().get_urls()]

    def page_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The stored report alone, to read at full width or to print; `?file` downloads it."""
        report = self._find(request, str(pk))
        html = reports.html(report)
        page = HttpResponse(html, content_type="text/html; charset=utf-8")
        page["Content-Security-Policy"] = content_security_policy(html)
        if "file" in request.GET:
            page["Content-Disposition"] = f'attachment; filename="report-{report.pk}.html"'
        return page

    @display(description="Kind", ordering="evidence__kind")
    def kind(self, report: Report) -> str:
        """Of the evidence it shows."""
        return report.evidence.kind.replace("_", " ")

    @display(description="State", ordering="state")
    def state_shown(self, report: Report) -> Any:
        """A draft, accepted or returned."""
        return state_badge(report.state, report.get_state_display())

    @display(description="Team")
    def team(self, report: Report) -> str:
        """Whose it is."""
        return str(report.run.team)

    @display(description="Asked for by")
    def asked_by(self, report: Report) -> str:
        """Who may not review it."""
        return str(report.run.requested_by)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)
        yield badge(self.kind(obj).capitalize())

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        reviewed = f"{when(obj.reviewed_at)} by {obj.reviewed_by}" if obj.reviewed_by else "—"
        yield Section(
            "",
            [
                Fact("About", subject_link(obj.run)),
                Fact("Evidence", link(page_of(obj.evidence), obj.evidence)),
                Fact("Run", link(page_of(obj.run), f"Run {obj.run_id}")),
                Fact("Asked for by", obj.run.requested_by),
                Fact("Reviewed", reviewed),
                Fact("Reason", prose(obj.review_reason)),
                Fact("Digest", digest(obj.digest), wide=True),
            ],
        )

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        alone = reverse("admin:audits_report_page", args=[obj.pk])
        context = {"html": "", "unreadable": "", "why_not": "", "alone": alone}
        try:
            context["html"] = reports.html(obj)
        except self.admin_site.refusals as refusal:
            context["unreadable"] = refusal.message
        if obj.state != ReportState.DRAFT:
            return context
        try:
            permissions.check_may_review(request.user, obj)  # type: ignore[arg-type]
        except NotPermitted as refusal:
            return {**context, "why_not": refusal.message}
        form = getattr(request, "_review_form", None) or self._bind(Reviewed, request, obj)
        return {
            **context,
            "form": form,
            "act_url": f"{page_of(obj).removesuffix('change/')}review/",
        }

    def refused(self, request: HttpRequest, obj: Any, act: Act, form: DeskForm) -> HttpResponse:
        """A review that could not be taken is shown on the page it was taken from."""
        request._review_form = form  # type: ignore[attr-defined]
        status = 422 if form.errors else 200
        context = self._context(request, obj)
        return TemplateResponse(request, self.detail_template, context, status=status)


def report_panel(request: HttpRequest, evidence: Any) -> Panel | None:
    """The report that shows a piece of evidence."""
    held = Report.objects.filter(evidence=evidence).select_related("reviewed_by")
    rows = [
        (
            link(page_of(one), one),
            state_badge(one.state, one.get_state_display()),
            one.reviewed_by or "—",
        )
        for one in held
    ]
    return Panel("Report", ("Report", "State", "Reviewed by"), rows, order=4) if rows else None


related.offer_panel("governance.Evidence", report_panel)


def report_links(evidence: Sequence[Evidence]) -> dict[int, SafeString]:
    """Where the report of each piece of evidence is, in one query."""
    held = Report.objects.filter(evidence__in=evidence)
    return {one.evidence_id: link(page_of(one), "Read the report") for one in held}


related.offer_links("governance.Evidence", report_links)
