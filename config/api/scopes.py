"""What a token may be used for. What its person may do, services decide."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request

from people.models import ApiToken
from people.states import Scope


class HasScope(IsAuthenticated):
    """Reading needs `read`, which every scope includes; changing needs `write`.

    A view says otherwise for an action by `scopes = {"approve": Scope.DECIDE}`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether somebody asks, with the scope this needs."""
        if not super().has_permission(request, view):
            return False
        if isinstance(request.auth, ApiToken):
            _check(request.auth, needed(str(request.method), view))
        return True


def needed(method: str, view: Any) -> Scope:
    """The scope this call needs."""
    by_action: dict[str, Scope] = getattr(view, "scopes", {})
    default = Scope.READ if method in SAFE_METHODS else Scope.WRITE
    return by_action.get(getattr(view, "action", None) or "", default)


def _check(token: ApiToken, scope: Scope) -> None:
    if scope != Scope.READ and scope not in token.scopes:
        held = ", ".join(token.scopes)
        raise PermissionDenied(f"this needs a token with the scope {scope}; this one has {held}")
