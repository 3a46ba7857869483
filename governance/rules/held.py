"""What is held when a rule is judged: evidence as numbers, read from text, exactly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True)
class Reading:
    """One measure of one slice. A number that is not finite was not computed: None.

    Without bounds it is exact, unless it is not `bounded`: an interval that was not computed.
    """

    name: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int
    feature: str = ""
    group: str | None = None
    bounded: bool = True


@dataclass(frozen=True)
class HeldEvidence:
    """The newest evidence of one kind about a subject, as a rule needs to see it."""

    id: int
    kind: str
    effective_from: datetime
    expires_at: datetime | None = None
    digest_matches: bool = True
    review: str = ""
    review_reason: str = ""
    confidence: Decimal | None = None
    threshold: Decimal | None = None
    readings: tuple[Reading, ...] = field(default=())

    def about(self, measure: str, feature: str) -> list[Reading]:
        """The readings of a measure: of the slice named, else of each of its groups."""
        named = [r for r in self.readings if (r.name, r.feature) == (measure, feature)]
        return [r for r in named if r.group is None] or named


def readings(measures: Sequence[Mapping[str, Any]]) -> tuple[Reading, ...]:
    """Read measures as they are stored: numbers as text."""
    return tuple(_readings(measures))


def _readings(measures: Sequence[Mapping[str, Any]]) -> Iterator[Reading]:
    for measure in measures:
        cut = measure.get("slice") or {}
        value, low, high = (number(measure.get(key)) for key in ("value", "low", "high"))
        said = measure.get("low"), measure.get("high")
        yield Reading(
            measure["name"],
            value,
            low,
            high,
            n=int(measure["n"]),
            feature=cut.get("feature", ""),
            group=cut.get("group"),
            bounded=(low is None, high is None) == tuple(text is None for text in said),
        )


def number(told: object) -> Decimal | None:
    """A number as it was stored, exactly; None for what is none or is not finite."""
    try:
        read = Decimal(str(told))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None
