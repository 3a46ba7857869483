"""How subjects, rules and measured figures are shown on governance's pages."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from desk import charts
from desk.badges import Tone, state_badge, tone_of
from desk.figures import Figure, figure, rounded, span
from desk.meanings import name_of
from desk.shown import page_of
from governance.models import Evidence
from governance.rules.judging import RuleVerdict
from governance.rules.verdicts import WAIVABLE
from governance.services import subjects

_VERDICTS = {"not_met": "Not met", "not_applicable": "Not applicable"}


class RuleShown(NamedTuple):
    """A rule as a row of the page."""

    key: str
    text: str
    badge: SafeString
    why: str
    chart: SafeString | str
    numbers: str
    passes: bool
    waivable: bool
    evidence_url: str


def subject_page(subject_type: str, subject_id: str) -> str:
    """Where the page of a request's or a piece of evidence's subject is."""
    meta = subjects.kind_of(subject_type).model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[subject_id])


def verdict_badge(verdict: Any) -> SafeString:
    """A verdict as a coloured word."""
    return state_badge(str(verdict), _VERDICTS.get(str(verdict), ""))


def rule_shown(rule: RuleVerdict) -> RuleShown:
    """A rule, its verdict, and its interval against the bound."""
    measure = rule.key.split("/")[1] if "/" in rule.key else ""
    page = reverse("admin:governance_evidence_change", args=[rule.evidence_id])
    return RuleShown(
        rule.key,
        rule.text,
        verdict_badge(rule.verdict),
        rule.why,
        _rule_chart(rule, measure),
        _numbers(rule, measure),
        rule.passes,
        rule.verdict in WAIVABLE,
        page if rule.evidence_id else "",
    )


def rules_shown(rules: Iterable[RuleVerdict]) -> list[RuleShown]:
    """What stands in the way first, then the rest in the policy's order."""
    return sorted((rule_shown(rule) for rule in rules), key=lambda rule: rule.passes)


def _numbers(rule: RuleVerdict, measure: str) -> str:
    if rule.value is None:
        return ""
    sure = f" ({span(rule.low, rule.high, measure)})" if rule.low is not None else ""
    return f"{rounded(rule.value, measure)}{sure}"


def _rule_chart(rule: RuleVerdict, measure: str) -> SafeString | str:
    if rule.value is None:
        return ""
    ends = [end for end in (rule.value, rule.low, rule.high, rule.bound) if end is not None]
    within = (min(Decimal(0), *ends), max(Decimal(1), *ends))
    asked = f", bound {rounded(rule.bound, measure)}" if rule.bound is not None else ""
    label = f"{name_of(measure)}: {_numbers(rule, measure)}{asked}"
    tone = str(tone_of(str(rule.verdict)))
    drawn = charts.interval(
        rule.value, rule.low, rule.high, label=label, within=within, bound=rule.bound, tone=tone
    )
    return mark_safe(drawn)


class Rates(NamedTuple):
    """One measure of a feature's groups, and the gap between them."""

    feature: str
    measure: str
    groups: Sequence[tuple[str, str, str, SafeString, int, bool]]
    gap: str

    @property
    def crossed(self) -> bool:
        """Whether its groups are those of several features at once."""
        return " x " in self.feature


def figures_of(evidence: Evidence | None) -> list[Figure]:
    """The measures of a piece of evidence, read."""
    return [figure(measure) for measure in evidence.measures] if evidence else []


def interval_chart(one: Figure, tone: Tone = Tone.QUIET) -> SafeString:
    """A figure's interval on a track from 0 to 1."""
    label = f"{one.about}: {rounded(one.value, one.name)} ({span(one.low, one.high, one.name)})"
    return mark_safe(charts.interval(one.value, one.low, one.high, label=label, tone=str(tone)))


def rates_by_group(figures: Sequence[Figure], least: int) -> list[Rates]:
    """Selection rates of each feature's groups; small groups are marked, not hidden."""
    features = list(dict.fromkeys(one.feature for one in figures if one.group))
    return [_rates(feature, figures, least) for feature in features]


def _rates(feature: str, figures: Sequence[Figure], least: int) -> Rates:
    rows = [
        (
            one.group,
            rounded(one.value, one.name),
            span(one.low, one.high, one.name),
            interval_chart(one, Tone.CARE if one.n < least else Tone.QUIET),
            one.n,
            one.n < least,
        )
        for one in figures
        if one.feature == feature and one.group and one.name == "selection_rate"
    ]
    gaps = [
        f"{name_of(one.name).lower()} {rounded(one.value, one.name)}"
        + (f" ({span(one.low, one.high, one.name)})" if one.low is not None else "")
        for one in figures
        if one.feature == feature and not one.group and one.name in _GAPS
    ]
    return Rates(feature, "Selection rate", rows, "; ".join(gaps))


_GAPS = ("selection_rate_ratio", "equalized_odds_difference")


def evidence_link(evidence: Evidence) -> SafeString:
    """A piece of evidence by its kind."""
    return format_html(
        '<a class="ds-link" href="{}">{}</a>', page_of(evidence), kind_words(evidence.kind)
    )


def kind_words(kind: str) -> str:
    """A kind of evidence in words."""
    return kind.replace("_", " ").capitalize()
