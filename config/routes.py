"""Which viewset answers under which name: each app's own, put together where two apps share one.

A snapshot is the registry's, but a file becomes one by a run; going live is governance's to
decide. So the registry's viewsets get the actions of the apps above it here, and every viewset
gets what all have in common.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from rest_framework.routers import SimpleRouter

from audits import api as audits
from config.api.conventions import Conventions
from governance import api as governance
from models_registry import api as models_registry
from people import api as people
from trail import api as trail

APPS: Sequence[ModuleType] = (models_registry, governance, audits, people, trail)
SHARED: dict[str, type] = {
    "snapshots": audits.SnapshotUpload,
    "predictions": audits.PredictionRequests,
    "outcomes": audits.OutcomeUpload,
    "deployments": governance.DeploymentActions,
}


def router() -> SimpleRouter:
    """All viewsets of all apps."""
    routes = SimpleRouter()
    for app in APPS:
        for prefix, viewset in app.ROUTES:
            routes.register(prefix, composed(prefix, viewset), basename=prefix.replace("/", "-"))
    return routes


def composed(prefix: str, viewset: type) -> Any:
    """The viewset with what all share, and what another app adds to it."""
    added = (SHARED[prefix],) if prefix in SHARED else ()
    body = {
        "__doc__": viewset.__doc__,
        "__module__": viewset.__module__,
        "scopes": _scopes(*added, viewset),
    }
    return type(viewset.__name__, (Conventions, *added, viewset), body)


def odd_ones() -> list[Any]:
    """The addresses that are no viewset's."""
    return [pattern for app in APPS for pattern in app.urlpatterns]


def _scopes(*classes: type) -> dict[str, Any]:
    """What each part says of its own actions, together."""
    said: dict[str, Any] = {}
    for cls in reversed(classes):
        said |= getattr(cls, "scopes", {})
    return said
