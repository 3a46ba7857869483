"""People, teams and API tokens, as the desk shows them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import display

from desk.badges import Tone, badge, state_badge
from desk.forms import DeskForm
from desk.model_admin import Act, Desk
from desk.page import Fact, Panel, Section, link
from people.models import ApiToken, Grant, Team, User
from people.services import accounts, teams, tokens
from people.states import AccountKind, Role, Scope

# Roles in teams take the place of Django's groups, which would be a way past the services.
admin.site.unregister(Group)


def _may_staff(request: HttpRequest) -> bool:
    """Whether the buttons for people, teams and grants are shown; the services decide."""
    user = request.user
    if not isinstance(user, User):
        return False
    return user.is_superuser or user.grants.filter(role=Role.OPERATOR).exists()


class NewTeam(DeskForm):
    """A team owns use cases and datasets together."""

    intro = "People see what their teams own."
    submit = "Create the team"
    name = forms.CharField(max_length=100)


class NewGrant(DeskForm):
    """One role of one person in a team."""

    submit = "Give the role"
    person = forms.ModelChoiceField(User.objects.filter(is_active=True).order_by("username"))
    role = forms.ChoiceField(choices=Role.choices)


class GrantWithdrawn(DeskForm):
    """Which role is taken back."""

    submit = "Withdraw the role"
    grant = forms.ModelChoiceField(Grant.objects.none(), label="Role")

    def prepare(self) -> None:
        """Only this team's."""
        held = Grant.objects.filter(team=self.obj).select_related("user", "team")  # type: ignore[misc]
        self.fields["grant"].queryset = held  # type: ignore[attr-defined]


@admin.register(Team)
class TeamAdmin(Desk):
    """Teams, and who may do what in them."""

    list_display = ("name", "people", "use_case_count")
    search_fields = ("name",)
    add_form = NewTeam
    acts = (
        Act(
            "give-role",
            "Give a role",
            NewGrant,
            lambda team, by, said: teams.grant(said["person"], team, said["role"], by=by) and None,
            lambda request, team: _may_staff(request),
            "person_add",
            main=True,
            done="The role is given.",
        ),
        Act(
            "withdraw-role",
            "Withdraw a role",
            GrantWithdrawn,
            lambda team, by, said: _withdraw(said["grant"], by),
            lambda request, team: _may_staff(request),
            "person_remove",
            done="The role is withdrawn.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """Teams this person belongs to."""
        rows = super().get_queryset(request)
        if not self.admin_site.reads_everything(request):
            rows = rows.filter(pk__in=self.admin_site.visible_teams(request))
        return rows.annotate(
            people_count=Count("grants__user", distinct=True),
            use_cases_count=Count("use_cases", distinct=True),
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and _may_staff(request)

    @display(description="People")
    def people(self, team: Any) -> int:
        """How many hold a role."""
        return int(team.people_count)

    @display(description="Use cases")
    def use_case_count(self, team: Any) -> int:
        """How many it owns."""
        return int(team.use_cases_count)

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        held = obj.grants.select_related("user").order_by("role", "user__username")
        rows = [
            (link(_url("user", grant.user_id), grant.user), grant.get_role_display())
            for grant in held
        ]
        yield Panel("Roles", ("Person", "Role"), rows, total=len(rows), order=1)

    def create(self, answers: dict[str, Any], *, by: Any) -> Team:
        return teams.create(answers["name"], by=by)


def _withdraw(grant: Grant, by: Any) -> None:
    teams.withdraw(grant.user, grant.team, grant.role, by=by)


def _url(model: str, pk: Any) -> str:
    return f"/admin/people/{model}/{pk}/change/"


class NewAccount(DeskForm):
    """A person, or a service account that only carries tokens."""

    submit = "Create the account"
    username = forms.CharField(max_length=150)
    password = forms.CharField(
        strip=False,
        required=False,
        help_text="For a person. A service account has none.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    kind = forms.ChoiceField(choices=AccountKind.choices)


@admin.register(User)
class UserAdmin(Desk):
    """Accounts, and the roles each holds."""

    list_display = ("username", "name", "kind_badge", "roles_held", "active_badge", "last_login")
    list_filter = ("kind", "is_active", "grants__role")
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    add_form = NewAccount

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Oneself, and those one shares a team with."""
        rows = super().get_queryset(request).prefetch_related("grants__team")
        if self.admin_site.reads_everything(request) or _may_staff(request):
            return rows
        shared = Grant.objects.filter(team__in=self.admin_site.visible_teams(request))
        return rows.filter(pk__in=shared.values("user")) | rows.filter(pk=request.user.pk or 0)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and _may_staff(request)

    @display(description="Name")
    def name(self, user: User) -> str:
        """As people know them."""
        return user.get_full_name()

    @display(description="Kind", ordering="kind")
    def kind_badge(self, user: User) -> Any:
        """A person or a service account."""
        return badge(user.get_kind_display())

    @display(description="Roles")
    def roles_held(self, user: User) -> str:
        """Each role with its team."""
        return ", ".join(f"{one.get_role_display()} in {one.team}" for one in user.grants.all())

    @display(description="Active", ordering="is_active")
    def active_badge(self, user: User) -> Any:
        """Whether they can sign in."""
        return badge("Active", Tone.GOOD) if user.is_active else badge("Closed", Tone.QUIET)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        return (self.kind_badge(obj), self.active_badge(obj))

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Signs in as", obj.username),
                Fact("Name", obj.get_full_name()),
                Fact("Known to the trail as", obj.ref),
                Fact("Since", obj.date_joined),
                Fact("Last signed in", obj.last_login),
                Fact(
                    "Superuser",
                    "Yes: reads everything, decides nothing" if obj.is_superuser else "No",
                ),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        rows = [
            (link(_url("team", g.team_id), g.team), g.get_role_display()) for g in obj.grants.all()
        ]
        yield Panel("Roles", ("Team", "Role"), rows, total=len(rows), order=1)

    def create(self, answers: dict[str, Any], *, by: Any) -> User:
        return accounts.create(
            answers["username"], answers["password"], kind=answers["kind"], by=by
        )


class NewToken(DeskForm):
    """A key to the API for oneself, or for a service account."""

    intro = "The token is shown once, on the next page, and stored only as a digest."
    submit = "Issue the token"
    holder = forms.ModelChoiceField(User.objects.none())
    label = forms.CharField(max_length=100, help_text="What it is for, to recognise it by.")
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(min_value=1, max_value=365, initial=30, label="Valid for, in days")

    def prepare(self) -> None:
        """Others' tokens are for those who run the place."""
        mine = User.objects.filter(pk=self.request.user.pk or 0)
        everybody = User.objects.filter(is_active=True)
        field: Any = self.fields["holder"]
        field.queryset = everybody if _may_staff(self.request) else mine
        field.initial = self.request.user.pk


class TokenRevoked(DeskForm):
    """Nothing to fill in."""

    intro = "The token stops working at once and for good."
    submit = "Revoke it"


@admin.register(ApiToken)
class ApiTokenAdmin(Desk):
    """API tokens: one's own, and everybody's for those who run the place."""

    list_display = ("prefix", "user", "label", "scopes_held", "state", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("label", "prefix", "user__username")
    add_form = NewToken
    add_title = "New API token"
    acts = (
        Act(
            "revoke",
            "Revoke",
            TokenRevoked,
            lambda token, by, said: tokens.revoke(token, by=by) and None,
            lambda request, token: token.is_usable,
            "key_off",
            done="The token is revoked.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """One's own; all of them for those who may."""
        rows = super().get_queryset(request)
        return rows if _may_staff(request) else rows.filter(user=request.user.pk)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    @display(description="Scopes")
    def scopes_held(self, token: ApiToken) -> str:
        """What it may be used for."""
        return ", ".join(token.scopes)

    @display(description="State")
    def state(self, token: ApiToken) -> Any:
        """Usable, expired or revoked."""
        if token.revoked_at:
            return state_badge("revoked", "Revoked")
        return badge("Usable", Tone.GOOD) if token.is_usable else state_badge("expired", "Expired")

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        return (self.state(obj),)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Holder", obj.user),
                Fact("Label", obj.label),
                Fact("Scopes", self.scopes_held(obj)),
                Fact("Issued", obj.created_at),
                Fact("Expires", obj.expires_at),
                Fact("Last used", obj.last_used_at),
                Fact("Revoked", obj.revoked_at),
            ],
        )

    def _add(self, request: HttpRequest) -> HttpResponse:
        """Like any new thing, but the secret is shown once and kept nowhere."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self._bind(NewToken, request, None)
        if form.is_valid():
            issued = self._try(
                request, form, lambda: self.create(form.cleaned_data, by=request.user)
            )
            if issued is not None:
                context = {
                    **self.admin_site.each_context(request),
                    "title": "The token, shown this once",
                    "opts": self.model._meta,
                    "original": issued.token,
                    "secret": issued.secret,
                    "back": self.url_of(issued.token),
                }
                return TemplateResponse(request, "desk/secret.html", context)
        return self._form_page(request, form, self.add_title, None)

    def create(self, answers: dict[str, Any], *, by: Any) -> Any:
        return tokens.issue(
            holder=answers["holder"],
            by=by,
            label=answers["label"],
            scopes=answers["scopes"],
            valid_for=timedelta(days=answers["days"]),
        )
