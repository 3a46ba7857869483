"""Runs: what was asked for, how far it is, what came out."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from audits.admin.forms import RunCancelled, SpecWritten
from audits.models import Run
from audits.permissions import MAY_REQUEST
from audits.services import scheduling
from audits.states import ENDED, RunState
from desk import related
from desk.acts import Act
from desk.badges import state_badge
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, code, digest, link
from desk.shown import page_of, when
from governance.models import Evidence
from models_registry.models import (
    Dataset,
    Deployment,
    ModelVersion,
    PredictionBatch,
    RegisteredModel,
    Snapshot,
)

_SUBJECTS: dict[str, type[Model]] = {
    "dataset": Dataset,
    "snapshot": Snapshot,
    "registered_model": RegisteredModel,
    "model_version": ModelVersion,
    "deployment": Deployment,
}


def subject_link(run: Run) -> Any:
    """The thing a run is about."""
    model = _SUBJECTS.get(run.subject_type)
    if model is None:
        return run.subject_label
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return link(reverse(name, args=[run.subject_id]), run.subject_label)


@admin.register(Run)
class RunAdmin(Desk):
    """Work for the workers."""

    team_path = "team"
    list_display = (
        "label",
        "kind_shown",
        "subject",
        "state_shown",
        "progress_shown",
        "requested_by",
        "requested_at",
        "took",
    )
    list_filter = ("state", "kind", "team")
    search_fields = ("subject_label", "subject_digest", "spec_digest")
    list_select_related = ("team", "requested_by")
    detail_select_related = ("team", "requested_by")
    detail_template = "desk/run.html"
    adders = tuple(sorted({role for roles in MAY_REQUEST.values() for role in roles}))
    add_form = SpecWritten
    add_title = "Request a run"
    added = "is asked for; a worker takes it up"
    acts = (
        Act(
            "cancel",
            "Cancel",
            RunCancelled,
            lambda run, by, said: scheduling.cancel(run, by=by),
            lambda request, run: not run.has_ended,
            "cancel",
            done="The run is called off.",
        ),
    )

    @display(description="Run", ordering="id")
    def label(self, run: Run) -> str:
        """Its number."""
        return f"Run {run.pk}"

    @display(description="Kind", ordering="kind")
    def kind_shown(self, run: Run) -> str:
        """What it does."""
        return run.get_kind_display()

    @display(description="About")
    def subject(self, run: Run) -> str:
        """What it is about."""
        return run.subject_label

    @display(description="State", ordering="state")
    def state_shown(self, run: Run) -> Any:
        """Waiting, running, or how it ended."""
        return state_badge(run.state, run.get_state_display())

    @display(description="Progress")
    def progress_shown(self, run: Run) -> Any:
        """A bar while it runs, its last words otherwise."""
        if run.state == RunState.RUNNING:
            return format_html(
                '<progress class="ds-progress" value="{}" max="1">{}</progress>',
                run.progress,
                run.progress_note,
            )
        return run.error[:80] if run.error else run.progress_note

    @display(description="Took")
    def took(self, run: Run) -> str:
        """From its last start to its end."""
        if run.started_at is None or run.ended_at is None:
            return "—"
        return f"{(run.ended_at - run.started_at).total_seconds():.1f} s"

    def get_urls(self) -> list[URLPattern]:
        place = path(
            "<int:pk>/progress/",
            self.admin_site.admin_view(self.progress_view),
            name="audits_run_progress",
        )
        return [place, *super().get_urls()]

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far a run is, for the page that shows it."""
        run = self._find(request, str(pk))
        return JsonResponse(
            {
                "state": run.state,
                "ended": run.state in ENDED,
                "progress": float(run.progress),
                "note": run.progress_note or run.get_state_display(),
            }
        )

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("About", subject_link(obj)),
                Fact("Team", obj.team),
                Fact("Asked for", f"{when(obj.requested_at)} by {obj.requested_by}"),
                Fact("Started", when(obj.started_at)),
                Fact("Ended", when(obj.ended_at)),
                Fact("Took", self.took(obj)),
                Fact("Attempt", obj.attempt),
                Fact("Worker", obj.worker),
                Fact("Digest of the spec", digest(obj.spec_digest), wide=True),
                Fact("Digest of the result", digest(obj.result_digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        held = Evidence.objects.filter(produced_by=obj.ref).select_related("report")
        rows = [(link(page_of(one), one), "—", digest(_fingerprint(one))) for one in _made_by(obj)]
        rows += [
            (link(page_of(one), f"Evidence: {one}"), _report_link(one), digest(one.digest))
            for one in held.defer("measures", "details")
        ]
        yield Panel(
            "What came out",
            ("What", "Report", "Digest"),
            rows,
            order=5,
            empty="Nothing yet." if not obj.has_ended else "Nothing.",
        )
        yield Panel("Spec", body=_json(obj.spec), order=20)
        if obj.result:
            yield Panel("Result", body=_json(obj.result), order=30)
        if obj.bundle:
            yield Panel("What is needed to repeat it", body=_json(obj.bundle), order=60)
        if obj.traceback and self.admin_site.roles_of(request) & {"operator", "owner"}:
            yield Panel("For operators", body=code(obj.traceback), order=70)

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"progress_url": reverse("admin:audits_run_progress", args=[obj.pk])}

    def create(self, answers: dict[str, Any], *, by: Any) -> Run:
        return scheduling.request_run(answers["kind"], answers["spec"], by=by)


def _made_by(run: Run) -> Iterator[Any]:
    """The snapshots, versions and predictions a run made."""
    for model in (Snapshot, ModelVersion, PredictionBatch):
        yield from model._default_manager.filter(made_by=run.ref)


def _fingerprint(made: Any) -> str:
    return getattr(made, "manifest_digest", "") or made.digest


def run_link(number: str) -> SafeString:
    """The page of the run of that number."""
    return link(reverse("admin:audits_run_change", args=[number]), f"run {number}")


related.offer_refs("run", run_link)


def _report_link(evidence: Evidence) -> Any:
    report = getattr(evidence, "report", None)
    return link(page_of(report), report) if report else "—"


def _json(value: Any) -> Any:
    return code(json.dumps(value, indent=2, ensure_ascii=False))
