"""What a decider signs, and how an unmet rule is told over the API."""

from typing import Any

from governance.models import ApprovalRequest
from governance.rules.judging import RuleVerdict
from governance.services.judgement import Judgement
from people.errors import RequirementsNotMet


def statement(request: ApprovalRequest, kind: str, role: str, reason: str, conditions: str) -> str:
    """The exact text that is signed: it names what was decided and its digest."""
    place = f" for {request.environment}" if request.environment else ""
    policy = request.policy_version
    bound = f" Conditions: {conditions}" if conditions else ""
    return (
        f"I {kind} request {request.pk}: {request.subject_type} {request.subject_id} "
        f"({request.subject_label}), sha256:{request.subject_digest},{place} under {policy}, "
        f"sha256:{policy.digest}, as {role}. Reason: {reason}{bound}"
    )


def refuse_unmet(judged: Judgement) -> None:
    """Raise RequirementsNotMet, naming each rule that stands in the way."""
    if judged.unmet:
        told = "; ".join(f"{rule.key} is {rule.verdict}" for rule in judged.unmet)
        raise RequirementsNotMet(
            f"the policy is not met: {told}", [as_error(rule) for rule in judged.unmet]
        )


def as_error(rule: RuleVerdict) -> dict[str, Any]:
    """A rule with its verdict, as one of the `errors` of an answer."""
    numbers = ("bound", "value", "low", "high")
    return {
        "key": rule.key,
        "text": rule.text,
        "verdict": str(rule.verdict),
        "why": rule.why,
        "evidence": rule.evidence_id,
        "n": rule.n,
        "rows_needed": rule.rows_needed,
        **{key: _text(getattr(rule, key)) for key in numbers},
    }


def _text(number: object) -> str | None:
    return None if number is None else str(number)
