"""How the API behaves, through REST framework and drf-spectacular."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.BearerToken",
        "config.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.scopes.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "config.api.ordering.StableOrdering",
    ],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.AssaySchema",
    "EXCEPTION_HANDLER": "config.api.problems.answer",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DATETIME_FORMAT": "iso-8601",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Assay",
    "DESCRIPTION": "Governance of machine-learning models: measure, judge, approve, prove.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "filter": True, "displayRequestDuration": True},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RunKind": "audits.states.RunKind",
        "RunState": "audits.states.RunState",
        "ReportState": "audits.states.ReportState",
        "RequestState": "governance.states.RequestState",
        "DecisionKind": "governance.states.DecisionKind",
        "PolicyState": "governance.states.PolicyState",
        "WaiverState": "governance.states.WaiverState",
        "Producer": "governance.states.Producer",
        "ReviewVerdict": "governance.states.ReviewVerdict",
        "RiskTier": "models_registry.states.RiskTier",
        "Domain": "models_registry.states.Domain",
        "Classification": "models_registry.states.Classification",
        "Part": "models_registry.states.Part",
        "ArtifactFormat": "models_registry.states.ArtifactFormat",
        "Task": "models_registry.states.Task",
        "DeploymentState": "models_registry.states.DeploymentState",
        "BatchSource": "models_registry.states.BatchSource",
        "FeedbackKind": "models_registry.states.FeedbackKind",
        "Role": "people.states.Role",
        "AccountKind": "people.states.AccountKind",
        "Scope": "people.states.Scope",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.with_problems",
    ],
}
