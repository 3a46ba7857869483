"""What each rule of a policy says of the evidence held, with a sentence that says why.

All arithmetic is exact: numbers arrive as the text that was stored, become Decimals, and
nothing is rounded before it is compared. By interval, a bound is met only if the whole
interval lies on its right side, not met if it lies wholly on the wrong one, and insufficient
between. Cannot say whether a measure was well chosen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from governance.rules import sentences
from governance.rules.bounds import compared, judge_reading, rows_needed
from governance.rules.held import HeldEvidence, Reading
from governance.rules.policy import Demand, MeasureRule, PolicyDocument
from governance.rules.verdicts import PASSING, SEVERITY, WAIVABLE, Verdict


@dataclass(frozen=True)
class RuleVerdict:
    """A rule in plain words, its verdict, why, and the numbers it rests on."""

    key: str
    text: str
    verdict: Verdict
    why: str
    evidence_id: int | None = None
    bound: Decimal | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    rows_needed: int | None = None

    @property
    def passes(self) -> bool:
        """Whether it does not stand in the way."""
        return self.verdict in PASSING


@dataclass(frozen=True)
class Waived:
    """A waiver that holds: of which rule, until when, and why."""

    rule: str
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class Champion:
    """The version the candidate is compared with, and its evidence by kind."""

    label: str
    same: bool
    held: Mapping[str, HeldEvidence]


def judge_policy(
    policy: PolicyDocument,
    held: Mapping[str, HeldEvidence],
    *,
    now: datetime,
    champion: Champion | None = None,
    waivers: Mapping[str, Waived] | None = None,
) -> list[RuleVerdict]:
    """The verdict of every rule of a policy, in the order of the document."""
    return [
        _after_waiver(verdict, (waivers or {}).get(verdict.key))
        for demand in policy.demands
        for verdict in judge_demand(demand, held.get(demand.kind), now=now, champion=champion)
    ]


def judge_demand(
    demand: Demand, held: HeldEvidence | None, *, now: datetime, champion: Champion | None = None
) -> Iterator[RuleVerdict]:
    """The verdict on the evidence itself, then on each rule of its measures."""
    verdict, why = _standing(demand, held, now)
    evidence_id = held.id if held else None
    yield RuleVerdict(demand.kind, sentences.demand(demand), verdict, why, evidence_id)
    for rule in demand.rules:
        key, text = demand.key_of(rule), sentences.rule(demand, rule)
        if held is None:
            yield RuleVerdict(key, text, Verdict.MISSING, sentences.nothing_held(demand))
        elif verdict is Verdict.STALE:
            yield RuleVerdict(key, text, verdict, why, evidence_id)
        else:
            yield judge(rule, held, key=key, text=text, champion=champion)


def judge(
    rule: MeasureRule,
    held: HeldEvidence,
    *,
    key: str = "",
    text: str = "",
    champion: Champion | None = None,
) -> RuleVerdict:
    """The verdict of one rule; on several groups, that of the group that fares worst."""
    blank = RuleVerdict(key or rule.key, text, Verdict.MISSING, "", held.id)
    found = held.about(rule.measure, rule.about)
    if not found:
        return replace(blank, why=sentences.not_measured(held.kind, rule))
    if rule.against_champion:
        verdicts = [_against(rule, blank, reading, champion) for reading in found]
    else:
        verdicts = [_within(rule, blank, reading) for reading in found]
    return max(verdicts, key=lambda verdict: SEVERITY.index(verdict.verdict))


def _within(rule: MeasureRule, blank: RuleVerdict, reading: Reading) -> RuleVerdict:
    verdict = judge_reading(rule, reading)
    bound = rule.at_least if rule.at_least is not None else rule.at_most
    enough = rows_needed(rule, reading)
    why = sentences.why(rule, reading, verdict, enough)
    judged = replace(blank, verdict=verdict, why=why, bound=bound, rows_needed=enough)
    return _with_numbers(judged, reading)


def _against(
    rule: MeasureRule, blank: RuleVerdict, reading: Reading, champion: Champion | None
) -> RuleVerdict:
    """Compare with the champion's reading of the same slice."""
    blank = _with_numbers(blank, reading)
    if champion is None or champion.same:
        why = sentences.no_champion(champion is not None)
        return replace(blank, verdict=Verdict.NOT_APPLICABLE, why=why)
    theirs = _same_slice(champion.held.get(_kind_of(blank)), reading)
    if theirs is None:
        why = sentences.champion_not_measured(champion.label, rule)
        return replace(blank, verdict=Verdict.INSUFFICIENT, why=why)
    answer = compared(rule, reading, theirs)
    why = sentences.comparison(rule, reading, theirs, champion.label, answer)
    return replace(blank, verdict=answer.verdict, why=why, bound=answer.bound)


def _kind_of(blank: RuleVerdict) -> str:
    return blank.key.split("/")[0]


def _same_slice(held: HeldEvidence | None, reading: Reading) -> Reading | None:
    found = held.about(reading.name, reading.feature) if held else []
    return next((r for r in found if r.group == reading.group), None)


def _with_numbers(verdict: RuleVerdict, reading: Reading) -> RuleVerdict:
    return replace(verdict, value=reading.value, low=reading.low, high=reading.high, n=reading.n)


def _standing(demand: Demand, held: HeldEvidence | None, now: datetime) -> tuple[Verdict, str]:
    """Whether the evidence itself is held, current and, where asked, accepted."""
    if held is None:
        return Verdict.MISSING, sentences.nothing_held(demand)
    if stale := _staleness(demand, held, now):
        return Verdict.STALE, stale
    if otherwise := sentences.measured_otherwise(demand, held):
        return Verdict.INSUFFICIENT, otherwise
    if demand.reviewed and held.review != "accepted":
        return Verdict.MISSING, sentences.not_accepted(held)
    return Verdict.MET, sentences.in_hand(demand, held)


def _staleness(demand: Demand, held: HeldEvidence, now: datetime) -> str:
    if not held.digest_matches:
        return "The subject has changed since it was measured."
    if held.expires_at is not None and held.expires_at <= now:
        return f"It expired on {held.expires_at:%Y-%m-%d}."
    if demand.max_age is not None and held.effective_from + demand.max_age < now:
        return f"It is of {held.effective_from:%Y-%m-%d}, older than {demand.max_age.days} days."
    return ""


def _after_waiver(verdict: RuleVerdict, waiver: Waived | None) -> RuleVerdict:
    """Set aside what a waiver that holds may set aside; the finding stays readable."""
    if waiver is None or verdict.verdict not in WAIVABLE:
        return verdict
    reason = waiver.reason.rstrip(". ")
    why = f"Waived until {waiver.ends_at:%Y-%m-%d}: {reason}. Without the waiver: {verdict.why}"
    return replace(verdict, verdict=Verdict.WAIVED, why=why)
