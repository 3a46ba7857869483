"""Profile: what is likely wrong with a snapshot, then what it holds, column by column."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import charts, tables
from audits.reports.kinds import profile_findings, profile_privacy
from audits.reports.kinds.profile_findings import mappings
from audits.reports.markup import (
    Html,
    format_count,
    join,
    key_figures,
    raw,
    section,
    table,
    warning,
)
from desk.figures import Figure, datum, number, rounded, span
from desk.meanings import name_of

#: Measures that are told in sections of their own.
_TOLD = frozenset({"findings", "pearson_correlation", "cramers_v", "correlation_ratio"})

#: Columns listed, columns drawn, associations listed and from which strength.
_LISTED, _DRAWN, _PAIRS, _STRONG = 60, 24, 12, Decimal("0.3")

_SECONDS_A_DAY = 86_400


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """What needs looking at, then how much there is, and how much of it is missing."""
    rows, columns = tables.pick(figures, "rows"), tables.pick(figures, "columns")
    missing = [one for one in figures if one.name == "missing_rate" and (one.value or 0) > 0]
    size = f"{rounded(rows.value)} rows" if rows else "The snapshot"
    wide = f" in {rounded(columns.value)} columns" if columns else ""
    held = f"{size}{wide}; {len(missing)} of the columns have missing values."
    return f"{profile_findings.sentence(figures, details)} {held}".strip()


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Findings, size, the target, groups, privacy, what goes together, then each column."""
    whole = [one for one in tables.of_all_rows(figures) if one.name not in profile_privacy.MEASURES]
    sliced = [
        one for one in figures if one.slice and one.name not in {"missing_rate", *_TOLD}
    ]  # fmt: skip
    missing = {one.feature: one for one in figures if one.name == "missing_rate"}
    return join(
        [
            _left_out(details.get("not_measured")),
            profile_findings.listed(details),
            key_figures((datum(one.value, one.name), _under(one)) for one in whole[:4]),
            section("Of the people", _others(sliced)),
            profile_privacy.told(details.get("privacy")),
            _associations(details),
            section("Columns", columns(details.get("columns"), missing)),
            section("Distributions", histograms(details.get("columns"))),
        ]
    )


def _left_out(said: Any) -> Html:
    """What was asked for and could not be measured."""
    if not said:
        return raw("")
    told = "; ".join(str(one) for one in said)
    return warning("Not measured.", f"{told[:1].upper()}{told[1:]}.")


def _under(one: Figure) -> str:
    sure = f", {span(one.low, one.high, one.name)}" if one.low is not None else ""
    return f"{name_of(one.name)}{sure}"


def _others(figures: Sequence[Figure]) -> Html:
    rows = [
        [
            one.about,
            name_of(one.name),
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            tables.n_of(one),
        ]
        for one in figures
    ]
    return table(["About", "Measure", "Value", "Interval", "n"], rows, numeric=[2, 3, 4])


_KINDS = {
    "pearson_correlation": "straight line (Pearson's r)",
    "cramers_v": "categories (Cramér's V)",
    "correlation_ratio": "number by category (correlation ratio)",
}


def _associations(details: Mapping[str, Any]) -> Html:
    """The strongest pairs, and among how many they are the strongest."""
    found = details.get("associations")
    if not isinstance(found, Mapping) or not number(found.get("pairs")):
        return raw("")
    strong = [
        one
        for one in mappings(found.get("strongest"))
        if abs(number(one.get("value")) or Decimal(0)) >= _STRONG
    ]
    rows = [
        [
            f"{one.get('first', '')} and {one.get('second', '')}",
            _KINDS.get(str(one.get("measure")), str(one.get("measure"))),
            datum(number(one.get("value"))),
            span(number(one.get("low")), number(one.get("high"))),
            format_count(one.get("n")),
        ]
        for one in strong[:_PAIRS]
    ]
    heads = ["Columns", "Measure", "Strength", "Interval", "n"]
    pairs = format_count(found.get("pairs"))
    note = (
        f"The strongest of {pairs} pairs: 0 is nothing in common, 1 (or −1) is knowing one from "
        "the other. A strong pair is no cause and effect."
    )
    if left_out := int(number(found.get("left_out")) or 0):
        note += f" {left_out:,} columns were left out to bound the work."
    note += profile_findings.sampled(details)
    if not rows:
        note = f"None of {pairs} pairs of columns goes together at {_STRONG} or more."
    return section(
        "What goes together", table(heads, rows, numeric=[2, 3, 4]) or raw(" "), note=note
    )


def columns(listed: Any, missing: Mapping[str, Figure]) -> Html:
    """A row per column: type, missing, distinct, and its usual values."""
    held = mappings(listed)
    rows = []
    for one in held[:_LISTED]:
        gone = missing.get(str(one.get("name")))
        rows.append(
            [
                one.get("name", ""),
                one.get("type", ""),
                datum(gone.value, gone.name) if gone else format_count(one.get("nulls")),
                format_count(one.get("distinct")),
                _usual(one),
                _shape(one),
            ]
        )
    heads = ["Column", "Type", "Missing", "Distinct", "Usual values", "Shape"]
    more = len(held) - _LISTED
    rest = raw(f'<p class="soft">{more:,} more columns are in the details.</p>') if more > 0 else ""
    caption = (
        "Distinct values are counted exactly. Skewness is 0 where values lie evenly on both sides, "
        "kurtosis 0 where extremes are as rare as in a normal law; outliers lie beyond Tukey's "
        "fences."
    )
    drawn = table(heads, rows, numeric=[2, 3], caption=caption)
    return join([drawn, rest]) if drawn else raw("")


def _usual(one: Mapping[str, Any]) -> str:
    """Mean, median and ends of a number; the most frequent values of a category."""
    held = ((key, number(one.get(key))) for key in ("mean", "median", "min", "max"))
    numbers = [f"{key} {charts.short(float(read), 4)}" for key, read in held if read is not None]
    if numbers:
        return ", ".join(numbers)
    if one.get("time") or (one.get("min") and one.get("max")):
        return f"{one.get('min', '')} to {one.get('max', '')}"
    values = mappings(one.get("values"))
    named = [f"{each.get('value')} ({format_count(each.get('n'))})" for each in values[:3]]
    return ", ".join(named) + (", …" if len(values) > 3 else "")


def _shape(one: Mapping[str, Any]) -> str:
    """Skewness, kurtosis and outliers of a number, lengths of a text, days of a time."""
    is_switch = (number(one.get("distinct")) or 0) <= 2  # two values have no shape
    said = [
        f"{key} {float(read):.2f}"
        for key in ("skewness", "kurtosis")
        if (read := number(one.get(key))) is not None and not is_switch
    ]
    return ", ".join([*said, *_outliers(one.get("number")), *_days(one.get("time"))])


def _outliers(held: Any) -> list[str]:
    outliers = held.get("outliers") if isinstance(held, Mapping) else None
    if not isinstance(outliers, Mapping):
        return []
    many = sum(int(number(outliers.get(key)) or 0) for key in ("below", "above"))
    return [f"{many:,} outlier{'s' if many > 1 else ''}"] if many else []


def _days(held: Any) -> list[str]:
    if not isinstance(held, Mapping):
        return []
    told = {"span_seconds": "spans {} days", "largest_gap_seconds": "longest gap {} days"}
    return [
        words.format(f"{float(read) / _SECONDS_A_DAY:,.1f}")
        for key, words in told.items()
        if (read := number(held.get(key))) is not None
    ]


def histograms(listed: Any) -> Html:
    """The shape of each column, for the first two dozen that have one."""
    held = [one for one in mappings(listed) if one.get("histogram")]
    drawn = join(charts.histogram(one["histogram"], str(one.get("name"))) for one in held[:_DRAWN])
    return raw(f'<div class="pair">{drawn}</div>') if drawn else raw("")
