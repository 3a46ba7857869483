"""Who takes part in the story, and what they have made so far."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay_client import Assay, Problem

NAMES = ("owner", "validator", "approver1", "approver2", "steward", "auditor")


class NotAsPromised(Exception):
    """The service did something else than this story says it does."""


class Cast(NamedTuple):
    """One connection per person, each with a token of their own."""

    owner: Assay
    validator: Assay
    approver1: Assay
    approver2: Assay
    steward: Assay
    auditor: Assay


@dataclass
class Story:
    """The people, their password for signing, and what has come to be."""

    cast: Cast
    password: str
    team: int
    names: dict[str, str]
    made: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.made[name]

    def keep(self, name: str, thing: Any) -> Any:
        """Remember something for later chapters."""
        self.made[name] = thing
        return thing

    def signed(self, reason: str, **more: Any) -> dict[str, Any]:
        """A decision's body: the reason, and the password that signs it."""
        return {"reason": reason, "password": self.password, **more}


def assemble() -> Story:
    """Sign everybody in, at the address and with the password the environment names."""
    address = os.environ.get("ASSAY_ADDRESS", "http://127.0.0.1:8000")
    password = os.environ.get("ASSAY_DEMO_PASSWORD", "")
    if not password:
        sys.exit("Set ASSAY_DEMO_PASSWORD to the password that `manage.py seed_demo` printed.")
    people = [Assay.sign_in(address, name, password, label="mortgages") for name in NAMES]
    cast = Cast(*people)
    seen = {name: person.get("me") for name, person in cast._asdict().items()}
    team = seen["owner"]["grants"][0]["team"]
    return Story(cast, password, team, {name: me["name"] for name, me in seen.items()})


def require(fact: object, sentence: str) -> None:
    """Go on only if this is so."""
    if not fact:
        raise NotAsPromised(f"expected that {sentence}")


def refused(deed: Any, *arguments: Any, status: int, **more: Any) -> Problem:
    """Do something that must be refused in this way, and return the refusal."""
    try:
        deed(*arguments, **more)
    except Problem as problem:
        require(problem.status == status, f"the refusal is {status}, got {problem}")
        return problem
    raise NotAsPromised(f"expected a refusal ({status}), but it was done")


def measure(measures: list[dict[str, Any]], name: str, **about: str) -> Mapping[str, Any]:
    """The one measure of this name and slice."""
    found = [m for m in measures if m["name"] == name and m["slice"] == about]
    require(len(found) == 1, f"{name} {about or ''} was measured once, found {len(found)}")
    return found[0]
