"""Use cases, models and model versions."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from desk import related
from desk.badges import badge, state_badge
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, Tool, code, digest, link, prose
from desk.shown import page_of, when
from models_registry.admin.forms import NewModel, NewUseCase
from models_registry.models import ModelVersion, RegisteredModel, UseCase
from models_registry.rules.risk import QUESTIONS
from models_registry.services import registered_models, use_cases
from people.states import Role


@admin.register(UseCase)
class UseCaseAdmin(Desk):
    """Use cases: the AI system, what it is for, and its risk tier."""

    team_path = "team"
    list_display = ("name", "team", "domain_shown", "tier", "models_held", "created_at")
    list_filter = ("risk_tier", "domain", "team")
    search_fields = ("name", "purpose")
    list_select_related = ("team",)
    detail_select_related = ("team", "created_by")
    adders = (Role.OWNER,)
    add_form = NewUseCase

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of models of each."""
        return super().get_queryset(request).annotate(models_count=Count("models"))

    @display(description="Domain", ordering="domain")
    def domain_shown(self, use_case: UseCase) -> str:
        """The field it works in."""
        return use_case.get_domain_display()

    @display(description="Risk tier", ordering="risk_tier")
    def tier(self, use_case: UseCase) -> Any:
        """How much harm it can do."""
        return state_badge(use_case.risk_tier, f"{use_case.get_risk_tier_display()} risk")

    @display(description="Models", ordering="models_count")
    def models_held(self, use_case: Any) -> int:
        """How many models serve it."""
        return int(use_case.models_count)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        return (self.tier(obj), badge(obj.get_domain_display()))

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return str(obj.purpose)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Team", obj.team),
                Fact("Jurisdictions", ", ".join(obj.jurisdictions)),
                Fact("Registered", f"{when(obj.created_at)} by {obj.created_by}"),
                Fact("Revision", obj.revision),
            ],
        )
        said = {True: "Yes", False: "No"}
        yield Section(
            "What the risk tier follows from",
            [Fact(one.text, said.get(obj.answers.get(one.key), "—")) for one in QUESTIONS],
            note=f"questionnaire version {obj.questionnaire}",
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        held = obj.models.annotate(last=Max("versions__number")).order_by("name")
        rows = [
            (
                link(page_of(one), one.name),
                f"v{one.last}" if one.last else "none yet",
                one.get_task_display(),
            )
            for one in held
        ]
        yield Panel("Models", ("Model", "Newest version", "Task"), rows, total=len(rows), order=5)

    def tools(self, request: HttpRequest, obj: Any) -> Iterable[Tool]:
        if self.admin_site.roles_of(request) & {Role.OWNER}:
            url = reverse("admin:models_registry_registeredmodel_add")
            yield Tool("New model", f"{url}?use_case={obj.pk}", "add", main=True)

    def create(self, answers: dict[str, Any], *, by: Any) -> UseCase:
        asked = {key: said for key, said in answers.items() if not key.startswith("answer_")}
        given = {one.key: answers[f"answer_{one.key}"] for one in QUESTIONS}
        return use_cases.create(**asked, answers=given, by=by)


@admin.register(RegisteredModel)
class RegisteredModelAdmin(Desk):
    """Models as people speak of them."""

    team_path = "use_case__team"
    list_display = ("name", "use_case", "team", "tier", "newest", "live_in")
    list_filter = ("use_case__risk_tier", "use_case__domain", "use_case__team")
    search_fields = ("name", "use_case__name")
    list_select_related = ("use_case__team",)
    detail_select_related = ("use_case__team", "created_by")
    adders = (Role.OWNER,)
    add_form = NewModel

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the newest version's number, and where each is live."""
        rows = super().get_queryset(request).annotate(last=Max("versions__number"))
        return rows.prefetch_related("deployments__environment")

    @display(description="Team", ordering="use_case__team__name")
    def team(self, model: RegisteredModel) -> str:
        """Whose it is."""
        return str(model.use_case.team)

    @display(description="Risk tier", ordering="use_case__risk_tier")
    def tier(self, model: RegisteredModel) -> Any:
        """Its use case's."""
        use_case = model.use_case
        return state_badge(use_case.risk_tier, f"{use_case.get_risk_tier_display()} risk")

    @display(description="Newest version", ordering="last")
    def newest(self, model: Any) -> str:
        """By number."""
        return f"v{model.last}" if model.last else "—"

    @display(description="Live in")
    def live_in(self, model: RegisteredModel) -> str:
        """The environments it answers in."""
        live = [str(one.environment) for one in model.deployments.all() if one.state == "live"]
        return ", ".join(live) or "—"

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.tier(obj)
        yield badge(obj.get_task_display())

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return str(obj.description)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Use case", link(page_of(obj.use_case), obj.use_case)),
                Fact("Team", obj.use_case.team),
                Fact("Live in", self.live_in(obj)),
                Fact("Registered", f"{when(obj.created_at)} by {obj.created_by}"),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        held = obj.versions.select_related("created_by", "training_snapshot__dataset")
        rows = [
            (
                link(page_of(one), f"v{one.number}"),
                digest(one.manifest_digest),
                one.training_snapshot or "—",
                when(one.created_at),
                one.created_by,
                one.note[:80],
            )
            for one in held
        ]
        heads = ("Version", "Manifest", "Trained on", "Registered", "By", "Note")
        yield Panel("Versions", heads, rows, total=len(rows), order=5)

    def create(self, answers: dict[str, Any], *, by: Any) -> RegisteredModel:
        return registered_models.create(**answers, by=by)


@admin.register(ModelVersion)
class ModelVersionAdmin(Desk):
    """Immutable model versions and everything each rests on."""

    team_path = "registered_model__use_case__team"
    list_display = ("label", "use_case", "team", "tier", "fingerprint", "created_by", "created_at")
    list_filter = ("registered_model__use_case__team", "registered_model")
    search_fields = ("registered_model__name", "manifest_digest", "note")
    list_select_related = ("registered_model__use_case__team", "created_by")
    detail_select_related = (
        "registered_model__use_case__team",
        "created_by",
        "training_snapshot__dataset",
        "recipe",
    )

    @display(description="Version", ordering="registered_model__name")
    def label(self, version: ModelVersion) -> str:
        """Model and number."""
        return str(version)

    @display(description="Use case")
    def use_case(self, version: ModelVersion) -> str:
        """What it is for."""
        return str(version.registered_model.use_case)

    @display(description="Team")
    def team(self, version: ModelVersion) -> str:
        """Whose it is."""
        return str(version.registered_model.use_case.team)

    @display(description="Risk tier")
    def tier(self, version: ModelVersion) -> Any:
        """Its use case's."""
        use_case = version.registered_model.use_case
        return state_badge(use_case.risk_tier, f"{use_case.get_risk_tier_display()} risk")

    @display(description="Manifest")
    def fingerprint(self, version: ModelVersion) -> Any:
        """Its digest."""
        return digest(version.manifest_digest)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.tier(obj)

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return str(obj.note)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        model, trained, recipe = obj.registered_model, obj.training_snapshot, obj.recipe
        yield Section(
            "",
            [
                Fact("Model", link(page_of(model), model)),
                Fact("Use case", link(page_of(model.use_case), model.use_case)),
                Fact("Trained on", link(page_of(trained), trained) if trained else "—"),
                Fact("Recipe", link(page_of(recipe), recipe) if recipe else "—"),
                Fact("Registered", f"{when(obj.created_at)} by {obj.created_by}"),
                Fact("Made by", related.ref_link(obj.made_by)),
                Fact("Manifest digest", digest(obj.manifest_digest), wide=True),
            ],
        )
        yield Section("Inputs", inputs_of(obj))

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        artifacts = [
            (one.get_format_display(), digest(one.digest), f"{one.size:,} bytes")
            for one in obj.artifacts.all()
        ]
        yield Panel("Artifacts", ("Format", "Digest", "Size"), artifacts, order=60)
        live = obj.deployments.select_related("environment", "started_by")
        rows = [
            (
                link(page_of(one), one.environment),
                state_badge(one.state, one.get_state_display()),
                when(one.started_at),
                one.started_by,
                when(one.ended_at),
            )
            for one in live
        ]
        heads = ("Environment", "State", "From", "By", "Until")
        yield Panel("Deployments", heads, rows, empty="It has never been live.", order=40)
        body = manifest_fold(obj.manifest)
        yield Panel("Manifest", body=body, order=70)


def inputs_of(version: ModelVersion) -> list[Fact]:
    """What the version is given and what it answers."""
    signature = version.manifest.get("signature") or {}
    features = signature.get("features") or []
    listed = ", ".join(f"{one.get('name')} ({one.get('type')})" for one in features)
    return [
        Fact(f"{len(features)} features", prose(listed), wide=True),
        Fact("Predicts", signature.get("target", "")),
        Fact("Favourable outcome", signature.get("favourable", "")),
        Fact("Answers", signature.get("output", "")),
    ]


def manifest_fold(manifest: dict[str, Any]) -> Any:
    """The whole manifest, as it is hashed but indented."""
    return code(json_text(manifest))


def json_text(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
