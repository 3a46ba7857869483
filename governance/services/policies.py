"""Policies: drafted as documents, approved before they are in force, found for a subject.

Of the policies in force that cover a subject the most specific one decides: the one that names
most of environment, risk tier and domain, and at equal count a team's own before one that binds
all. Two that are equally specific and could cover the same thing are refused when the second
would come into force; should they exist all the same, neither is chosen.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from governance import events, permissions
from governance.errors import AmbiguousPolicy
from governance.models import ApprovalRequest, Policy, PolicyVersion
from governance.rules.documents import Written, understand
from governance.rules.faults import Unreadable
from governance.rules.policy import PolicyDocument, parse
from governance.services import catalogue, subjects
from governance.services.subjects import SubjectRef
from governance.states import PolicyState
from people.errors import Conflict, Malformed
from people.models import Team, User
from trail import services as trail

PROHIBITED = "prohibited"


@transaction.atomic
def draft(*, text: str, by: User, team: Team | None = None) -> PolicyVersion:
    """Draft a policy, or the next version of one. It binds nobody before it is approved."""
    written = read(text)
    policy = _policy_named(written.policy.policy, team, by)
    permissions.check_may_draft(by, policy)
    _check_subjects(written.policy, policy)
    _check_kinds(written.policy)
    policy.save()
    drafted = add_version(policy, text, written, by=by)
    detail = {"policy": policy.slug, "number": drafted.number, "digest": drafted.digest}
    trail.record(events.POLICY_DRAFTED, by=by, subject=drafted, detail=detail)
    return drafted


def applicable(subject: SubjectRef, environment: str) -> PolicyVersion | None:
    """The policy version in force that decides on a subject; None if nothing covers it."""
    standing = subjects.standing_of(subject)
    if standing.risk_tier == PROHIBITED:
        return None
    facts = (subject.type, environment, standing.risk_tier, standing.domain)
    covering = [v for v in in_force(subject.team) if document_of(v).scope.covers(*facts)]
    ranked = sorted(covering, key=_rank, reverse=True)
    if len(ranked) > 1 and _rank(ranked[0]) == _rank(ranked[1]):
        raise AmbiguousPolicy(
            f"{ranked[0]} and {ranked[1]} both cover {subject.label} equally: make one of them "
            "more specific, or end one"
        )
    return ranked[0] if ranked else None


def in_force(team: Team | None) -> Sequence[PolicyVersion]:
    """The policy versions that bind a team."""
    binding = Q(policy__team=None) | Q(policy__team=team)
    return list(
        PolicyVersion.objects.filter(binding, state=PolicyState.IN_FORCE).select_related("policy")
    )


def enact(request: ApprovalRequest, *, by: User) -> None:
    """Put an approved version in force in place of the one before it."""
    version = PolicyVersion.objects.select_related("policy").get(pk=request.subject_id)
    put_in_force(version, by=by)


def put_in_force(version: PolicyVersion, *, by: User | str) -> None:
    """Bring a version into force; the one before it is superseded."""
    _one_at_a_time()
    version.refresh_from_db(fields=["state"])
    if version.state != PolicyState.DRAFT:
        raise Conflict(f"{version} is {version.get_state_display().lower()}, not a draft")
    _refuse_ambiguity(version)
    for before in version.policy.versions.filter(state=PolicyState.IN_FORCE):
        before.state = PolicyState.SUPERSEDED
        before.save(update_fields=["state"])
        trail.record(
            events.POLICY_SUPERSEDED, by=by, subject=before, detail={"superseded_by": version.pk}
        )
    version.state, version.in_force_at = PolicyState.IN_FORCE, timezone.now()
    version.save(update_fields=["state", "in_force_at"])
    trail.record(events.POLICY_ENACTED, by=by, subject=version, detail={"digest": version.digest})


def read(text: str) -> Written:
    """Read a policy document; Malformed names each fault by its place."""
    try:
        return understand(text)
    except Unreadable as unreadable:
        errors = [{"place": place, "message": what} for place, what in unreadable.faults]
        raise Malformed(f"the policy cannot be read: {unreadable}", errors) from unreadable


def document_of(version: PolicyVersion) -> PolicyDocument:
    """The policy as rules see it."""
    return parse(version.document)


def add_version(policy: Policy, text: str, written: Written, *, by: User | None) -> PolicyVersion:
    """The next version of a policy, as a draft."""
    last = policy.versions.aggregate(last=Max("number"))["last"] or 0
    return PolicyVersion.objects.create(
        policy=policy,
        number=last + 1,
        text=text,
        document=written.document,
        digest=written.digest,
        created_by=by,
    )


def _policy_named(slug: str, team: Team | None, by: User) -> Policy:
    """The policy of that name, or a new one; a name belongs to one team for good."""
    policy = Policy.objects.select_for_update().filter(slug=slug).first()
    if policy is None:
        return Policy(slug=slug, team=team, created_by=by)
    if policy.team_id != (team.pk if team else None) and team is not None:
        whose = policy.team.name if policy.team else "every team"
        raise Conflict(f"the policy {slug} binds {whose}; its versions cannot bind {team.name}")
    return policy


def _check_subjects(document: PolicyDocument, policy: Policy) -> None:
    """Changes to policies and waivers are governed by the standing policies alone."""
    governed = document.scope.subjects - {"model_version"}
    if governed and not policy.standing:
        raise Malformed(
            f"only a standing policy applies to {', '.join(sorted(governed))}; "
            f"{policy.slug} is none"
        )


def _check_kinds(document: PolicyDocument) -> None:
    """A misspelt kind of evidence could never be brought."""
    known = catalogue.evidence_kinds()
    unknown = sorted({demand.kind for demand in document.demands} - known.keys())
    if unknown:
        raise Malformed(
            f"an evidence kind is one of {', '.join(sorted(known))}; got {', '.join(unknown)}"
        )


def _one_at_a_time() -> None:
    """Hold all policies: two that would be ambiguous cannot come into force side by side."""
    list(Policy.objects.select_for_update().order_by("pk").values_list("pk"))


def _refuse_ambiguity(version: PolicyVersion) -> None:
    scope = document_of(version).scope
    for other in PolicyVersion.objects.filter(state=PolicyState.IN_FORCE).select_related("policy"):
        alike = other.policy_id != version.policy_id and _rank(other) == _rank(version)
        same_team = other.policy.team_id == version.policy.team_id
        if alike and same_team and scope.overlaps(document_of(other).scope):
            raise AmbiguousPolicy(
                f"{version} cannot come into force: {other} is as specific and covers some of "
                "the same; name an environment, risk tier or domain that tells them apart"
            )


def _rank(version: PolicyVersion) -> tuple[int, bool]:
    return document_of(version).scope.specificity, version.policy.team_id is not None
