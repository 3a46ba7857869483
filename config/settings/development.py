# ruff: noqa: F405 (what is inherited from base)
"""For one machine: everything local, no settings needed."""

from config.logging import configured
from config.settings import local_secret
from config.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = SECRET_KEY or local_secret.read_or_make(DATA_DIR / "secret_key")
ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", "testserver"]
LOGGING = configured(ENVIRONMENT.log_format or "text", ENVIRONMENT.log_level)
