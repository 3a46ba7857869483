"""What each rule asks and why it answers as it does, in sentences for people."""

from decimal import Decimal

from governance.rules.bounds import Compared, span_of
from governance.rules.held import HeldEvidence, Reading
from governance.rules.numbers import shown
from governance.rules.policy import Approval, Demand, MeasureRule
from governance.rules.verdicts import Verdict

_ABBREVIATED = {"roc_auc": "ROC AUC", "f1": "F1"}
#: More rows than this nobody collects to settle one rule.
_WITHIN_REACH = 10**9
_WHOSE = {"run": "", "person": " attested by a person", "outside": " from an outside source"}


def spoken(word: str) -> str:
    """A word of the domain without its underscores."""
    return _ABBREVIATED.get(word) or word.replace("_", " ")


def demand(asked: Demand) -> str:
    """What a demand for evidence asks."""
    age = f", at most {_length(asked)} old" if asked.max_age else ""
    reviewed = ", its report accepted by a reviewer" if asked.reviewed else ""
    return f"Evidence of kind {spoken(asked.kind)}{_WHOSE[asked.by]}{age}{reviewed}."


def rule(asked: Demand, said: MeasureRule) -> str:
    """What a rule on a measure asks."""
    how = "by the whole interval" if said.by_interval else "by the estimate"
    small = f"; groups of at least {said.min_group_size}" if said.min_group_size else ""
    return f"{_opening(_named(said))} {_wanted(said)}, judged {how}{small}."


def _opening(words: str) -> str:
    return words[0].upper() + words[1:]


def approval(asked: Approval) -> str:
    """What a demand for approvals asks."""
    people = "1 person" if asked.count == 1 else f"{asked.count} people"
    others = " or ".join(sorted(asked.excluding))
    unlike = f", not the {others}" if others else ""
    return f"Approval by {people} as {asked.role}{unlike}."


def nothing_held(asked: Demand) -> str:
    """Why a demand is missing its evidence."""
    return f"No {spoken(asked.kind)}{_WHOSE[asked.by]} is held for it."


def not_accepted(held: HeldEvidence) -> str:
    """Why evidence that is held does not count yet."""
    if held.review == "returned":
        return f"Its report was returned: {held.review_reason}"
    return "Its report has not been accepted yet."


def measured_otherwise(asked: Demand, held: HeldEvidence) -> str:
    """Why evidence does not answer a demand: it was measured on other terms; "" if it was not."""
    if held.confidence is not None and held.confidence < asked.confidence:
        return f"Its intervals hold with confidence {held.confidence}; {asked.confidence} is asked."
    if held.threshold is not None and held.threshold != asked.threshold:
        return f"It was measured at the threshold {held.threshold}; {asked.threshold} is asked."
    return ""


def in_hand(asked: Demand, held: HeldEvidence) -> str:
    """Why a demand for evidence is met."""
    accepted = ", and its report is accepted" if asked.reviewed else ""
    return f"It is held, of {held.effective_from:%Y-%m-%d}{accepted}."


def not_measured(kind: str, said: MeasureRule) -> str:
    """Why a rule finds nothing to judge in the evidence held."""
    return f"The {spoken(kind)} held does not measure {_named(said)}."


def why(
    said: MeasureRule, reading: Reading, verdict: Verdict, rows_needed: int | None = None
) -> str:
    """Why a rule with a bound answers as it does, and how many rows would settle it."""
    if reading.value is None:
        return f"{_subject(reading)} could not be computed."
    if reading.n < said.min_group_size:
        return (
            f"{_measured(said, reading)}, but the smallest group has {reading.n} rows and "
            f"{said.min_group_size} are needed."
        )
    if span_of(reading, by_interval=said.by_interval) is None:
        return f"{_measured(said, reading)}, without a usable interval."
    return (
        f"{_measured(said, reading)}: {_lies(said, reading, verdict)} what "
        f"is asked ({_range(said)}).{_enough(reading, verdict, rows_needed)}"
    )


def no_champion(same: bool) -> str:
    """Why there is nothing to compare with."""
    return "It is itself the champion." if same else "No version is live there to compare with."


def champion_not_measured(label: str, said: MeasureRule) -> str:
    """Why the champion cannot be compared with."""
    return f"The champion, {label}, has no evidence of {_named(said)} to compare with."


def comparison(
    said: MeasureRule, ours: Reading, theirs: Reading, label: str, answer: Compared
) -> str:
    """Why a comparison with the champion answers as it does."""
    ends = {
        Verdict.MET: "it is not worse by more than the margin",
        Verdict.NOT_MET: "it is worse by more than the margin",
    }
    end = ends.get(answer.verdict, "the intervals are too wide to tell")
    return (
        f"{_measured(said, ours, answer.bound)}; the champion, {label}, has "
        f"{_numbers(theirs)}; with a margin of {said.margin} {end}."
    )


def _length(asked: Demand) -> str:
    assert asked.max_age is not None
    hours = int(asked.max_age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"


def _named(said: MeasureRule) -> str:
    return f"{spoken(said.measure)} for {said.about}" if said.about else spoken(said.measure)


def _wanted(said: MeasureRule) -> str:
    if said.against_champion:
        return f"must not be worse than the champion's by more than {said.margin}"
    bounds = (("at least", said.at_least), ("at most", said.at_most))
    return "must be " + " and ".join(
        f"{word} {bound}" for word, bound in bounds if bound is not None
    )


def _subject(reading: Reading) -> str:
    cut = f" for {reading.feature}" if reading.feature else ""
    group = f" = {reading.group}" if reading.group is not None else ""
    return f"{_opening(spoken(reading.name))}{cut}{group}"


def _measured(said: MeasureRule, reading: Reading, *bounds: Decimal | None) -> str:
    return f"{_subject(reading)} is {_numbers(reading, said.at_least, said.at_most, *bounds)}"


def _numbers(reading: Reading, *bounds: Decimal | None) -> str:
    value = shown(reading.value, *bounds)
    if reading.low is None and reading.high is None:
        return f"{value} (n {reading.n})"
    low, high = shown(reading.low, *bounds), shown(reading.high, *bounds)
    return f"{value}, interval {low} to {high} (n {reading.n})"


def _lies(said: MeasureRule, reading: Reading, verdict: Verdict) -> str:
    has_interval = reading.low is not None and said.by_interval
    what = "the whole interval lies" if has_interval else "it lies"
    if verdict is Verdict.INSUFFICIENT:
        return "only part of the interval lies within"
    return f"{what} {'within' if verdict is Verdict.MET else 'outside'}"


def _enough(reading: Reading, verdict: Verdict, rows_needed: int | None) -> str:
    if verdict is not Verdict.INSUFFICIENT:
        return ""
    if rows_needed is None or rows_needed > _WITHIN_REACH:
        return " The estimate lies on the bound or next to it: more rows alone hardly decide it."
    return (
        f" If the estimate stays where it is, about {_two_digits(rows_needed):,} rows "
        f"instead of {reading.n:,} would decide it."
    )


def _two_digits(rows: int) -> int:
    """Rounded up to two significant digits: more would be pretended."""
    step = 10 ** max(0, len(str(rows)) - 2)
    return -(-rows // step) * step


def _range(said: MeasureRule) -> str:
    """The bounds as a range: what is asked for."""
    if said.at_least is None:
        return f"at most {said.at_most}"
    if said.at_most is None:
        return f"at least {said.at_least}"
    return f"{said.at_least} to {said.at_most}"
