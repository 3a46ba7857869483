"""What people fill in to decide, ask, waive, draft and release."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from desk.forms import DateField, DeskForm, PasswordField, TextField
from governance.models import Certificate
from governance.services import judgement
from models_registry.models import Environment
from models_registry.states import DeploymentState
from people.errors import AssayError
from people.models import Team

APPROVE, CONDITIONS, REJECT = "approve", "conditions", "reject"


class Decided(DeskForm):
    """A decision on a request, signed with the password."""

    submit = "Sign the decision"
    decision = forms.ChoiceField(
        choices=[
            (APPROVE, "Approve"),
            (CONDITIONS, "Approve with conditions"),
            (REJECT, "Reject"),
        ],
        widget=forms.RadioSelect,
    )
    conditions = TextField(required=False, lines=2, label="Conditions, if there are any")
    reason = TextField(lines=3)
    password = PasswordField()

    def clean(self) -> dict[str, Any]:
        """Conditions belong to an approval with conditions, and to nothing else."""
        said: dict[str, Any] = super().clean() or {}
        decision, conditions = said.get("decision"), said.get("conditions", "").strip()
        if decision == CONDITIONS and not conditions:
            self.add_error("conditions", "Say what the conditions are.")
        if decision in {APPROVE, REJECT} and conditions:
            self.add_error("conditions", "Choose “Approve with conditions”, or leave this empty.")
        return said


class WithReason(DeskForm):
    """Anything that is done with a reason."""

    reason = TextField(lines=3)


class Withdrawn(WithReason):
    """A request is taken back."""

    intro = "The request is closed for good. Decisions on it stay readable."
    submit = "Withdraw the request"


class Revoked(WithReason):
    """A certificate loses its effect."""

    intro = "The gate closes at once, and what runs on it may no longer answer."
    submit = "Revoke the certificate"


class WaiverWithdrawn(WithReason):
    """A waiver ends before its date."""

    intro = "What rests on the waiver stops counting at once."
    submit = "Withdraw the waiver"


class InEnvironment(DeskForm):
    """Something asked for in one environment."""

    environment = forms.ModelChoiceField(Environment.objects.all())


class ApprovalAsked(InEnvironment):
    """A version is put before the deciders."""

    intro = (
        "The request is bound to the version's digest and to the policy that applies there. "
        "People other than you and the version's author decide."
    )
    submit = "Ask for approval"
    note = TextField(required=False, help_text="What deciders should know.")


class PutForward(DeskForm):
    """A draft is put before the deciders."""

    intro = "It binds nobody before people other than its author have approved it."
    submit = "Ask for approval"
    note = TextField(required=False)


class WaiverProposed(InEnvironment):
    """A rule is to be set aside for one version, until a date."""

    intro = (
        "A waiver sets one rule aside for this version until a date. It is itself approved by "
        "people other than you before it holds, and the finding stays readable."
    )
    submit = "Propose the waiver"
    rule = forms.ChoiceField()
    reason = TextField(help_text="Why the rule may be set aside here.")
    compensating_measures = TextField(
        required=False, help_text="What is done instead, to keep the harm small."
    )
    ends_at = DateField(label="Ends on")

    def prepare(self) -> None:
        """The rules that stand in the way, as they are judged now."""
        place = self.data.get("environment") or self.initial.get("environment")
        chosen: Any = Environment.objects.filter(pk=place).first() if place else None
        rules: Any = self.fields["rule"]
        rules.choices = _waivable(self.obj, [chosen] if chosen else Environment.objects.all())

    def clean_ends_at(self) -> datetime:
        """The end of that day."""
        day = self.cleaned_data["ends_at"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _waivable(version: Any, environments: Any) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for environment in environments:
        try:
            rules = judgement.preview(version, environment.name).rules
        except AssayError:
            continue  # no policy there, so there is nothing to waive
        found |= {rule.key: f"{rule.text} ({rule.verdict})" for rule in rules if "/" in rule.key}
    return list(found.items())


class Released(InEnvironment):
    """A version goes live."""

    intro = "The gate is asked first. The version that is live there now is replaced."
    submit = "Deploy"

    def prepare(self) -> None:
        """Where a certificate was issued for this version."""
        issued = Certificate.objects.filter(subject_digest=self.obj.manifest_digest)  # type: ignore[union-attr]
        field: Any = self.fields["environment"]
        field.queryset = Environment.objects.filter(name__in=issued.values("environment"))


class Ended(WithReason):
    """A deployment is taken down."""

    intro = "It stops answering, for good. Going back to it is another deployment."
    submit = "Take it down"
    state = forms.ChoiceField(
        label="How it ends",
        choices=[(DeploymentState.RETIRED.value, DeploymentState.RETIRED.label)],
    )


class RolledBack(WithReason):
    """The version before goes live again."""

    intro = "The version that was live before takes its place, if the gate still lets it run."
    submit = "Roll back"


class PolicyDrafted(DeskForm):
    """A policy, as a YAML document."""

    intro = "A draft binds nobody. It is approved by people other than you before it is in force."
    submit = "Save the draft"
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        empty_label="Every team",
        help_text="Whom it binds.",
    )
    text = forms.CharField(
        label="Document",
        widget=forms.Textarea(
            attrs={"rows": 26, "class": "ds-input ds-mono", "spellcheck": "false"}
        ),
    )

    def prepare(self) -> None:
        """Only teams this person sees."""
        field: Any = self.fields["team"]
        field.queryset = self.desk.admin_site.visible_teams(self.request)
