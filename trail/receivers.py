"""After migrations: the triggers are brought into step with the models."""

import logging
from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections, transaction

from trail import capture_sql

log = logging.getLogger("assay.trail")


def install_triggers(using: str = "default", **signal: Any) -> None:
    """Install what differs, once everything governed is there."""
    connection = connections[using]
    if lacking := capture_sql.not_laid_out(connection):
        log.warning("no row triggers yet: migrations are due for %s", ", ".join(lacking))
        return
    with transaction.atomic(using=using):
        capture_sql.install(connection)


def check_triggers(
    *, databases: Sequence[str] | None = None, **options: Any
) -> list[checks.CheckMessage]:
    """Say if the triggers in a database are out of step with the models."""
    return [message for alias in databases or [] for message in _check(alias)]


def _check(alias: str) -> list[checks.CheckMessage]:
    connection = connections[alias]
    if capture_sql.not_laid_out(connection):
        return []
    differing = sorted(capture_sql.differences(connection).items())
    return [
        checks.Warning(f"trigger {name} is {how}", hint="run migrate", id="trail.W001")
        for name, how in differing
    ]
