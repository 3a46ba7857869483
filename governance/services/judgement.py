"""What a policy says of a subject now: every rule with its verdict, every approval needed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from governance.errors import NoPolicy
from governance.models import ApprovalRequest, Decision, Evidence, PolicyVersion, Waiver
from governance.rules import sentences
from governance.rules.held import HeldEvidence
from governance.rules.judging import Champion, RuleVerdict, Waived, judge_policy
from governance.rules.policy import PolicyDocument
from governance.services import evidence, policies, subjects
from governance.services.subjects import SubjectRef
from governance.states import DecisionKind, WaiverState
from models_registry.models import Deployment, ModelVersion
from models_registry.states import DeploymentState


@dataclass(frozen=True)
class ApprovalNeed:
    """How many in one role must agree, and who has."""

    key: str
    role: str
    needed: int
    given: int
    by: tuple[str, ...]
    text: str

    @property
    def is_filled(self) -> bool:
        """Whether nobody more is needed in this role."""
        return self.given >= self.needed


@dataclass(frozen=True)
class Judgement:
    """The rules and their verdicts, the approvals, and whether no rule stands in the way."""

    rules: list[RuleVerdict]
    approvals: list[ApprovalNeed]

    @property
    def ready(self) -> bool:
        """Whether every rule passes: deciders may approve."""
        return all(rule.passes for rule in self.rules)

    @property
    def unmet(self) -> list[RuleVerdict]:
        """The rules that stand in the way."""
        return [rule for rule in self.rules if not rule.passes]


@dataclass(frozen=True)
class Considered:
    """All a judgement rests on: what the rules said, and which rows they read."""

    judgement: Judgement
    evidence: Sequence[Evidence]
    waivers: Sequence[Waiver]


def of_request(request: ApprovalRequest) -> Judgement:
    """The judgement on an open request, as things stand now."""
    return consider(request).judgement


def consider(request: ApprovalRequest) -> Considered:
    """The judgement on a request, with the evidence and waivers it rests on."""
    subject = subjects.find(request.subject_type, request.subject_id)
    decisions = request.decisions.select_related("decided_by")
    return _consider(subject, request.environment, request.policy_version, decisions)


def preview(version: ModelVersion, environment: str) -> Judgement:
    """What approval to an environment would say now, before anybody asks for it."""
    subject = subjects.of(version)
    policy = policies.applicable(subject, environment)
    if policy is None:
        raise NoPolicy(no_policy(subject, environment))
    return _consider(subject, environment, policy, ()).judgement


def no_policy(subject: SubjectRef, environment: str) -> str:
    """Why nothing can be approved where no policy applies."""
    place = f" in {environment}" if environment else ""
    return f"no policy in force covers {subject.label}{place}, so nothing can be approved there"


def _consider(
    subject: SubjectRef,
    environment: str,
    policy_version: PolicyVersion,
    decisions: Iterable[Decision],
) -> Considered:
    now = timezone.now()
    policy = policies.document_of(policy_version)
    rows = _answering(policy, evidence.newest(subject))
    waivers = _waivers(subject, environment, policy_version, now)
    rules = judge_policy(
        policy,
        {kind: evidence.as_held(row, subject.digest) for kind, row in rows.items()},
        now=now,
        champion=_champion(subject, environment, policy),
        waivers={w.rule: Waived(w.rule, w.ends_at, w.reason) for w in waivers},
    )
    judgement = Judgement(rules, approvals_needed(policy, decisions))
    return Considered(judgement, list(rows.values()), waivers)


def approvals_needed(policy: PolicyDocument, decisions: Iterable[Decision]) -> list[ApprovalNeed]:
    """Each approval asked for, and who has given it."""
    agreed = [d for d in decisions if d.kind == DecisionKind.APPROVE]
    return [
        ApprovalNeed(
            key=asked.key,
            role=asked.role,
            needed=asked.count,
            given=sum(d.role == asked.role for d in agreed),
            by=tuple(str(d.decided_by) for d in agreed if d.role == asked.role),
            text=sentences.approval(asked),
        )
        for asked in policy.approvals
    ]


def _answering(policy: PolicyDocument, newest: Iterable[Evidence]) -> dict[str, Evidence]:
    """For each kind asked for, the newest evidence by the producer asked for."""
    wanted = {(demand.kind, demand.by) for demand in policy.demands}
    return {row.kind: row for row in newest if (row.kind, row.producer) in wanted}


def _waivers(
    subject: SubjectRef, environment: str, policy_version: PolicyVersion, now: datetime
) -> list[Waiver]:
    return list(
        Waiver.objects.filter(
            subject_type=subject.type,
            subject_id=subject.id,
            subject_digest=subject.digest,
            environment=environment,
            policy_digest=policy_version.digest,
            state=WaiverState.IN_FORCE,
            ends_at__gt=now,
        )
    )


def _champion(subject: SubjectRef, environment: str, policy: PolicyDocument) -> Champion | None:
    """The version live there, if a rule compares with it."""
    asked = any(rule.against_champion for demand in policy.demands for rule in demand.rules)
    live = _live(subject, environment) if asked and subject.type == "model_version" else None
    if live is None:
        return None
    ref = subjects.of(live.version)
    return Champion(str(live.version), ref.id == subject.id, _held(policy, ref))


def _live(subject: SubjectRef, environment: str) -> Deployment | None:
    return (
        Deployment.objects.filter(
            registered_model__versions=int(subject.id),
            environment__name=environment,
            state=DeploymentState.LIVE,
        )
        .select_related("version__registered_model__use_case__team", "version__created_by")
        .first()
    )


def _held(policy: PolicyDocument, subject: SubjectRef) -> Mapping[str, HeldEvidence]:
    rows = _answering(policy, evidence.newest(subject))
    return {kind: evidence.as_held(row, subject.digest) for kind, row in rows.items()}
