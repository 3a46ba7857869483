"""What the API's description says of every operation alike: headers, scopes, problems."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from config.api.conventions import answers_repeats
from config.api.idempotency import HEADER
from config.api.problems import MEDIA_TYPE
from config.api.scopes import needed

CODES = {"400": "Malformed", "401": "Not authenticated", "403": "Not permitted", "404": "Not found"}
CODES_OF_CHANGES = CODES | {
    "409": "Not in a state in which this can be done",
    "413": "Too large",
    "415": "Not a media type or file that is accepted",
    "422": "The rules that apply are not met",
    "429": "Too many attempts",
}
CODES_OF_UPDATES = CODES_OF_CHANGES | {
    "412": "Somebody else changed it in between",
    "428": "If-Match is missing",
}
IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Sent again with the same key, the request is answered as before, not done again.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the state the change was decided on.",
)
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Each field or rule, with what is wrong.",
            "items": {"type": "object", "additionalProperties": True},
        },
    },
}


class AssaySchema(AutoSchema):
    """Adds what `Conventions` adds."""

    def get_override_parameters(self) -> list[Any]:
        """The headers of changes."""
        named = list(super().get_override_parameters())
        if self.method == "POST" and answers_repeats(self.view):
            named.append(IDEMPOTENCY)
        if self.method == "PATCH":
            named.append(IF_MATCH)
        return named

    def get_description(self) -> str:  # type: ignore[override]  # spectacular's own way
        """The view's own words, and the scope a token needs."""
        said = super().get_description() or ""
        if not self.get_auth():
            return str(said)
        scope = needed(self.method, self.view)
        return f"{said}\n\nScope: `{scope}`.".strip()


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """How the schema says it."""

    target_class = "config.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A token of POST /tokens/."}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    """How the schema says it."""

    target_class = "config.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A cookie."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every operation its problems, all of one shape."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            _add_problems(method, operation)
    return result


def _add_problems(method: str, operation: dict[str, Any]) -> None:
    codes = {"get": CODES, "patch": CODES_OF_UPDATES}.get(method, CODES_OF_CHANGES)
    for code, said in codes.items():
        operation["responses"].setdefault(code, _problem(said))


def _problem(said: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": said, "content": {MEDIA_TYPE: shape}}
