"""Who may do what in governance. Each check raises NotPermitted with a sentence."""

from governance.models import ApprovalRequest, Evidence, Policy
from people.errors import NotPermitted
from people.models import Grant, Team, User
from people.services import roles
from people.states import Role

DRAFTERS = (Role.OWNER, Role.VALIDATOR, Role.APPROVER, Role.STEWARD)
REVIEWERS = (Role.VALIDATOR, Role.APPROVER)
ATTESTERS = (Role.OWNER, Role.VALIDATOR, Role.APPROVER, Role.STEWARD)


def holds(user: User, role: Role, team: Team | None) -> bool:
    """Whether a person holds a role in a team; in any team where something binds all."""
    if team is not None:
        return roles.holds(user, role, team)
    return user.is_active and Grant.objects.filter(user=user, role=role).exists()


def decides(user: User, role: Role, team: Team | None) -> bool:
    """Whether a person decides in a role; where something binds all, in all teams with use cases.

    Otherwise two people of one team could replace the policy that protects another.
    """
    if team is not None:
        return holds(user, role, team)
    held = Grant.objects.filter(user=user, role=role).values("team")
    bound = Team.objects.filter(use_cases__isnull=False)
    return holds(user, role, None) and not bound.exclude(pk__in=held).exists()


def check(user: User, *any_of: Role, team: Team | None, to: str) -> Role:
    """The first of these roles the person holds; NotPermitted if none."""
    if team is not None:
        return roles.check(user, *any_of, team=team, to=to)
    for role in any_of:
        if holds(user, role, None):
            return role
    wanted = " or ".join(any_of)
    raise NotPermitted(f"{user} may not {to}: that needs the role {wanted} in some team")


def check_may_open(user: User, team: Team | None, label: str) -> None:
    """Owners ask; those who draft policies and waivers ask for theirs."""
    check(user, *DRAFTERS, team=team, to=f"ask for the approval of {label}")


def check_may_draft(user: User, policy: Policy) -> None:
    """People of the team it binds; an operator where it came with the product."""
    needed = (Role.OPERATOR,) if policy.standing else DRAFTERS
    check(user, *needed, team=policy.team, to=f"draft a version of the policy {policy.slug}")


def check_not_their_own(user: User, request: ApprovalRequest) -> None:
    """Nobody decides on their own request or their own work, whatever else they may do."""
    if user.pk == request.requested_by_id:
        raise NotPermitted(f"{user} opened this request and may not decide on it")
    if user.pk == request.subject_author_id:
        raise NotPermitted(f"{user} made {request.subject_label} and may not decide on it")


def check_may_withdraw(user: User, request: ApprovalRequest) -> None:
    """Who opened it, or an owner of its team."""
    if user.pk != request.requested_by_id:
        check(user, Role.OWNER, team=request.team, to=f"withdraw the request for {request}")


def check_may_review(
    user: User, evidence: Evidence, *, asked_by: User, author: User | None
) -> Role:
    """A validator or approver who neither asked for the run nor made what it is about."""
    if author is not None and user.pk == author.pk:
        raise NotPermitted(f"{user} made {evidence.subject_label} and may not review its reports")
    if user.pk == asked_by.pk:
        raise NotPermitted(f"{user} asked for the run that made this and may not review it")
    return check(user, *REVIEWERS, team=evidence.team, to=f"review the {evidence}")


def check_may_attest(user: User, team: Team | None, kind: str) -> None:
    """People who work on the model attest; an auditor changes nothing."""
    check(user, *ATTESTERS, team=team, to=f"attest {kind}")


def check_may_propose_waiver(user: User, team: Team | None, rule: str) -> None:
    """An owner or validator proposes; others decide."""
    check(user, Role.OWNER, Role.VALIDATOR, team=team, to=f"propose a waiver of {rule}")


def check_may_withdraw_waiver(user: User, team: Team) -> None:
    """Taking a concession back is open to everybody who could have a say in it."""
    check(user, Role.OWNER, *REVIEWERS, team=team, to="withdraw a waiver")


def check_may_revoke(user: User, team: Team | None) -> None:
    """Those who decide may take a decision's effect away."""
    check(user, *REVIEWERS, team=team, to="revoke a certificate")


def check_may_release(user: User, team: Team, what: str) -> None:
    """Owners and operators put versions live and take them down."""
    check(user, Role.OWNER, Role.OPERATOR, team=team, to=what)
