"""The policies that came with the product and govern changes to policies and waivers.

Installed after every migration from `governance/standing/*.yaml`; doing it again changes
nothing. A version somebody drafted and had approved here is never replaced by the product's.
"""

from pathlib import Path
from typing import Any

from django.db import transaction

from governance import events
from governance.models import Policy, PolicyVersion
from governance.services import policies
from governance.states import PolicyState
from trail import services as trail

FOLDER = Path(__file__).resolve().parent.parent / "standing"
INSTALLER = "system:install"


def install_after_migrating(**signal: Any) -> None:
    """Called by Django after `migrate`."""
    install()


@transaction.atomic
def install() -> list[PolicyVersion]:
    """Put each document in force that is not yet, and say which."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
    return [version for text in texts if (version := _install(text)) is not None]


def _install(text: str) -> PolicyVersion | None:
    written = policies.read(text)
    policy, _ = Policy.objects.get_or_create(
        slug=written.policy.policy, defaults={"standing": True, "team": None}
    )
    held = policy.versions.filter(digest=written.digest).exists()
    changed_here = policy.versions.filter(
        state=PolicyState.IN_FORCE, created_by__isnull=False
    ).exists()
    if held or changed_here:
        return None
    version = policies.add_version(policy, text, written, by=None)
    trail.record(events.POLICY_INSTALLED, by=INSTALLER, subject=version)
    policies.put_in_force(version, by=INSTALLER)
    return version
