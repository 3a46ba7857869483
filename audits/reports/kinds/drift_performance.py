"""How well the model does in the window: by outcomes that are known, and estimated without."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from audits.reports import tables
from audits.reports.kinds import drift_columns
from audits.reports.markup import Html, raw, section, table, warning
from desk.figures import DASH, Figure, datum, number, rounded, span
from desk.meanings import name_of

_ESTIMATED, _REFERENCE = "estimated_", "reference_"

#: In the order they are told.
_FIGURES = ("roc_auc", "accuracy", "precision", "recall", "specificity", "f1")


def names(figures: Sequence[Figure]) -> frozenset[str]:
    """The measures told here: all of one window's performance once something is estimated."""
    found = {one.name for one in figures if one.name.startswith((_ESTIMATED, _REFERENCE))}
    return frozenset({*found, *(_FIGURES if found else ()), "positive_rate_change"})


def sentences(figures: Sequence[Figure], details: Mapping[str, Any]) -> list[str]:
    """What performance is likely to be, and what it is as far as outcomes are known."""
    area, right = (tables.pick(figures, f"{_ESTIMATED}{name}") for name in _FIGURES[:2])
    said = []
    if area and area.value is not None:
        said.append(
            "Estimated without outcomes, if scores still mean what they did on the reference, "
            f"{_told(area, right)}{_before(figures)}."
        )
    elif details.get("estimated"):
        said.append("Without outcomes, performance cannot be estimated here.")
    known = [tables.pick(figures, name) for name in _FIGURES[:2]]
    held = [one for one in known if one is not None]
    if held:
        count = max(one.n for one in held)
        told = " and ".join(f"{_name(one.name)} is {_with_span(one)}" for one in held)
        said.append(f"Of the {count:,} predictions whose outcome is known, {told}.")
    if apart := _apart(figures):
        said.append(f"The two do not agree on {' and '.join(apart)}: believe the outcomes.")
    return said


def _told(area: Figure, right: Figure | None) -> str:
    said = f"{_name('roc_auc')} is {_with_span(area)}"
    if right and right.value is not None:
        said += f" and {_name('accuracy')} {_with_span(right)}"
    return said


def _before(figures: Sequence[Figure]) -> str:
    held = [tables.pick(figures, f"{_REFERENCE}{name}") for name in _FIGURES[:2]]
    told = " and ".join(
        rounded(one.value, one.name.removeprefix(_REFERENCE)) for one in held if one
    )
    return f" (reference: {told})" if told else ""


def _name(measure: str) -> str:
    plain = {"roc_auc": "the area under the ROC curve", "accuracy": "accuracy"}
    return plain.get(measure, name_of(measure).lower())


def _with_span(one: Figure) -> str:
    plain = _plain(one.name)
    return f"{rounded(one.value, plain)} ({span(one.low, one.high, plain)})"


def _plain(name: str) -> str:
    return name.removeprefix(_ESTIMATED).removeprefix(_REFERENCE)


def key(figures: Sequence[Figure]) -> list[tuple[Any, str]]:
    """The two estimates to see first."""
    found = [tables.pick(figures, f"{_ESTIMATED}{name}") for name in _FIGURES[:2]]
    return [
        (
            datum(one.value, _plain(one.name)),
            f"{name_of(_plain(one.name))}, estimated, {span(one.low, one.high, _plain(one.name))}",
        )
        for one in found
        if one and one.value is not None
    ]


def compared(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Each figure by outcomes, estimated, and on the reference, with what that rests on."""
    kept = details.get("estimated")
    estimated = kept if isinstance(kept, Mapping) else {}
    if not estimated:
        return raw("")
    rows = [row for name in _FIGURES if (row := _row(figures, name))]
    heads = ["Measure", "By known outcomes", "Estimated", "On the reference"]
    labels = _labels(details.get("label"))
    drawn = table(heads, rows, numeric=[1, 2, 3]) if rows else raw("")
    return section("Performance", drawn, _assumed(estimated), _contradicted(figures), labels)


def _row(figures: Sequence[Figure], name: str) -> list[Any]:
    known, expected, before = (
        tables.pick(figures, f"{prefix}{name}") for prefix in ("", _ESTIMATED, _REFERENCE)
    )
    if not (known or expected):
        return []
    return [
        name_of(name),
        *(_cell(one) for one in (known, expected, before)),
    ]


def _cell(one: Figure | None) -> Any:
    """A value with its interval and count beneath."""
    if one is None or one.value is None:
        return DASH
    plain = _plain(one.name)
    ends, n = span(one.low, one.high, plain), f"n = {tables.n_of(one)}"
    return drift_columns.beneath(datum(one.value, plain), ends, n)


def _assumed(estimated: Mapping[str, Any]) -> Html:
    """The assumption goes wherever the estimate goes; so does the reason where there is none."""
    if why := estimated.get("not_available"):
        return warning("No estimate.", f"{str(why)[:1].upper()}{str(why)[1:]}.")
    if not estimated.get("assumption"):
        return raw("")
    said = (
        "An estimate without outcomes holds only if scores still mean what they meant on the "
        "reference: of people who score alike, as many turn out favourably as then (calibrated "
        "scores, no concept drift). It allows for other people being scored; if outcomes have "
        "come to depend on the inputs in another way, it is wrong and nothing here shows it. "
        f"What a score means was learnt from {_count(estimated.get('labelled_rows'))} labelled "
        "rows of the reference; that these are a sample is not in the interval."
    )
    if beyond := int(number(estimated.get("beyond")) or 0):
        rows = "row scores" if beyond == 1 else "rows score"
        said += f" {beyond:,} {rows} beyond all of the reference: there it is a guess."
    return warning("What the estimate rests on.", said)


def _count(n: Any) -> str:
    return f"{int(number(n) or 0):,}"


def _contradicted(figures: Sequence[Figure]) -> Html:
    """Where the outcomes that are known say otherwise than the estimate."""
    apart = _apart(figures)
    if not apart:
        return raw("")
    said = (
        f"Known outcomes and estimate do not agree on {' and '.join(apart)}: either outcomes have "
        "come to depend on the inputs in another way, or those known so far are of other people."
    )
    return warning("Believe the outcomes.", said)


def _apart(figures: Sequence[Figure]) -> list[str]:
    """Figures whose two intervals have nothing in common."""
    pairs = {
        name: [tables.pick(figures, f"{prefix}{name}") for prefix in ("", _ESTIMATED)]
        for name in _FIGURES[:2]
    }
    return [
        _name(name)
        for name, (known, expected) in pairs.items()
        if known and expected and _lies_apart(known, expected)
    ]


def _lies_apart(known: Figure, expected: Figure) -> bool:
    if known.low is None or known.high is None or expected.low is None or expected.high is None:
        return False
    return bool(known.high < expected.low or expected.high < known.low)


def _labels(found: Any) -> Html:
    """How the share of favourable outcomes has changed."""
    if not isinstance(found, Mapping) or "difference" not in found:
        return raw("")
    change = number(found.get("difference"))
    ends = [drift_columns.points(number(found.get(end))) for end in ("low", "high")]
    said = (
        f"Favourable outcomes: {rounded(number(found.get('reference')), 'positive_rate')} of the "
        f"reference, {rounded(number(found.get('window')), 'positive_rate')} of the "
        f"{_count(found.get('n'))} known in the window; {drift_columns.points(change)} "
        f"({' to '.join(ends)}), {drift_columns.with_p(number(found.get('p')))}."
    )
    return format_html("<p>{}</p>", said)
