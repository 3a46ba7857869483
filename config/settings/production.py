# ruff: noqa: F405 (what is inherited from base)
"""For an organisation: refuses to start on anything that is only fit for one machine."""

from config.settings import demands
from config.settings.base import *  # noqa: F403

demands.check(ENVIRONMENT, DATABASES["default"])

DEBUG = False
ASSAY_DEMO_ALLOWED = False
STORAGES["staticfiles"] = {
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}

SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENVIRONMENT.https
SESSION_COOKIE_SECURE = ENVIRONMENT.https
CSRF_COOKIE_SECURE = ENVIRONMENT.https
if ENVIRONMENT.https:
    SESSION_COOKIE_NAME = "__Host-assay-session"
    CSRF_COOKIE_NAME = "__Host-assay-csrf"
if ENVIRONMENT.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Preloading binds a whole domain for years: for its owner to decide, not for this application.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
