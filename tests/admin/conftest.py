"""Rows of everything the desk lists, as many as a test wants, and people signed in."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Report, Run
from governance.models import (
    ApprovalRequest,
    Certificate,
    Evidence,
    Framework,
    PolicyVersion,
    Waiver,
)
from governance.models.policy import Policy
from governance.services import approvals, evidence, policies, subjects
from measures.measured import Measured
from models_registry.models import (
    Dataset,
    Deployment,
    Environment,
    Feedback,
    ModelVersion,
    OutcomeBatch,
    PredictionBatch,
    Recipe,
    RegisteredModel,
    Snapshot,
    UseCase,
)
from models_registry.services import blobs
from people.models import ApiToken, Grant, Team, User
from people.states import Role
from trail import services as trail

POLICY = Path("client/examples/credit-production.yaml").read_text(encoding="utf-8")
_numbers = count(1)


@pytest.fixture
def desk() -> Callable[[User], Client]:
    """A browser in which somebody has signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


class World:
    """One of each thing, and more of each on demand."""

    def __init__(self, team: Team, owner: User) -> None:
        self.team, self.owner = team, owner
        self.environment, _ = Environment.objects.get_or_create(name="production")

    def add(self) -> dict[str, Any]:
        """One more of everything, and what was made, by the name of its list page."""
        n = next(_numbers)
        made = self._inventory(n)
        made |= self._operation(n, made)
        made |= self._decisions(n, made)
        made |= self._people(n)
        return made

    def put_forward(self) -> ApprovalRequest:
        """One more version with evidence, put before the deciders by its owner."""
        version = self._inventory(next(_numbers))["models_registry_modelversion"]
        self._evidence(version, self._run(version))
        return approvals.open(subject=version, environment="production", by=self.owner)

    def _run(self, version: ModelVersion) -> Run:
        return Run.objects.create(
            kind="fairness", team=self.team, spec={}, spec_digest="ab" * 32,
            subject_type="model_version", subject_id=str(version.pk), subject_label=str(version),
            requested_by=self.owner,
        )  # fmt: skip

    def _inventory(self, n: int) -> dict[str, Any]:
        by = {"created_by": self.owner}
        use_case = UseCase.objects.create(
            team=self.team, name=f"Case {n}", slug=f"case-{n}", purpose="Credit.",
            domain="credit", risk_tier="high", answers={}, **by,
        )  # fmt: skip
        dataset = Dataset.objects.create(
            team=self.team, name=f"Loans {n}", slug=f"loans-{n}", purpose="Tests.",
            sensitive_features=["race"], target="approve", **by,
        )  # fmt: skip
        recipe = Recipe.objects.create(
            team=self.team, name=f"Recipe {n}", number=1, digest="ab" * 32,
            steps=[{"step": "impute", "columns": {"income": "median"}}], **by,
        )  # fmt: skip
        snapshot = Snapshot.objects.create(
            dataset=dataset, number=1, part="test", digest=f"{n:064x}", size=9, rows=100,
            columns=[{"name": "income", "type": "number", "nulls": 0}], **by,
        )  # fmt: skip
        model = RegisteredModel.objects.create(
            use_case=use_case, name=f"Model {n}", slug=f"model-{n}", **by
        )
        version = ModelVersion.objects.create(
            registered_model=model, number=1, manifest_digest=f"{n:064x}",
            manifest={"signature": {"features": [{"name": "income", "type": "number"}]}},
            training_snapshot=snapshot, recipe=recipe, **by,
        )  # fmt: skip
        return {
            "models_registry_usecase": use_case,
            "models_registry_dataset": dataset,
            "models_registry_recipe": recipe,
            "models_registry_snapshot": snapshot,
            "models_registry_registeredmodel": model,
            "models_registry_modelversion": version,
        }

    def _operation(self, n: int, made: dict[str, Any]) -> dict[str, Any]:
        version = made["models_registry_modelversion"]
        deployment = Deployment.objects.create(
            registered_model=version.registered_model, version=version,
            environment=self.environment, certificate_digest="cd" * 32, started_by=self.owner,
        )  # fmt: skip
        about = {"deployment": deployment, "digest": "ef" * 32, "size": 1, "rows": 2}
        by = {"received_by": self.owner}
        return {
            "models_registry_environment": self.environment,
            "models_registry_deployment": deployment,
            "models_registry_predictionbatch": PredictionBatch.objects.create(
                source="live", **about, **by
            ),
            "models_registry_outcomebatch": OutcomeBatch.objects.create(**about, **by),
            "models_registry_feedback": Feedback.objects.create(
                deployment=deployment, prediction_id=f"p{n}", kind="disputed", comment="Odd.",
                filed_by=self.owner,
            ),
        }  # fmt: skip

    def _decisions(self, n: int, made: dict[str, Any]) -> dict[str, Any]:
        version = made["models_registry_modelversion"]
        run = self._run(version)
        held = self._evidence(version, run)
        report = Report.objects.create(
            run=run, evidence=held, title=f"Fairness of {version}",
            digest=blobs.put(f"<!DOCTYPE html><p>Report {n}</p>".encode()).digest,
        )  # fmt: skip
        policy = Policy.objects.create(slug=f"policy-{n}", team=self.team, created_by=self.owner)
        drafted = PolicyVersion.objects.create(
            policy=policy, number=1, text=POLICY, digest="ab" * 32,
            document=policies.read(POLICY).document, created_by=self.owner,
        )  # fmt: skip
        request = ApprovalRequest.objects.create(
            team=self.team, subject_type="model_version", subject_id=str(version.pk),
            subject_label=str(version), subject_digest=version.manifest_digest,
            subject_author=self.owner, requested_by=self.owner, environment="production",
            policy_version=drafted,
        )  # fmt: skip
        return {
            "audits_run": run,
            "audits_report": report,
            "governance_evidence": held,
            "governance_policyversion": drafted,
            "governance_approvalrequest": request,
            "governance_waiver": self._waiver(version),
            "governance_certificate": self._certificate(n, request),
            "governance_framework": Framework.objects.create(slug=f"law-{n}", title=f"Law {n}"),
        }

    def _evidence(self, version: ModelVersion, run: Run) -> Evidence:
        return evidence.file(
            kind="fairness_audit",
            subject=subjects.of(version),
            producer="run",
            produced_by=f"run:{run.pk}",
            measures=[
                Measured("selection_rate", 0.9, 0.85, 0.95, 100, "",
                         {"feature": "race", "group": "white"}),
                Measured("selection_rate_ratio", 0.7, 0.6, 0.8, 40, "", {"feature": "race"}),
            ],
            details={"min_group_size": 30},
            attachments=[],
            by=self.owner,
        )  # fmt: skip

    def _waiver(self, version: ModelVersion) -> Waiver:
        return Waiver.objects.create(
            team=self.team, subject_type="model_version", subject_id=str(version.pk),
            subject_label=str(version), subject_digest=version.manifest_digest,
            policy_digest="ab" * 32, rule="fairness_audit/selection_rate_ratio/race",
            reason="Few people.", ends_at=timezone.now() + timedelta(days=30),
            proposed_by=self.owner,
        )  # fmt: skip

    def _certificate(self, n: int, request: ApprovalRequest) -> Certificate:
        now = timezone.now()
        return Certificate.objects.create(
            request=request, subject_type=request.subject_type, subject_id=request.subject_id,
            subject_digest=request.subject_digest, environment="production", statement="{}",
            digest=f"{n:064x}", signature="00", key_id="k", issued_at=now,
            expires_at=now + timedelta(days=180),
        )  # fmt: skip

    def _people(self, n: int) -> dict[str, Any]:
        person = User.objects.create(username=f"person-{n}")
        Grant.objects.create(user=person, team=self.team, role=Role.VALIDATOR)
        token = ApiToken.objects.create(
            user=self.owner, prefix="assay_x", digest=f"{n:064x}", scopes=["read"],
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
        return {"people_user": person, "people_apitoken": token, "people_team": self.team}


@pytest.fixture
def world(team: Team, owner: User) -> World:
    """An empty world of the team's."""
    return World(team, owner)


@pytest.fixture
def request_open(world: World, owner: User, approver1: User, steward: User) -> ApprovalRequest:
    """A version put before the deciders under a policy that asks for one approver."""
    text = (
        "policy: simple\n"
        "applies_to: {environments: [production]}\n"
        "evidence:\n"
        "  - kind: fairness_audit\n"
        "    rules:\n"
        "      - {measure: selection_rate_ratio, for: race, at_least: 0.5}\n"
        "approvals:\n"
        "  - {role: approver, count: 1, not: [author]}\n"
        "certificate: {valid_for: 30d}\n"
    )
    return _put_forward(text, world, owner, approver1, steward)


@pytest.fixture
def request_unmet(world: World, owner: User, approver1: User, steward: User) -> ApprovalRequest:
    """The same under a policy whose bound the evidence misses."""
    text = (
        "policy: strict\n"
        "applies_to: {environments: [production]}\n"
        "evidence:\n"
        "  - kind: fairness_audit\n"
        "    rules:\n"
        "      - {measure: selection_rate_ratio, for: race, at_least: 0.9}\n"
        "approvals:\n"
        "  - {role: approver, count: 1, not: [author]}\n"
        "certificate: {valid_for: 30d}\n"
    )
    return _put_forward(text, world, owner, approver1, steward)


def _put_forward(
    text: str, world: World, owner: User, approver: User, steward: User
) -> ApprovalRequest:
    drafted = policies.draft(text=text, by=steward)
    asked = approvals.open(subject=drafted, environment="", by=steward)
    approvals.approve(asked, by=approver, password="a long Passphrase 1!", reason="Read it.")
    return world.put_forward()


@pytest.fixture
def numbered() -> Callable[[], None]:
    """Number what waits in the trail's inbox."""
    return lambda: (trail.sequence(), None)[1]
