"""The model in a few rules, and how far they can be believed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import tables
from audits.reports.kinds.fairness_details import count, inside, listed, share
from audits.reports.markup import Html, fold, join, raw, section, table, warning
from desk.figures import DASH, Figure, number, rounded, span

#: Share of the variance below which rules are not the model's, and below which they are rough.
LOW, ROUGH = Decimal("0.7"), Decimal("0.9")

_LISTED = 16


def rules(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Fidelity first, then the rules from the lowest score to the highest."""
    told = inside(details, "surrogate")
    held = listed(told.get("rules"))
    if not held:
        return raw("")
    threshold = number(details.get("threshold"))
    rows = [_row(one, threshold, told.get("tested_on")) for one in held[:_LISTED]]
    more = len(held) - len(rows)
    rest = f'<p class="soft">{more:,} more rules stand in the evidence.</p>' if more > 0 else ""
    heads = ["People of whom this holds", "Mean score", "Decision", "Share"]
    drawn = join([table(heads, rows, numeric=[1, 3]), raw(rest)])
    if _is_low(figures):
        drawn = fold("The rules, for those who look closer", drawn)
    note = _note(figures, told)
    return section("The model in a few rules", _caution(figures), drawn, note=note)


def _is_low(figures: Sequence[Figure]) -> bool:
    one = tables.pick(figures, "surrogate_fidelity")
    return one is not None and one.value is not None and one.value < LOW


def _row(one: Mapping[str, Any], threshold: Decimal | None, tested_on: Any) -> list[Any]:
    conditions = one.get("conditions")
    named = [str(each).replace("<=", "≤") for each in conditions or []]
    score = number(one.get("score"))
    decision = DASH
    if score is not None and threshold is not None:
        decision = "favourable" if score >= threshold else "unfavourable"
    return [
        ", ".join(named) or "everybody",
        rounded(score),
        decision,
        share(one.get("n"), tested_on),
    ]


def _note(figures: Sequence[Figure], told: Mapping[str, Any]) -> str:
    fidelity, agreed = (
        tables.pick(figures, name) for name in ("surrogate_fidelity", "surrogate_agreement")
    )
    said = "A small tree was grown to give the scores the model gives."
    among = f"{count(told.get('tested_on'))} people it was not grown on"
    if fidelity and fidelity.value is not None:
        sure = f" ({_percent(fidelity.low)} to {_percent(fidelity.high)})"
        said += (
            f" On {among} it reproduces {_percent(fidelity.value)} of the variance of the scores"
            f"{sure if fidelity.low is not None else ''}."
        )
        among = "them"
    if agreed and agreed.value is not None:
        said += (
            f" It decides as the model does for {rounded(agreed.value, agreed.name)} of {among} "
            f"({span(agreed.low, agreed.high, agreed.name)}); always deciding the commonest way "
            f"would for {rounded(number(told.get('by_default')), agreed.name)}."
        )
    return said


def _percent(value: Decimal | None) -> str:
    return DASH if value is None else f"{value * 100:.1f} %"


def _caution(figures: Sequence[Figure]) -> Html:
    one = tables.pick(figures, "surrogate_fidelity")
    if one is None:
        return raw("")
    if one.value is None:
        said = "The model gives these people one and the same score: there is nothing to reproduce."
        return warning("No fidelity.", said)
    if one.value < LOW:
        return warning(
            "Low fidelity.",
            "The model is more involved than these rules. They describe the tree, not the model; "
            "no decision can be explained by them.",
        )
    if one.value < ROUGH:
        return warning("A rough sketch.", "Much of what the model does is not in these rules.")
    return raw("")
