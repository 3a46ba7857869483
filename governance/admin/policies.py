"""Policies, by their versions: drafted as documents, put forward, in force, superseded."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from desk.acts import Act
from desk.badges import badge, state_badge
from desk.forms import DeskForm
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, Tool, code, digest, link
from desk.shown import page_of, when
from governance.admin.forms import PolicyDrafted, PutForward
from governance.models import ApprovalRequest, PolicyVersion
from governance.permissions import DRAFTERS
from governance.rules import sentences
from governance.services import approvals, policies
from governance.states import PolicyState, RequestState

_EXAMPLE = """\
policy: credit-production
applies_to: {environments: [production], risk_tiers: [high], domains: [credit]}
evidence:
  - kind: validation_run
    max_age: 180d
    reviewed: true
    rules:
      - {measure: roc_auc, at_least: 0.70}
  - kind: fairness_audit
    max_age: 90d
    reviewed: true
    rules:
      - {measure: selection_rate_ratio, for: race, at_least: 0.80, min_group_size: 30}
approvals:
  - {role: validator, count: 1, not: [author]}
  - {role: approver, count: 2, not: [author, validator]}
certificate: {valid_for: 180d}
"""


def _not_yet_asked(request: HttpRequest, version: PolicyVersion) -> bool:
    waiting = ApprovalRequest.objects.filter(
        subject_type="policy_version", subject_id=str(version.pk), state=RequestState.OPEN
    )
    return version.state == PolicyState.DRAFT and not waiting.exists()


@admin.register(PolicyVersion)
class PolicyVersionAdmin(Desk):
    """What deciders are bound by."""

    list_display = (
        "label",
        "state_shown",
        "binds",
        "created_by",
        "created_at",
        "in_force_at",
        "fingerprint",
    )
    list_filter = ("state", "policy__standing", "policy")
    search_fields = ("policy__slug", "digest", "text")
    list_select_related = ("policy__team", "created_by")
    detail_select_related = ("policy__team", "created_by")
    adders = tuple(DRAFTERS)
    added = "is drafted"
    add_form = PolicyDrafted
    add_title = "Draft a policy version"
    acts = (
        Act(
            "put-forward",
            "Ask for approval",
            PutForward,
            lambda version, by, said: approvals.open(
                subject=version, environment="", by=by, note=said["note"]
            ),
            _not_yet_asked,
            "gavel",
            main=True,
            done="It is before the deciders.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that bind this person's teams."""
        rows = super().get_queryset(request)
        if self.admin_site.reads_everything(request):
            return rows
        if not self.admin_site.roles_of(request):
            return rows.none()
        teams = self.admin_site.visible_teams(request)
        return rows.filter(Q(policy__team__in=teams) | Q(policy__team=None))

    @display(description="Policy", ordering="policy__slug")
    def label(self, version: PolicyVersion) -> str:
        """Name and number."""
        return str(version)

    @display(description="State", ordering="state")
    def state_shown(self, version: PolicyVersion) -> Any:
        """Draft, in force or superseded."""
        return state_badge(version.state, version.get_state_display())

    @display(description="Binds")
    def binds(self, version: PolicyVersion) -> str:
        """Whom."""
        return str(version.policy.team or "every team")

    @display(description="Digest")
    def fingerprint(self, version: PolicyVersion) -> Any:
        """Of the document."""
        return digest(version.digest)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)
        if obj.policy.standing:
            yield badge("Standing policy")

    def tools(self, request: HttpRequest, obj: Any) -> Iterable[Tool]:
        if self.has_add_permission(request):
            url = reverse("admin:governance_policyversion_add")
            yield Tool("Draft the next version", f"{url}?from={obj.pk}", "edit_note")

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Binds", self.binds(obj)),
                Fact("Drafted", f"{when(obj.created_at)} by {obj.created_by or 'Assay'}"),
                Fact("In force since", when(obj.in_force_at)),
                Fact("Digest", digest(obj.digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        asked = policies.document_of(obj)
        rows = [
            ((demand.kind.replace("_", " ")), text)
            for demand in asked.demands
            for text in (
                sentences.demand(demand),
                *(sentences.rule(demand, rule) for rule in demand.rules),
            )
        ]
        rows += [("approval", sentences.approval(one)) for one in asked.approvals]
        yield Panel("What it asks", ("About", "Rule"), rows, order=5)
        yield Panel("The document", body=code(obj.text), order=10)
        others = obj.policy.versions.exclude(pk=obj.pk).select_related("policy", "created_by")
        listed = [
            (
                link(page_of(one), one),
                state_badge(one.state, one.get_state_display()),
                when(one.created_at),
                one.created_by or "Assay",
            )
            for one in others
        ]
        heads = ("Version", "State", "Drafted", "By")
        yield Panel("Other versions", heads, listed, empty="This is the only one.", order=20)

    def initial(self, request: HttpRequest, form: type[DeskForm], obj: Any) -> dict[str, Any]:
        if form is not PolicyDrafted:
            return super().initial(request, form, obj)
        before = self.get_queryset(request).filter(pk=request.GET.get("from") or 0).first()
        if before is None:
            return {"text": _EXAMPLE}
        return {"text": before.text, "team": before.policy.team_id}

    def create(self, answers: dict[str, Any], *, by: Any) -> PolicyVersion:
        text = answers["text"].replace("\r\n", "\n")
        return policies.draft(text=text, team=answers["team"], by=by)
