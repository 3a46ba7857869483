"""On which side of a bound a number and its interval lie, exactly."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from governance.rules.held import Reading
from governance.rules.policy import MeasureRule
from governance.rules.verdicts import Verdict
from measures.planning.scaling import rows_to_decide


class Compared(NamedTuple):
    """How a candidate compares with the champion."""

    verdict: Verdict
    bound: Decimal


class Span(NamedTuple):
    """From where to where a number may lie."""

    low: Decimal
    high: Decimal


def judge_reading(rule: MeasureRule, reading: Reading) -> Verdict:
    """Met, not met or insufficient, by the whole interval or by the estimate alone."""
    span = span_of(reading, by_interval=rule.by_interval)
    if span is None or reading.n < rule.min_group_size:
        return Verdict.INSUFFICIENT
    if _above(span.low, rule.at_least) and _above(rule.at_most, span.high):
        return Verdict.MET
    if _above(span.high, rule.at_least) and _above(rule.at_most, span.low):
        return Verdict.INSUFFICIENT
    return Verdict.NOT_MET


#: What is filed where nothing is known, such as a rate of nobody; it does not narrow with rows.
_ANYTHING = Span(Decimal(0), Decimal(1))


def rows_needed(rule: MeasureRule, reading: Reading) -> int | None:
    """How many rows instead of `n` would decide what is insufficient now.

    None where that cannot be said, or where the estimate lies on the bound itself. See
    `measures.planning.scaling` for what is assumed.
    """
    if judge_reading(rule, reading) is not Verdict.INSUFFICIENT or reading.value is None:
        return None
    span = span_of(reading, by_interval=rule.by_interval)
    if span is None or reading.n < 1 or span == _ANYTHING:
        return None
    needed = rows_to_decide(reading.value, *span, reading.n, rule.at_least, rule.at_most)
    if needed is None:
        return None
    enough = max(needed, rule.min_group_size)
    return enough if enough > reading.n else None


def span_of(reading: Reading, *, by_interval: bool) -> Span | None:
    """The interval; the value alone for an exact count or by estimate; None if unusable."""
    if reading.value is None or (by_interval and not reading.bounded):
        return None
    if not by_interval or (reading.low is None and reading.high is None):
        return Span(reading.value, reading.value)
    if reading.low is None or reading.high is None or reading.low > reading.high:
        return None
    return Span(reading.low, reading.high)


def compared(rule: MeasureRule, ours: Reading, theirs: Reading) -> Compared:
    """Whether the candidate is not worse than the champion by more than the margin.

    By interval: the difference's bounds are found from the two intervals by the method of
    variance estimates recovery, and must lie wholly above minus the margin. The two are
    taken as independent, which is cautious when both were measured on the same rows.

    References
    ----------
    G. Y. Zou and A. Donner (2008), "Construction of confidence limits about effect measures:
    a general approach", Statist. Med. 27(10), 1693-1702.
    """
    bound = _bound(rule, theirs)
    mine = span_of(ours, by_interval=rule.by_interval)
    other = span_of(theirs, by_interval=rule.by_interval)
    if mine is None or other is None or min(ours.n, theirs.n) < rule.min_group_size:
        return Compared(Verdict.INSUFFICIENT, bound)
    if rule.lower_is_better:
        ours, theirs, mine, other = theirs, ours, other, mine
    room = _exact(ours.value) - _exact(theirs.value) + _exact(rule.margin)
    down = _square(ours.value, mine.low) + _square(other.high, theirs.value)
    up = _square(mine.high, ours.value) + _square(theirs.value, other.low)
    return Compared(_side(room, down, up), bound)


def _side(room: Fraction, down: Fraction, up: Fraction) -> Verdict:
    """Where room ± the square roots lies relative to zero, without taking a root."""
    if room >= 0 and room * room >= down:
        return Verdict.MET
    if room < 0 and room * room > up:
        return Verdict.NOT_MET
    return Verdict.INSUFFICIENT


def _bound(rule: MeasureRule, theirs: Reading) -> Decimal:
    value = theirs.value if theirs.value is not None else Decimal(0)
    return value + rule.margin if rule.lower_is_better else value - rule.margin


def _above(high: Decimal | None, low: Decimal | None) -> bool:
    """Whether one lies at or above the other; a bound that is not set is never crossed."""
    return high is None or low is None or high >= low


def _exact(number: Decimal | None) -> Fraction:
    return Fraction(number or 0)


def _square(high: Decimal | None, low: Decimal | None) -> Fraction:
    """The squared distance; 0 where a resampled interval does not hold its own estimate."""
    return max(Fraction(0), _exact(high) - _exact(low)) ** 2
