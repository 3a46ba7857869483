# ruff: noqa: F405 (what is inherited from base)
"""For the tests: like production where it matters, quick where it does not.

The tests' plugin names the servers and a data folder of the run's own in the environment.
"""

from config.settings import local_secret
from config.settings.base import *  # noqa: F403

SECRET_KEY = SECRET_KEY or local_secret.read_or_make(DATA_DIR / "secret_key")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Argon2 costs 50 ms each time on purpose; the tests sign in a thousand times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, not memory: a worker's process and a live server's threads see the same database.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
LOGGING = configured("text", "WARNING")
