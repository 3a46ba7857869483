"""Datasets, snapshots and recipes."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from desk import related
from desk.badges import Tone, badge, state_badge
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, code, digest, link
from desk.shown import page_of, when
from models_registry.admin.forms import NewDataset, NewRecipe
from models_registry.admin.inventory import json_text
from models_registry.models import Dataset, Recipe, Snapshot
from models_registry.services import datasets, recipes
from people.states import Role

#: Columns beyond this many are counted, not listed.
_LISTED = 200


@admin.register(Dataset)
class DatasetAdmin(Desk):
    """Datasets: where rows come from and why they may be used."""

    team_path = "team"
    list_display = (
        "name",
        "team",
        "class_badge",
        "target",
        "sensitive",
        "snapshots_held",
        "created_at",
    )
    list_filter = ("classification", "team")
    search_fields = ("name", "description", "purpose")
    list_select_related = ("team",)
    detail_select_related = ("team", "created_by")
    adders = (Role.STEWARD, Role.OWNER)
    add_form = NewDataset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of snapshots of each."""
        return super().get_queryset(request).annotate(snapshots_count=Count("snapshots"))

    @display(description="Classification", ordering="classification")
    def class_badge(self, dataset: Dataset) -> Any:
        """How closely it is held."""
        return state_badge(dataset.classification, dataset.get_classification_display())

    @display(description="Sensitive features")
    def sensitive(self, dataset: Dataset) -> str:
        """The columns that name groups of people."""
        return ", ".join(dataset.sensitive_features) or "—"

    @display(description="Snapshots", ordering="snapshots_count")
    def snapshots_held(self, dataset: Any) -> int:
        """How many there are."""
        return int(dataset.snapshots_count)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.class_badge(obj)

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return str(obj.description)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Team", obj.team),
                Fact("Purpose", obj.purpose, wide=True),
                Fact("Lawful basis", obj.lawful_basis),
                Fact("Licence", obj.licence),
                Fact("Kept for", f"{obj.retention_days} days" if obj.retention_days else "—"),
                Fact("Target", obj.target),
                Fact("Sensitive features", self.sensitive(obj)),
                Fact("Registered", f"{when(obj.created_at)} by {obj.created_by}"),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        held = obj.snapshots.select_related("created_by").defer("columns")
        rows = [
            (
                link(page_of(one), f"#{one.number}"),
                one.get_part_display(),
                f"{one.rows:,}",
                digest(one.digest),
                when(one.created_at),
                one.created_by,
            )
            for one in held
        ]
        heads = ("Snapshot", "Part", "Rows", "Digest", "Taken", "By")
        yield Panel("Snapshots", heads, rows, total=len(rows), order=5)

    def create(self, answers: dict[str, Any], *, by: Any) -> Dataset:
        return datasets.create(**answers, by=by)


@admin.register(Snapshot)
class SnapshotAdmin(Desk):
    """Snapshots: the rows of a dataset at one moment."""

    team_path = "dataset__team"
    list_display = (
        "label",
        "team",
        "part_badge",
        "rows_shown",
        "width",
        "fingerprint",
        "created_by",
        "created_at",
    )
    list_filter = ("part", "dataset__team", "dataset")
    search_fields = ("dataset__name", "digest", "source_name")
    list_select_related = ("dataset__team", "created_by")
    detail_select_related = ("dataset__team", "created_by")

    @display(description="Snapshot", ordering="dataset__name")
    def label(self, snapshot: Snapshot) -> str:
        """Dataset and number."""
        return f"{snapshot.dataset} #{snapshot.number}"

    @display(description="Team")
    def team(self, snapshot: Snapshot) -> str:
        """Whose it is."""
        return str(snapshot.dataset.team)

    @display(description="Part", ordering="part")
    def part_badge(self, snapshot: Snapshot) -> Any:
        """What it is for."""
        tone = Tone.BUSY if snapshot.part in {"test", "later"} else Tone.QUIET
        return badge(snapshot.get_part_display(), tone)

    @display(description="Rows", ordering="rows")
    def rows_shown(self, snapshot: Snapshot) -> str:
        """How many."""
        return f"{snapshot.rows:,}"

    @display(description="Columns")
    def width(self, snapshot: Snapshot) -> int:
        """How many."""
        return len(snapshot.columns)

    @display(description="Digest")
    def fingerprint(self, snapshot: Snapshot) -> Any:
        """Of the stored bytes."""
        return digest(snapshot.digest)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.part_badge(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Dataset", link(page_of(obj.dataset), obj.dataset)),
                Fact("Rows", f"{obj.rows:,}"),
                Fact("Columns", len(obj.columns)),
                Fact("Stored", f"{obj.size:,} bytes of Parquet"),
                Fact("Came as", obj.source_name),
                Fact("Taken", f"{when(obj.created_at)} by {obj.created_by}"),
                Fact("Made by", related.ref_link(obj.made_by)),
                Fact("Digest", digest(obj.digest), wide=True),
                Fact("Digest of the source", digest(obj.source_digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        yield self._lineage("Came from", obj.came_from.all(), "parent")
        yield self._lineage("Became", obj.became.all(), "child")
        rows = [
            (one.get("name"), one.get("type"), f"{one.get('nulls') or 0:,}")
            for one in obj.columns[:_LISTED]
        ]
        yield Panel(
            "Columns", ("Column", "Type", "Missing"), rows, total=len(obj.columns), order=60
        )
        trained = obj.trained.select_related("registered_model")
        yield Panel(
            "Trained on it",
            ("Version", "Registered"),
            [(link(page_of(one), one), when(one.created_at)) for one in trained],
            order=30,
        )

    def _lineage(self, title: str, steps: QuerySet[Any], end: str) -> Panel:
        rows = [
            (
                link(page_of(getattr(one, end)), getattr(one, end)),
                f"{getattr(one, end).rows:,}",
                link(page_of(one.recipe), one.recipe) if one.recipe else "—",
            )
            for one in steps.select_related(f"{end}__dataset", "recipe")
        ]
        return Panel(title, ("Snapshot", "Rows", "Recipe"), rows, empty="Nothing.", order=10)


@admin.register(Recipe)
class RecipeAdmin(Desk):
    """Recipes: declared, replayable preparation."""

    team_path = "team"
    list_display = ("label", "team", "step_names", "fingerprint", "created_by", "created_at")
    list_filter = ("team",)
    search_fields = ("name", "digest")
    list_select_related = ("team", "created_by")
    detail_select_related = ("team", "created_by")
    adders = (Role.OWNER,)
    add_form = NewRecipe

    @display(description="Recipe", ordering="name")
    def label(self, recipe: Recipe) -> str:
        """Name and number."""
        return str(recipe)

    @display(description="Steps")
    def step_names(self, recipe: Recipe) -> str:
        """What it does, in order."""
        return ", ".join(str(one.get("step", "?")).replace("_", " ") for one in recipe.steps)

    @display(description="Digest")
    def fingerprint(self, recipe: Recipe) -> Any:
        """Of its steps."""
        return digest(recipe.digest)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Team", obj.team),
                Fact("Registered", f"{when(obj.created_at)} by {obj.created_by}"),
                Fact("Digest", digest(obj.digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        rows = []
        for place, step in enumerate(obj.steps, start=1):
            rest = {key: said for key, said in step.items() if key != "step"}
            rows.append((place, str(step.get("step", "")).replace("_", " "), code(json_text(rest))))
        yield Panel("Steps", ("", "Step", "With"), rows, total=len(rows), order=5)

    def create(self, answers: dict[str, Any], *, by: Any) -> Recipe:
        return recipes.create(**answers, by=by)
