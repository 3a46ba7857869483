"""Environments, deployments, predictions, outcomes and feedback."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from desk.badges import badge, state_badge
from desk.model_admin import Act, Desk
from desk.page import Fact, Panel, Section, digest, link, prose
from desk.shown import page_of, when
from models_registry.admin.forms import NewEnvironment, NewFeedback
from models_registry.models import (
    Deployment,
    Environment,
    Feedback,
    OutcomeBatch,
    PredictionBatch,
)
from models_registry.services import environments, feedback
from models_registry.states import DeploymentState
from people.states import Role

_TEAM = "deployment__registered_model__use_case__team"
_NAMES = ("deployment__version__registered_model", "deployment__environment")


@admin.register(Environment)
class EnvironmentAdmin(Desk):
    """Places where models run. They belong to no team."""

    list_display = ("name", "description", "live_models")
    search_fields = ("name", "description")
    adders = (Role.OPERATOR,)
    add_form = NewEnvironment

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many of the models this person sees are live there."""
        teams = self.admin_site.visible_teams(request)
        seen = Q(
            deployments__state=DeploymentState.LIVE,
            deployments__registered_model__use_case__team__in=teams,
        )
        rows = super().get_queryset(request)
        if not teams.exists() and not self.admin_site.reads_everything(request):
            rows = rows.none()
        return rows.annotate(live_count=Count("deployments", filter=seen, distinct=True))

    @display(description="Live models", ordering="live_count")
    def live_models(self, environment: Any) -> int:
        """How many answer there."""
        return int(environment.live_count)

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return str(obj.description)

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        teams = self.admin_site.visible_teams(request)
        held = obj.deployments.filter(registered_model__use_case__team__in=teams)
        rows = [
            (
                link(page_of(one), one.version),
                state_badge(one.state, one.get_state_display()),
                when(one.started_at),
                one.started_by,
                when(one.ended_at),
            )
            for one in held.select_related("version__registered_model", "started_by")[:100]
        ]
        heads = ("Version", "State", "From", "By", "Until")
        yield Panel("Deployments", heads, rows, empty="Nothing ran here yet.", order=5)

    def create(self, answers: dict[str, Any], *, by: Any) -> Environment:
        return environments.create(**answers, by=by)


@admin.register(Deployment)
class DeploymentAdmin(Desk):
    """What ran where, from when to when, on the strength of which certificate."""

    team_path = "registered_model__use_case__team"
    list_display = (
        "label",
        "environment",
        "team",
        "state_shown",
        "started_at",
        "started_by",
        "ended_at",
    )
    list_filter = ("state", "environment", "registered_model__use_case__team")
    search_fields = ("registered_model__name", "certificate_digest")
    list_select_related = ("version__registered_model__use_case__team", "environment", "started_by")
    detail_select_related = (
        "version__registered_model__use_case__team",
        "environment",
        "started_by",
        "ended_by",
        "registered_model",
    )
    acts = (
        Act(
            "feedback",
            "File feedback",
            NewFeedback,
            lambda deployment, by, said: feedback.file(deployment=deployment, by=by, **said),
            icon="forum",
            done="Your feedback is filed.",
        ),
    )

    @display(description="Version", ordering="registered_model__name")
    def label(self, deployment: Deployment) -> str:
        """What runs."""
        return str(deployment.version)

    @display(description="Team")
    def team(self, deployment: Deployment) -> str:
        """Whose it is."""
        return str(deployment.version.registered_model.use_case.team)

    @display(description="State", ordering="state")
    def state_shown(self, deployment: Deployment) -> Any:
        """Live, or how it ended."""
        return state_badge(deployment.state, deployment.get_state_display())

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Version", link(page_of(obj.version), obj.version)),
                Fact("Environment", link(page_of(obj.environment), obj.environment)),
                Fact("Team", self.team(obj)),
                Fact("From", f"{when(obj.started_at)} by {obj.started_by}"),
                Fact("Until", f"{when(obj.ended_at)} by {obj.ended_by}" if obj.ended_at else "—"),
                Fact("Why it ended", prose(obj.end_reason)),
                Fact("Certificate", digest(obj.certificate_digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        yield _batches("Predictions", obj.prediction_batches.select_related("received_by"))
        yield _batches("Outcomes", obj.outcome_batches.select_related("received_by"))
        rows = [
            (
                link(page_of(one), one.prediction_id),
                one.get_kind_display(),
                one.comment[:120],
                one.filed_by,
                when(one.filed_at),
            )
            for one in obj.feedback.select_related("filed_by")[:50]
        ]
        heads = ("Prediction", "Kind", "Comment", "By", "Filed")
        yield Panel("Feedback", heads, rows, order=30)


def _batches(title: str, held: QuerySet[Any]) -> Panel:
    rows = [
        (
            link(page_of(one), f"#{one.pk}"),
            f"{one.rows:,}",
            digest(one.digest),
            one.received_by,
            when(one.received_at),
        )
        for one in held[:50]
    ]
    return Panel(title, ("Batch", "Rows", "Digest", "By", "Received"), rows, order=20)


class _BatchAdmin(Desk):
    """What both kinds of batch show."""

    team_path = _TEAM
    list_select_related = (*_NAMES, "received_by")
    detail_select_related = (*_NAMES, "received_by")
    search_fields = ("deployment__registered_model__name", "digest")

    @display(description="Batch")
    def label(self, batch: Any) -> str:
        """Its number."""
        return f"#{batch.pk}"

    @display(description="Rows", ordering="rows")
    def rows_shown(self, batch: Any) -> str:
        """How many."""
        return f"{batch.rows:,}"

    @display(description="Digest")
    def fingerprint(self, batch: Any) -> Any:
        """Of the stored bytes."""
        return digest(batch.digest)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Deployment", link(page_of(obj.deployment), obj.deployment)),
                Fact("Rows", f"{obj.rows:,}"),
                Fact("Stored", f"{obj.size:,} bytes of Parquet"),
                Fact("Received", f"{when(obj.received_at)} by {obj.received_by}"),
                Fact("Digest", digest(obj.digest), wide=True),
            ],
        )


@admin.register(PredictionBatch)
class PredictionBatchAdmin(_BatchAdmin):
    """What a deployment answered."""

    list_display = (
        "label",
        "deployment",
        "source_shown",
        "rows_shown",
        "fingerprint",
        "received_by",
        "received_at",
    )
    list_filter = ("source", "deployment__environment")

    @display(description="Source", ordering="source")
    def source_shown(self, batch: PredictionBatch) -> Any:
        """How they came to be known."""
        return badge(batch.get_source_display())


@admin.register(OutcomeBatch)
class OutcomeBatchAdmin(_BatchAdmin):
    """What really happened."""

    list_display = (
        "label",
        "deployment",
        "rows_shown",
        "fingerprint",
        "received_by",
        "received_at",
    )
    list_filter = ("deployment__environment",)


@admin.register(Feedback)
class FeedbackAdmin(Desk):
    """What people say about single predictions."""

    team_path = _TEAM
    list_display = (
        "prediction_id",
        "deployment",
        "kind_shown",
        "comment_shown",
        "filed_by",
        "filed_at",
    )
    list_filter = ("kind", "deployment__environment")
    search_fields = ("prediction_id", "comment")
    list_select_related = (*_NAMES, "filed_by")
    detail_select_related = (*_NAMES, "filed_by")

    @display(description="Kind", ordering="kind")
    def kind_shown(self, said: Feedback) -> Any:
        """Confirmed, disputed or a comment."""
        return state_badge(said.kind, said.get_kind_display())

    @display(description="Comment")
    def comment_shown(self, said: Feedback) -> str:
        """Its beginning."""
        return said.comment[:80]

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.kind_shown(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Prediction", obj.prediction_id),
                Fact("Deployment", link(page_of(obj.deployment), obj.deployment)),
                Fact("Filed", f"{when(obj.filed_at)} by {obj.filed_by}"),
                Fact("Comment", prose(obj.comment), wide=True),
            ],
        )
