"""What every way of running Assay shares."""

from datetime import timedelta
from typing import Any

from config.admin_theme import FORMAT_MODULE_PATH as FORMAT_MODULE_PATH
from config.admin_theme import UNFOLD as UNFOLD
from config.logging import configured
from config.settings import database, environment
from config.settings.api import REST_FRAMEWORK as REST_FRAMEWORK
from config.settings.api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

ENVIRONMENT = environment.read()
BASE_DIR = environment.ROOT
DATA_DIR = ENVIRONMENT.data_dir

SECRET_KEY = ENVIRONMENT.secret_key.get_secret_value() if ENVIRONMENT.secret_key else ""
DEBUG = False
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.trusted_origins

INSTALLED_APPS = [
    "desk",
    "unfold.apps.BasicAppConfig",
    "config.admin_app.AssayAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "trail",
    "people",
    "models_registry",
    "governance",
    "audits",
    "config",
]
MIDDLEWARE = [
    "config.middleware.request_trail.RequestTrail",
    "config.middleware.security_headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.audit_checkpoint.AuditCheckpoint",
    "config.middleware.problem_pages.ProblemPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.request_trail.SessionActor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES: dict[str, dict[str, Any]] = {
    "default": database.from_url(ENVIRONMENT.database_url.get_secret_value())
    if ENVIRONMENT.database_url
    else database.sqlite(DATA_DIR / "assay.sqlite3")
}

# Who signs in, and how
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["people.backends.GuardedBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = ENVIRONMENT.sign_in_minutes * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# What browsers are told; the Content-Security-Policy is in config/middleware
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# Bytes
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-collected"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "blobs": {"BACKEND": ENVIRONMENT.blobs_backend, "OPTIONS": ENVIRONMENT.blobs_options}
    if ENVIRONMENT.blobs_backend
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ENVIRONMENT.blobs_dir or DATA_DIR / "blobs",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ASSAY_MAX_UPLOAD_BYTES = ENVIRONMENT.max_upload_bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 << 20  # of a body that is no file
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_PERMISSIONS = 0o600

# The trail and its keys
ASSAY_KEYS = {purpose: key.get_secret_value() for purpose, key in ENVIRONMENT.keys.items()}
ASSAY_KEYS_DIR = ENVIRONMENT.signing_keys_dir
ASSAY_TRAIL_ORIGIN = ENVIRONMENT.origin
ASSAY_SEQUENCE_AFTER_COMMIT = ENVIRONMENT.sequence_after_commit

# People and the API
ASSAY_TOKEN_LONGEST = timedelta(days=ENVIRONMENT.token_max_days)
ASSAY_SIGN_IN_FAILURES = ENVIRONMENT.sign_in_failures
ASSAY_PROXIES = ENVIRONMENT.proxies

# Workers; config/celery.py says the rest (late acknowledgement, visibility, restoring)
CELERY_BROKER_URL = ENVIRONMENT.broker_url
ASSAY_WORKER_MEMORY_BYTES = ENVIRONMENT.worker_memory_bytes
ASSAY_WORKER_SECONDS = ENVIRONMENT.worker_seconds
ASSAY_WORKER_CONCURRENCY = ENVIRONMENT.worker_concurrency
ASSAY_WORK_DIR = ENVIRONMENT.work_dir
ASSAY_ENGINE_MEMORY_BYTES = ENVIRONMENT.engine_memory_bytes
ASSAY_ENGINE_THREADS = ENVIRONMENT.engine_threads
ASSAY_ENGINE_SPILL_BYTES = ENVIRONMENT.engine_spill_bytes
ASSAY_LEASE_SECONDS = ENVIRONMENT.lease_seconds
ASSAY_CODE_REVISION = ENVIRONMENT.code_revision

# Times are UTC everywhere
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

LOGGING_CONFIG = None
LOGGING = configured(ENVIRONMENT.log_format or "json", ENVIRONMENT.log_level)

# The demo's people share a password; production says no
ASSAY_DEMO_ALLOWED = True
