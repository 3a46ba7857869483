"""The demo's team, its people and their grants, and two environments. Never in production."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from models_registry.models import Environment
from models_registry.services import environments
from people.models import Team, User
from people.services import accounts, teams
from people.states import Role
from trail import services as trail

BY = "system:cli"
TEAM = "Lending"
PEOPLE = {
    "owner": ("Olivia Owner", Role.OWNER),
    "validator": ("Victor Validator", Role.VALIDATOR),
    "approver1": ("Ada Approver", Role.APPROVER),
    "approver2": ("Ben Approver", Role.APPROVER),
    "steward": ("Stella Steward", Role.STEWARD),
    "auditor": ("Aaron Auditor", Role.AUDITOR),
    "operator": ("Otto Operator", Role.OPERATOR),
}
ENVIRONMENTS = {
    "staging": "Where a release is tried before people depend on it.",
    "production": "Where people depend on it.",
}


class Command(BaseCommand):
    """Sets up what is missing and leaves alone what is there; may be called again."""

    help = "Set up the demo team, its logins and environments (refused in production)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up, and say how to sign in."""
        if not settings.ASSAY_DEMO_ALLOWED:
            raise CommandError("the demo has one shared password: it is not set up in production")
        password = _password(Path(settings.DATA_DIR) / "demo_password")
        with trail.acting(by=BY, source="cli"), transaction.atomic():
            _set_up(password)
        if options["verbosity"]:
            self.stdout.write(f"Demo logins: {', '.join(PEOPLE)}")
            self.stdout.write(f"Demo password: {password}")


def _set_up(password: str) -> None:
    team = Team.objects.filter(name=TEAM).first() or teams.create(TEAM, by=BY)
    for username, (full_name, role) in PEOPLE.items():
        person = User.objects.filter(username=username).first()
        if person is None:
            person = accounts.create(username, password, full_name=full_name, by=BY)
        teams.grant(person, team, role, by=BY)
    operator = User.objects.get(username="operator")
    for name, description in ENVIRONMENTS.items():
        if not Environment.objects.filter(name=name).exists():
            environments.create(name, description, by=operator)


def _password(path: Path) -> str:
    """The one password of all, made once for this data folder."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(password := f"demo-{secrets.token_hex(6)}")
    return password
