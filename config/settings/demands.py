"""What production demands before it starts."""

import os
from collections.abc import Iterator
from typing import Any

from config.settings.environment import Environment, Nonsense

SWITCHED_OFF = ("", "0", "false", "no", "off")


def check(environment: Environment, database: dict[str, Any]) -> None:
    """Raise Nonsense with every reason why this is not fit for production."""
    if reasons := [*_missing(environment), *_unfit(environment, database)]:
        raise Nonsense("Assay does not start in production:\n" + "\n".join(reasons))


def _missing(environment: Environment) -> Iterator[str]:
    if not environment.secret_key:
        yield "ASSAY_SECRET_KEY: expected 50 random characters or more, it is not set"
    if not environment.allowed_hosts:
        yield "ASSAY_ALLOWED_HOSTS: expected the names this host answers to, it is not set"
    if not environment.database_url:
        yield "ASSAY_DATABASE_URL: expected postgresql://…, it is not set"
    if not environment.redis_url:
        yield "ASSAY_REDIS_URL: expected the broker's address, it is not set"
    if not (environment.keys or environment.keys_dir):
        yield "ASSAY_KEYS_DIR or ASSAY_KEYS: expected the signing keys, neither is set"


def _unfit(environment: Environment, database: dict[str, Any]) -> Iterator[str]:
    if environment.database_url and "sqlite" in database["ENGINE"]:
        yield "ASSAY_DATABASE_URL: expected postgresql://…, got SQLite, which has one writer"
    if "*" in environment.allowed_hosts:
        yield "ASSAY_ALLOWED_HOSTS: expected host names, got *"
    for name in ("DEBUG", "ASSAY_DEBUG", "DJANGO_DEBUG"):
        if os.environ.get(name, "").lower() not in SWITCHED_OFF:
            yield f"{name}: expected it to be off, got {os.environ[name]!r}"
