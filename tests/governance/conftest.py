"""A model version put before a policy, and everything needed to see it judged."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import models

from governance.models import ApprovalRequest, Evidence, PolicyVersion
from governance.services import approvals, evidence, policies, subjects
from measures.measured import Measured
from models_registry.models import Environment, ModelVersion, RegisteredModel
from models_registry.services import registered_models, use_cases, versions
from models_registry.services.blobs import Blob
from people.models import Grant, Team, User
from people.states import Role
from trail.models import InboxRow

POLICY = (Path(__file__).parent / "credit_production.yaml").read_text(encoding="utf-8")
PASSWORD = "a long Passphrase 1!"
FAIR = "fairness_audit/selection_rate_ratio/race"


def ratio(value: float, low: float, high: float, n: int = 197) -> Measured:
    """A selection-rate ratio for race."""
    return Measured("selection_rate_ratio", value, low, high, n, "", {"feature": "race"})


def auc(value: float = 0.78, low: float = 0.75, high: float = 0.81) -> Measured:
    """An area under the curve."""
    return Measured("roc_auc", value, low, high, 500)


def happened(event: str, **more: Any) -> models.QuerySet[InboxRow]:
    """What the services told the trail."""
    return InboxRow.objects.filter(source="service", event=event, **more).order_by("pk")


def behind(model: type[models.Model]) -> models.QuerySet[Any]:
    """A queryset that lets a test change what the application never changes."""
    return models.QuerySet(model)


@pytest.fixture
def environment(team: Team) -> Environment:
    """Where models run for good."""
    return Environment.objects.create(name="production")


@pytest.fixture
def model(team: Team, owner: User) -> RegisteredModel:
    """A model that decides about people's credit, and so is of high risk."""
    use_case = use_cases.create(
        team=team,
        name="Mortgage approval",
        purpose="Decide on mortgage applications.",
        domain="credit",
        jurisdictions=["US"],
        answers=_answers(decides_about_people=True),
        by=owner,
    )
    return registered_models.create(use_case=use_case, name="Mortgages", description="", by=owner)


def _answers(**yes: bool) -> dict[str, bool]:
    asked = use_cases.questionnaire()["questions"]
    return {question["key"]: yes.get(question["key"], False) for question in asked}


@pytest.fixture
def make_version(model: RegisteredModel, owner: User) -> Callable[..., ModelVersion]:
    """Register another version of the model."""

    def make(**parameters: Any) -> ModelVersion:
        features = [{"name": "income", "type": "number"}]
        return versions.register(
            registered_model=model,
            manifest={"signature": {"features": features}, "parameters": parameters},
            artifacts={"onnx": Blob("ab" * 32, 3)},
            training_snapshot=None,
            recipe=None,
            note="",
            by=owner,
            made_by="",
        )

    return make


@pytest.fixture
def version(make_version: Callable[..., ModelVersion]) -> ModelVersion:
    """The first version of the model."""
    return make_version()


@pytest.fixture
def enact(steward: User, approver1: User) -> Callable[..., PolicyVersion]:
    """Draft a policy and bring it into force."""

    def enact(text: str = POLICY, team: Team | None = None) -> PolicyVersion:
        drafted = policies.draft(text=text, by=steward, team=team)
        request = approvals.open(subject=drafted, environment="", by=steward)
        approvals.approve(request, by=approver1, password=PASSWORD, reason="Read it.")
        drafted.refresh_from_db()
        return drafted

    return enact


@pytest.fixture
def policy(enact: Callable[..., PolicyVersion]) -> PolicyVersion:
    """The demonstration's policy, in force."""
    return enact()


@pytest.fixture
def runs() -> Iterator[int]:
    """Numbers of runs that never come twice."""
    return count(1)


@pytest.fixture
def file(owner: User, validator: User, runs: Iterator[int]) -> Callable[..., Evidence]:
    """File evidence of a run about something, its report accepted unless said otherwise."""

    def file(
        kind: str, about: object, *measures: Measured, accepted: bool = True, **more: Any
    ) -> Evidence:
        filed = evidence.file(
            kind=kind,
            subject=subjects.of(about),
            producer="run",
            produced_by=f"run:{next(runs)}",
            measures=measures,
            details={"seed": 20261123},
            attachments=[],
            by=owner,
            **more,
        )
        if accepted:
            evidence.review(
                filed,
                verdict="accepted",
                by=validator,
                password=PASSWORD,
                reason="Repeated it.",
                shown_digest="cd" * 32,
                asked_by=owner,
            )
        return filed

    return file


@pytest.fixture
def measure(file: Callable[..., Evidence]) -> Callable[..., list[Evidence]]:
    """File all the demonstration's policy asks for; the ratio is as given."""

    def measure(about: ModelVersion, found: Measured | None = None) -> list[Evidence]:
        return [
            file("validation_run", about, auc()),
            file("fairness_audit", about, found or ratio(0.9, 0.85, 0.95)),
            file("explainability_report", about),
        ]

    return measure


@pytest.fixture
def request_for(owner: User) -> Callable[..., ApprovalRequest]:
    """Ask for the approval of a version for production."""

    def ask(about: object, environment: str = "production") -> ApprovalRequest:
        return approvals.open(subject=about, environment=environment, by=owner, note="Please.")

    return ask


@pytest.fixture
def agree(
    validator: User, approver1: User, approver2: User
) -> Callable[[ApprovalRequest], ApprovalRequest]:
    """Everybody the demonstration's policy asks for approves."""

    def agree(request: ApprovalRequest) -> ApprovalRequest:
        for decider in (validator, approver1, approver2):
            request = approve(request, decider)
        return request

    return agree


def approve(request: ApprovalRequest, by: User, **more: Any) -> ApprovalRequest:
    """One person approves."""
    said = {"password": PASSWORD, "reason": "It is fit."} | more
    return approvals.approve(request, by=by, **said)


@pytest.fixture
def pending(
    policy: PolicyVersion,
    version: ModelVersion,
    measure: Callable[..., list[Evidence]],
    request_for: Callable[..., ApprovalRequest],
) -> ApprovalRequest:
    """A request all of whose rules are met."""
    measure(version)
    return request_for(version)


@pytest.fixture
def person(team: Team) -> Callable[..., User]:
    """Somebody with these roles."""

    def person(username: str, *roles: Role, **more: Any) -> User:
        made = User.objects.create(username=username, password=make_password(PASSWORD), **more)
        for role in roles:
            Grant.objects.create(user=made, team=team, role=role)
        return made

    return person
