"""A small lending team with real rows, and runs carried out in this process's own thread.

The child processes are real; only the message that calls the worker is left out.
"""

import csv
import io
import random
from collections.abc import Callable
from typing import Any

import pytest

from audits import runs
from audits.models import Run
from audits.services import intake, scheduling
from audits.services.intake import File
from models_registry.models import Dataset, Recipe, RegisteredModel, Snapshot
from models_registry.services import datasets, recipes, registered_models, use_cases
from people.models import Team, User
from trail.models import InboxRow

COLUMNS = ["income", "debt", "history", "race", "male", "approve"]
FEATURES = ["income", "debt", "history"]
STEPS = [
    {"step": "relabel", "column": "male", "labels": {"1": "male", "0": "female"}},
    {
        "step": "split",
        "parts": {"train": 0.6, "test": 0.25, "later": 0.15},
        "stratify": ["race", "approve"],
    },
]


def applications(rows: int = 600, seed: int = 1) -> bytes:
    """Made-up applications as CSV: who was approved depends on income, debt and history."""
    draw = random.Random(seed)
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    written.writerow(COLUMNS)
    for _ in range(rows):
        written.writerow(_application(draw))
    return text.getvalue().encode()


def _application(draw: random.Random) -> list[Any]:
    race = draw.choice(["white", "white", "black", "hispanic"])
    income, debt = round(draw.gauss(60, 15), 2), round(draw.gauss(30, 8), 2)
    history = draw.choice(["good", "fair", "poor"])
    score = income - debt + {"good": 12, "fair": 0, "poor": -12}[history]
    score += (4 if race == "white" else -4) + draw.gauss(0, 12)
    return [income, debt, history, race, draw.choice([0, 1]), int(score > 25)]


def happened(event: str, **more: Any) -> list[InboxRow]:
    """What services told the trail and nobody has numbered yet."""
    return list(InboxRow.objects.filter(source="service", event=event, **more).order_by("pk"))


@pytest.fixture
def dataset(team: Team, steward: User) -> Dataset:
    """A dataset without rows."""
    return datasets.create(
        team=team,
        name="Applications",
        purpose="Decide on applications.",
        target="approve",
        sensitive_features=["race", "male"],
        by=steward,
    )


@pytest.fixture
def model(team: Team, owner: User) -> RegisteredModel:
    """A model without versions."""
    asked = use_cases.questionnaire()["questions"]
    use_case = use_cases.create(
        team=team,
        name="Approval",
        purpose="Decide on applications.",
        domain="credit",
        jurisdictions=["US"],
        answers={q["key"]: q["key"] == "decides_about_people" for q in asked},
        by=owner,
    )
    return registered_models.create(use_case=use_case, name="Approvals", by=owner)


@pytest.fixture
def recipe(team: Team, owner: User) -> Recipe:
    """A recipe that names and divides."""
    return recipes.create(team=team, name="Divide", steps=STEPS, by=owner)


@pytest.fixture
def carried_out() -> Callable[[Run], Run]:
    """Carry a run out, here and now, and say how it ended."""

    def carry_out(run: Run) -> Run:
        runs.execute(run.pk)
        run.refresh_from_db()
        return run

    return carry_out


@pytest.fixture
def raw(dataset: Dataset, steward: User, carried_out: Callable[[Run], Run]) -> Snapshot:
    """The rows as they arrived."""
    file = File(io.BytesIO(applications()), "applications.csv")
    run = carried_out(intake.snapshot(dataset.pk, file, by=steward))
    assert run.state == "succeeded", run.error + run.traceback
    return Snapshot.objects.get(pk=run.result["snapshot"])


@pytest.fixture
def profile_run(raw: Snapshot, steward: User) -> Run:
    """A run that waits."""
    return scheduling.request_run("profile", {"snapshot": raw.pk}, by=steward)


@pytest.fixture
def parts(
    raw: Snapshot, recipe: Recipe, owner: User, carried_out: Callable[[Run], Run]
) -> dict[str, Snapshot]:
    """The rows, divided."""
    asked = {"snapshot": raw.pk, "recipe": recipe.pk}
    run = carried_out(scheduling.request_run("prepare", asked, by=owner))
    assert run.state == "succeeded", run.error + run.traceback
    return {part: Snapshot.objects.get(pk=pk) for part, pk in run.result["snapshots"].items()}


@pytest.fixture
def train_spec(model: RegisteredModel, parts: dict[str, Snapshot]) -> dict[str, Any]:
    """What a plain training run is told."""
    return {
        "model": model.pk,
        "snapshot": parts["train"].pk,
        "target": "approve",
        "features": FEATURES,
        "estimator": "logistic_regression",
    }
