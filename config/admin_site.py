"""The admin site: who may come in, and how much each sees.

Everybody with an active personal account may sign in; what they see follows from their grants
(`people.services.roles`), not from Django's per-model permissions.
"""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm as PlainAuthenticationForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.sites import UnfoldAdminSite

from people.errors import AssayError, NotPermitted
from people.models import User
from people.services import accounts, refusals, roles
from people.states import AccountKind, Role


class SignIn(AuthenticationForm):
    """The sign-in form. Service accounts carry tokens and have no desk."""

    error_messages = {
        **PlainAuthenticationForm.error_messages,
        "invalid_login": "That name and password do not belong together. Both are case-sensitive.",
        "service": "A service account works through the API with a token; it has no desk.",
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Anybody active may come in; `is_staff` is not asked for."""
        PlainAuthenticationForm.confirm_login_allowed(self, user)
        if user.kind != AccountKind.PERSON:
            raise ValidationError(self.error_messages["service"], code="service")


class OwnPassword(AdminOwnPasswordChangeForm):
    """The form for one's own password; the service changes it and records that."""

    def save(self, commit: bool = True) -> Any:
        """By the service, in place of the form's own writing."""
        accounts.change_password(self.user, self.cleaned_data["new_password1"], by=self.user)
        return self.user


class AssaySite(UnfoldAdminSite):
    """The desk of everybody who works with Assay."""

    login_form = SignIn
    index_title = "What waits for you"
    #: What a service raises when it refuses, shown on the page that asked.
    refusals = AssayError

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(
            user.is_authenticated
            and user.is_active
            and getattr(user, "kind", "") == AccountKind.PERSON
        )

    def visible_teams(self, request: HttpRequest) -> QuerySet[Any]:
        """The teams whose things this person sees."""
        return roles.visible_teams(_person(request))

    def roles_of(self, request: HttpRequest) -> frozenset[str]:
        """The roles this person holds in any team; read once per request."""
        if not hasattr(request, "_roles_held"):
            held = _person(request).grants.values_list("role", flat=True)
            request._roles_held = frozenset(held)  # type: ignore[attr-defined]
        return request._roles_held  # type: ignore[attr-defined]

    def reads_everything(self, request: HttpRequest) -> bool:
        """Superusers and auditors see every team's things."""
        return _person(request).is_superuser or Role.AUDITOR in self.roles_of(request)

    def remember_refusal(self, request: HttpRequest, refusal: Exception) -> None:
        """That somebody asked for what they may not do is on record, as it is in the API."""
        if isinstance(refusal, NotPermitted) and not refusal.recorded:
            asked = f"{request.method} {request.path}"
            refusals.remember(_person(request), asked=asked, why=refusal.message)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """One's own password, changed by the service."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPassword,
            success_url=reverse(f"{self.name}:password_change_done"),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # has_permission was asked first
    return request.user
