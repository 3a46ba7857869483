"""Policies: drafted as documents, in force once somebody else approved, found for a subject."""

import pytest
from django.db import IntegrityError, transaction

from governance.errors import AmbiguousPolicy
from governance.models import Policy, PolicyVersion
from governance.services import approvals, policies, standing, subjects
from governance.states import PolicyState
from models_registry.models import UseCase
from people.errors import Conflict, Malformed, NotPermitted
from people.models import Grant, Team, User
from people.states import Role
from tests.governance.conftest import PASSWORD, POLICY, approve, behind, happened

pytestmark = pytest.mark.django_db


def named(name, **applies_to):
    scope = ", ".join(f"{key}: [{value}]" for key, value in applies_to.items())
    return (
        f"policy: {name}\napplies_to: {{{scope}}}\n"
        "approvals: [{role: approver, count: 1}]\ncertificate: {valid_for: 30d}\n"
    )


def test_a_draft_binds_nobody(team, steward, version):
    drafted = policies.draft(text=POLICY, by=steward)
    assert (drafted.number, drafted.state) == (1, PolicyState.DRAFT)
    assert drafted.document["evidence"][0]["rules"] == [{"measure": "roc_auc", "at_least": "0.70"}]
    assert policies.applicable(subjects.of(version), "production") is None
    assert happened("governance.policy.drafted", subject_id=str(drafted.pk)).exists()


def test_a_bad_document_leaves_nothing_behind(team, steward):
    before = Policy.objects.count()
    with pytest.raises(Malformed, match="the policy cannot be read: /colour") as told:
        policies.draft(text=POLICY + "colour: red\ncolour: blue\n", by=steward)
    assert told.value.errors == [{"place": "/colour", "message": "this key is given twice"}]
    assert Policy.objects.count() == before
    assert not happened("governance.policy.drafted").exists()


def test_a_kind_of_evidence_nobody_knows_is_refused(team, steward):
    with pytest.raises(Malformed, match="got fairnes_audit"):
        policies.draft(text=POLICY.replace("fairness_audit", "fairnes_audit"), by=steward)


def test_a_stranger_and_an_auditor_may_not_draft(team, mallory, auditor):
    for somebody in (mallory, auditor):
        for whose in (team, None):
            with pytest.raises(NotPermitted):
                policies.draft(text=POLICY, by=somebody, team=whose)
    assert not Policy.objects.filter(standing=False).exists()


def test_it_is_in_force_once_somebody_else_approved(enact, version):
    enacted = enact()
    assert enacted.state == PolicyState.IN_FORCE
    assert policies.applicable(subjects.of(version), "production") == enacted
    assert happened("governance.policy.enacted", subject_id=str(enacted.pk)).exists()


def test_what_is_in_force_is_not_put_forward_again(enact, steward):
    enacted = enact()
    with pytest.raises(Conflict, match="only a draft is put forward"):
        approvals.open(subject=enacted, environment="", by=steward)


def test_its_author_does_not_approve_it(team, person):
    author = person("author", Role.STEWARD, Role.APPROVER)
    drafted = policies.draft(text=POLICY, by=author)
    request = approvals.open(subject=drafted, environment="", by=author)
    with pytest.raises(NotPermitted):
        approve(request, author)
    drafted.refresh_from_db()
    assert drafted.state == PolicyState.DRAFT


def test_the_next_version_supersedes_the_last(enact):
    first = enact()
    second = enact(POLICY.replace("0.70", "0.75"))
    first.refresh_from_db()
    assert (second.number, second.policy, first.state) == (2, first.policy, PolicyState.SUPERSEDED)
    assert happened("governance.policy.superseded", subject_id=str(first.pk)).exists()


def test_the_database_itself_keeps_one_version_in_force(enact, steward):
    enact()
    second = policies.draft(text=POLICY.replace("0.70", "0.75"), by=steward)
    with pytest.raises(IntegrityError), transaction.atomic():
        behind(PolicyVersion).filter(pk=second.pk).update(state=PolicyState.IN_FORCE)


@pytest.mark.parametrize(
    ("environment", "domain", "tier", "covered"),
    [
        ("production", "credit", "high", True),
        ("staging", "credit", "high", False),
        ("production", "insurance", "high", False),
        ("production", "credit", "limited", False),
        ("production", "credit", "prohibited", False),
    ],
)
def test_a_policy_covers_what_it_applies_to(enact, version, environment, domain, tier, covered):
    enact()
    behind(UseCase).update(domain=domain, risk_tier=tier)
    found = policies.applicable(subjects.of(version), environment)
    assert (found is not None) is covered


def test_a_prohibited_use_is_never_covered(enact, version):
    enact(named("everything", environments="production"))
    behind(UseCase).update(risk_tier="prohibited")
    assert policies.applicable(subjects.of(version), "production") is None


def test_the_most_specific_policy_decides(enact, version):
    enact(named("all", environments="production"))
    credit = enact(named("credit", environments="production", domains="credit"))
    assert policies.applicable(subjects.of(version), "production") == credit


def test_a_team_s_own_policy_goes_before_one_that_binds_all(enact, version, team):
    enact(named("all", environments="production"))
    own = enact(named("own", environments="production"), team)
    assert policies.applicable(subjects.of(version), "production") == own


def test_another_team_s_policy_does_not_count(enact, version):
    elsewhere = Team.objects.create(name="Elsewhere", slug="elsewhere")
    for grant in list(Grant.objects.all()):
        Grant.objects.create(user=grant.user, team=elsewhere, role=grant.role)
    enact(named("theirs", environments="production"), elsewhere)
    assert policies.applicable(subjects.of(version), "production") is None


def test_two_policies_that_claim_the_same_are_refused(enact, version):
    enact(named("one", environments="production"))
    with pytest.raises(AmbiguousPolicy, match="one v1 is as specific"):
        enact(named("two", domains="credit"))
    assert PolicyVersion.objects.get(policy__slug="two").state == PolicyState.DRAFT
    assert happened("governance.request.refused").exists()


def test_two_that_do_not_overlap_live_side_by_side(enact, version):
    production = enact(named("one", environments="production"))
    enact(named("two", environments="staging"))
    assert policies.applicable(subjects.of(version), "production") == production


def test_ambiguity_that_came_about_otherwise_chooses_neither(enact, steward, version):
    enact(named("one", environments="production"))
    two = policies.draft(text=named("two", domains="credit"), by=steward)
    behind(PolicyVersion).filter(pk=two.pk).update(state=PolicyState.IN_FORCE)
    with pytest.raises(AmbiguousPolicy, match="both cover Mortgages v1 equally"):
        policies.applicable(subjects.of(version), "production")


def test_a_name_belongs_to_one_team(team, steward):
    policies.draft(text=POLICY, by=steward)
    with pytest.raises(Conflict, match="binds every team"):
        policies.draft(text=POLICY, by=steward, team=team)


def test_the_standing_policies_came_with_the_product():
    found = PolicyVersion.objects.filter(policy__standing=True, state=PolicyState.IN_FORCE)
    assert {v.policy.slug for v in found} == {"standing-policies", "standing-waivers"}


def test_installing_them_again_changes_nothing():
    assert standing.install() == []


def test_what_was_approved_here_is_not_replaced_by_the_product_s():
    ours = PolicyVersion.objects.filter(policy__slug="standing-waivers")
    behind(PolicyVersion).filter(pk=ours.get().pk).update(digest="0" * 64)
    (again,) = standing.install()
    assert (again.number, ours.filter(state=PolicyState.IN_FORCE).count()) == (2, 1)


def test_only_a_standing_policy_governs_policies_and_waivers(team, steward):
    with pytest.raises(Malformed, match="only a standing policy applies to waiver"):
        policies.draft(text=named("lax", subjects="waiver"), by=steward)


def test_only_an_operator_drafts_a_standing_policy(team, steward, operator):
    text = (standing.FOLDER / "waivers.yaml").read_text().replace("count: 1", "count: 2")
    with pytest.raises(NotPermitted, match="operator"):
        policies.draft(text=text, by=steward)
    assert policies.draft(text=text, by=operator).number == 2


def test_one_team_does_not_replace_the_policy_that_binds_another(policy, version, owner, team):
    rivals = Team.objects.create(name="Rivals", slug="rivals")
    drafter, approver = (User.objects.create(username=name) for name in ("drafter", "lenient"))
    approver.set_password(PASSWORD)
    approver.save()
    Grant.objects.create(user=drafter, team=rivals, role=Role.OWNER)
    Grant.objects.create(user=approver, team=rivals, role=Role.APPROVER)
    drafted = policies.draft(text=POLICY.replace("0.70", "0.10"), by=drafter)
    request = approvals.open(subject=drafted, environment="", by=drafter)
    with pytest.raises(NotPermitted, match="approver in every team that has use cases"):
        approve(request, approver)
    assert policies.applicable(subjects.of(version), "production") == policy
    Grant.objects.create(user=approver, team=team, role=Role.APPROVER)
    approve(request, approver)
    assert policies.applicable(subjects.of(version), "production") == drafted
