"""What audits lends to the inventory's pages: the checks one can ask for, and their runs."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from audits.admin import forms
from audits.admin.forms import RunForm
from audits.models import Report, Run
from audits.permissions import MAY_REQUEST
from audits.services import intake, scheduling
from audits.states import RunKind
from desk import related
from desk.acts import Act
from desk.badges import state_badge
from desk.page import Panel, link
from desk.shown import page_of, when
from people.models import User

_DONE = "The run is requested; a worker takes it up."


def _may(kind: RunKind) -> Callable[[HttpRequest, Any], bool]:
    def offered(request: HttpRequest, obj: Any) -> bool:
        user = request.user
        if not isinstance(user, User):
            return False
        return user.grants.filter(role__in=MAY_REQUEST[kind]).exists()

    return offered


def _run(label: str, icon: str, form: type[RunForm]) -> Act:
    """An act that asks for one kind of run about the page's object."""
    kind = form.kind
    return Act(
        f"run-{kind}",
        label,
        form,
        lambda obj, by, said: scheduling.request_run(kind, said["spec"], by=by),
        _may(kind),
        icon,
        done=_DONE,
    )


def _file(said: dict[str, Any]) -> intake.File:
    """The uploaded file, with how a CSV is to be read."""
    return intake.File(said["file"], said["file"].name, {"delimiter": said["delimiter"]})


def _upload(name: str, label: str, take: Callable[..., Run]) -> Act:
    return Act(
        name,
        label,
        forms.Uploaded,
        lambda obj, by, said: take(obj.pk, _file(said), by=by),
        _may(RunKind.INGEST),
        "upload_file",
        done="The file is kept; a run reads it in.",
    )


related.offer_acts(
    "models_registry.Dataset", _upload("upload", "Upload a snapshot", intake.snapshot)
)
related.offer_acts(
    "models_registry.Snapshot",
    _run("Profile", "query_stats", forms.ProfileAsked),
    _run("Prepare", "cleaning_services", forms.PrepareAsked),
    _run("Train", "model_training", forms.TrainAsked),
)
related.offer_acts(
    "models_registry.ModelVersion",
    _run("Validate", "fact_check", forms.ValidateAsked),
    _run("Assess fairness", "balance", forms.FairnessAsked),
    _run("Explain", "insights", forms.ExplainAsked),
)
related.offer_acts(
    "models_registry.Deployment",
    _run("Monitor", "monitoring", forms.MonitorAsked),
    _upload("upload-predictions", "Upload predictions", intake.predictions),
    _upload("upload-outcomes", "Upload outcomes", intake.outcomes),
)


def _runs_about(subject_type: str) -> Callable[[HttpRequest, Model], Panel]:
    """The runs about a thing, newest first."""

    def panel(request: HttpRequest, subject: Model) -> Panel:
        about = {"subject_type": subject_type, "subject_id": str(subject.pk)}
        held = Run.objects.filter(**about).select_related("requested_by", "report")
        rows = [
            (
                link(page_of(one), f"Run {one.pk}"),
                one.get_kind_display(),
                state_badge(one.state, one.get_state_display()),
                _report(one),
                one.requested_by,
                when(one.requested_at),
            )
            for one in held.defer("spec", "result", "bundle", "traceback")[:50]
        ]
        heads = ("Run", "Kind", "State", "Report", "Asked for by", "When")
        return Panel("Runs", heads, rows, total=len(rows), order=30)

    return panel


def _report(run: Run) -> Any:
    report: Report | None = getattr(run, "report", None)
    if report is None:
        return "—"
    return link(page_of(report), report.get_state_display())


related.offer_panel("models_registry.Dataset", _runs_about("dataset"))
related.offer_panel("models_registry.Snapshot", _runs_about("snapshot"))
related.offer_panel("models_registry.RegisteredModel", _runs_about("registered_model"))
related.offer_panel("models_registry.ModelVersion", _runs_about("model_version"))
related.offer_panel("models_registry.Deployment", _runs_about("deployment"))
