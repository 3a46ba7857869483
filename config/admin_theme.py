"""How the admin looks: name, colours, logo, and the way through it.

The navigation follows the life of a model, from its use case to the trail it leaves.
"""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, model: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist"), **more}


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": False, "items": list(items)}


_NAVIGATION = [
    {
        "items": [
            {"title": "What waits", "icon": "inbox", "link": reverse_lazy("admin:index")},
        ]
    },
    _group(
        "Inventory",
        _item("Use cases", "category", "models_registry_usecase"),
        _item("Datasets", "database", "models_registry_dataset"),
        _item("Snapshots", "photo_library", "models_registry_snapshot"),
        _item("Recipes", "receipt_long", "models_registry_recipe"),
        _item("Models", "deployed_code", "models_registry_registeredmodel"),
        _item("Model versions", "layers", "models_registry_modelversion"),
    ),
    _group(
        "Checks",
        _item("Runs", "play_circle", "audits_run"),
        _item("Reports", "description", "audits_report"),
    ),
    _group(
        "Decisions",
        _item("Approval requests", "gavel", "governance_approvalrequest"),
        _item("Waivers", "rule", "governance_waiver"),
        _item("Policies", "policy", "governance_policyversion"),
        _item("Evidence", "fact_check", "governance_evidence"),
        _item("Certificates", "verified", "governance_certificate"),
        _item("Coverage", "checklist", "governance_framework"),
    ),
    _group(
        "Operation",
        _item("Environments", "dns", "models_registry_environment"),
        _item("Deployments", "rocket_launch", "models_registry_deployment"),
        _item("Predictions", "online_prediction", "models_registry_predictionbatch"),
        _item("Outcomes", "task_alt", "models_registry_outcomebatch"),
        _item("Feedback", "forum", "models_registry_feedback"),
    ),
    _group(
        "Trail",
        _item("Entries", "timeline", "trail_entry"),
        _item("Checkpoints", "flag", "trail_checkpoint"),
    ),
    _group(
        "People",
        _item("People", "person", "people_user"),
        _item("Teams and roles", "groups", "people_team"),
        _item("API tokens", "key", "people_apitoken"),
    ),
]

#: Dates as 2026-11-23 14:05, wherever a page shows one.
FORMAT_MODULE_PATH = ["config.formats"]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Assay",
    "SITE_HEADER": "Assay",
    "SITE_SUBHEADER": "Model governance",
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("desk/assay.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "sizes": "any",
            "type": "image/svg+xml",
            "href": lambda request: static("desk/assay.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/desk.js")],
    "DASHBOARD_CALLBACK": "config.admin_dashboard.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _NAVIGATION},
    # Slate for what is there, a deep teal for what one can act on.
    "COLORS": {
        "base": {
            "50": "oklch(98.4% .003 220)",
            "100": "oklch(96.6% .004 220)",
            "200": "oklch(92.4% .007 222)",
            "300": "oklch(86.6% .010 224)",
            "400": "oklch(70.0% .018 226)",
            "500": "oklch(55.0% .022 228)",
            "600": "oklch(44.4% .024 230)",
            "700": "oklch(36.8% .024 231)",
            "800": "oklch(27.4% .020 232)",
            "900": "oklch(20.6% .017 233)",
            "950": "oklch(14.0% .013 234)",
        },
        "primary": {
            "50": "oklch(97.6% .013 200)",
            "100": "oklch(94.4% .030 200)",
            "200": "oklch(89.0% .054 200)",
            "300": "oklch(81.5% .082 202)",
            "400": "oklch(72.0% .100 205)",
            "500": "oklch(61.5% .098 210)",
            "600": "oklch(49.0% .082 214)",
            "700": "oklch(42.5% .070 216)",
            "800": "oklch(36.5% .058 218)",
            "900": "oklch(31.5% .046 220)",
            "950": "oklch(23.5% .036 222)",
        },
    },
}
