"""From the text of a policy to a document that is known to be one, or every fault it has."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema

from governance.rules.canonical import digest_of, plain
from governance.rules.direction import direction_of
from governance.rules.faults import Unreadable
from governance.rules.policy import PolicyDocument, parse
from governance.rules.reading import read

SCHEMA: dict[str, Any] = json.loads(
    Path(__file__).with_name("policy.schema.json").read_text(encoding="utf-8")
)
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
_SHOWN = 20
_BOUNDS = (
    "a rule says at_least or at_most (or both), or not_worse_than: champion with an optional margin"
)


class Written(NamedTuple):
    """A policy as plain JSON (numbers as text), as read, and its digest."""

    document: dict[str, Any]
    policy: PolicyDocument
    digest: str


def understand(text: str) -> Written:
    """Read, validate and parse. Raises Unreadable naming every fault by its place."""
    raw = read(text)
    faults = [_told(error) for error in _VALIDATOR.iter_errors(raw)]
    if faults:
        raise Unreadable(*sorted(faults)[:_SHOWN])
    document = plain(raw)
    policy = parse(document)
    if faults := [*_contradictions(document, policy)]:
        raise Unreadable(*faults[:_SHOWN])
    return Written(document, policy, digest_of(document))


def _told(error: jsonschema.ValidationError) -> tuple[str, str]:
    place = "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "oneOf" and "rules" in error.absolute_path:
        return place, _BOUNDS
    return place or "/", error.message[:300]


def _contradictions(document: dict[str, Any], policy: PolicyDocument) -> Iterator[tuple[str, str]]:
    """What the schema cannot say: things that ask for nothing, twice, or the impossible."""
    if not policy.demands and not policy.approvals:
        yield "/", "the policy asks for nothing: it needs evidence or approvals"
    elif not policy.approvals:
        yield "/approvals", "nobody would decide: at least one approval is needed"
    if "model_version" in policy.scope.subjects and policy.valid_for is None:
        yield "/certificate", "an approval of a model version ends: say certificate: {valid_for: …}"
    yield from _repetitions(policy)
    for i, demand in enumerate(document.get("evidence", [])):
        for j, rule in enumerate(demand.get("rules", [])):
            yield from _rule_faults(rule, f"/evidence/{i}/rules/{j}")


def _repetitions(policy: PolicyDocument) -> Iterator[tuple[str, str]]:
    named = {
        "/evidence": [demand.kind for demand in policy.demands],
        "/evidence/*/rules": [d.key_of(rule) for d in policy.demands for rule in d.rules],
        "/approvals": [approval.role for approval in policy.approvals],
    }
    for place, names in named.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield place, f"{name} is asked for {times} times; say it once"


def _rule_faults(rule: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    low, high = (
        Decimal(str(rule[key])) if key in rule else None for key in ("at_least", "at_most")
    )
    if low is not None and high is not None and low > high:
        yield place, f"no number is at least {low} and at most {high}"
    if Decimal(str(rule.get("margin", 0))) < 0:
        yield f"{place}/margin", f"a margin is not negative, got {rule['margin']}"
    known = "better" in rule or direction_of(rule["measure"]) is not None
    if "not_worse_than" in rule and not known:
        yield place, f"whether more or less {rule['measure']} is better is not known: say better"
