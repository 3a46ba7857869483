"""What browsers may do with our answers.

Strict everywhere. Under /admin/ the theme needs `'unsafe-eval'` and inline styles, and the API's
reference needs inline styles and images it makes itself; nothing else is loosened anywhere.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
ADMIN = STRICT | {
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "frame-src": "'self'",
}
REFERENCE = STRICT | {"style-src": "'self' 'unsafe-inline'"}
LOOSER = {"/admin/": ADMIN, "/api/v1/reference/": REFERENCE}

PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeaders:
    """Adds the headers that a view has not set itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def policy_for(path: str) -> str:
    """The Content-Security-Policy of a path."""
    policy = next((looser for start, looser in LOOSER.items() if path.startswith(start)), STRICT)
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())
