"""A policy, read: demands for evidence, approvals, and how long a certificate holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from governance.rules.direction import direction_of
from governance.rules.durations import duration


@dataclass(frozen=True)
class MeasureRule:
    """One bound on one measure, or a comparison with the champion."""

    measure: str
    about: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    against_champion: bool = False
    margin: Decimal = Decimal(0)
    lower_is_better: bool = False
    by_interval: bool = True
    min_group_size: int = 0

    @property
    def key(self) -> str:
        """Its name within the demand."""
        named = f"{self.measure}/{self.about or '-'}"
        return f"{named}/champion" if self.against_champion else named


@dataclass(frozen=True)
class Demand:
    """One kind of evidence that must be held, how measured, and the rules on its measures.

    Whoever asks for a run chooses its confidence and threshold; a low confidence narrows every
    interval, and at an extreme threshold everybody is treated alike. So the policy says both.
    """

    kind: str
    by: str = "run"
    max_age: timedelta | None = None
    reviewed: bool = False
    confidence: Decimal = Decimal("0.95")
    threshold: Decimal = Decimal("0.5")
    rules: tuple[MeasureRule, ...] = ()

    def key_of(self, rule: MeasureRule) -> str:
        """The rule's key in the policy."""
        return f"{self.kind}/{rule.key}"


@dataclass(frozen=True)
class Approval:
    """How many people in one role must agree, and who of them does not count."""

    role: str
    count: int
    excluding: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Its key in the policy."""
        return f"approvals/{self.role}"


@dataclass(frozen=True)
class Scope:
    """What a policy applies to; an empty set is everything."""

    subjects: frozenset[str] = frozenset({"model_version"})
    environments: frozenset[str] = frozenset()
    risk_tiers: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def covers(self, subject: str, environment: str, risk_tier: str, domain: str) -> bool:
        """Whether something of this description falls under it."""
        return subject in self.subjects and all(
            not named or said in named
            for named, said in zip(self._named, (environment, risk_tier, domain), strict=True)
        )

    def overlaps(self, other: "Scope") -> bool:
        """Whether something could fall under both."""
        return bool(self.subjects & other.subjects) and all(
            not mine or not theirs or mine & theirs
            for mine, theirs in zip(self._named, other._named, strict=True)
        )

    @property
    def specificity(self) -> int:
        """How many of environment, risk tier and domain it names."""
        return sum(bool(named) for named in self._named)

    @property
    def _named(self) -> tuple[frozenset[str], ...]:
        return self.environments, self.risk_tiers, self.domains


@dataclass(frozen=True)
class PolicyDocument:
    """All of it."""

    policy: str
    scope: Scope
    demands: tuple[Demand, ...]
    approvals: tuple[Approval, ...]
    valid_for: timedelta | None = None
    title: str = ""
    keys: frozenset[str] = field(default=frozenset())


def parse(document: Mapping[str, Any]) -> PolicyDocument:
    """The policy a document that the schema accepts stands for."""
    demands = tuple(_demand(written) for written in document.get("evidence", []))
    certificate = document.get("certificate")
    return PolicyDocument(
        policy=document["policy"],
        scope=_scope(document["applies_to"]),
        demands=demands,
        approvals=tuple(_approval(written) for written in document["approvals"]),
        valid_for=duration(certificate["valid_for"]) if certificate else None,
        title=document.get("title", ""),
        keys=frozenset(demand.key_of(rule) for demand in demands for rule in demand.rules),
    )


def _scope(written: Mapping[str, Any]) -> Scope:
    return Scope(
        subjects=frozenset(written.get("subjects", ["model_version"])),
        environments=frozenset(written.get("environments", [])),
        risk_tiers=frozenset(written.get("risk_tiers", [])),
        domains=frozenset(written.get("domains", [])),
    )


def _demand(written: Mapping[str, Any]) -> Demand:
    return Demand(
        kind=written["kind"],
        by=written.get("by", "run"),
        max_age=duration(written["max_age"]) if "max_age" in written else None,
        reviewed=written.get("reviewed", False),
        confidence=Decimal(str(written.get("confidence", Demand.confidence))),
        threshold=Decimal(str(written.get("threshold", Demand.threshold))),
        rules=tuple(_rule(rule) for rule in written.get("rules", [])),
    )


def _rule(written: Mapping[str, Any]) -> MeasureRule:
    return MeasureRule(
        measure=written["measure"],
        about=written.get("for", ""),
        at_least=_number(written, "at_least"),
        at_most=_number(written, "at_most"),
        against_champion="not_worse_than" in written,
        margin=_number(written, "margin") or Decimal(0),
        lower_is_better=_lower(written),
        by_interval=written.get("decide_by", "interval") == "interval",
        min_group_size=written.get("min_group_size", 0),
    )


def _lower(written: Mapping[str, Any]) -> bool:
    return (written.get("better") or direction_of(written["measure"])) == "lower"


def _number(written: Mapping[str, Any], key: str) -> Decimal | None:
    return Decimal(str(written[key])) if key in written else None


def _approval(written: Mapping[str, Any]) -> Approval:
    return Approval(written["role"], written["count"], frozenset(written.get("not", [])))
