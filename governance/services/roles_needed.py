"""In which role a person decides on a request, or why in none."""

from collections.abc import Sequence

from governance import permissions
from governance.models import ApprovalRequest, Decision
from governance.rules.policy import Approval
from governance.services import policies
from governance.states import DecisionKind
from people.errors import NotPermitted
from people.models import User
from people.states import Role


def role_of(by: User, request: ApprovalRequest, decisions: Sequence[Decision]) -> Approval:
    """The first approval still needed that this person can give."""
    asked = policies.document_of(request.policy_version).approvals
    needed = [approval for approval in asked if _open(approval, decisions)]
    held = [a for a in needed if permissions.decides(by, Role(a.role), request.team)]
    for approval in held:
        if not _excluded(by, approval, request, decisions):
            return approval
    raise NotPermitted(_why_not(by, request, needed, held))


def _open(approval: Approval, decisions: Sequence[Decision]) -> bool:
    """Whether more approvals in this role are needed."""
    given = [d for d in decisions if d.kind == DecisionKind.APPROVE and d.role == approval.role]
    return len(given) < approval.count


def _excluded(
    by: User, approval: Approval, request: ApprovalRequest, decisions: Sequence[Decision]
) -> bool:
    """Whether `not` names the author (or requester), or a role this person decided in."""
    theirs = {decision.role for decision in decisions if decision.decided_by_id == by.pk}
    if by.pk in {request.requested_by_id, request.subject_author_id}:
        theirs.add("author")
    return bool(theirs & approval.excluding)


def _why_not(
    by: User, request: ApprovalRequest, needed: Sequence[Approval], held: Sequence[Approval]
) -> str:
    if held:
        excluding = ", ".join(sorted(held[0].excluding))
        return (
            f"{by} may not decide as {held[0].role}: the policy wants people other than {excluding}"
        )
    wanted = " or ".join(approval.role for approval in needed)
    team = request.team.name if request.team else "every team that has use cases"
    return f"{by} may not decide on {request}: still needed is {wanted} in {team}"
