"""How easily answers change: errors, gaps, and values never seen, in plain words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import tables
from audits.reports.kinds.drift_columns import beneath
from audits.reports.kinds.fairness_details import count, first, inside, listed
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import DASH, Figure, number, rounded, span

_FLIPS, _REFUSALS = "flip_rate", "refusal_rate"

#: Inputs changed alone that are listed.
_LISTED = 10

#: The columns of that table, and the changes told in each.
_COLUMNS = {
    "A step": ("one standard deviation", "another category"),
    "Missing": ("missing",),
    "Too high": ("above range",),
    "Too low": ("below range",),
    "Never seen": ("unseen",),
}


def sentence(figures: Sequence[Figure]) -> str:
    """Flips under small errors and gaps, and refusals."""
    noise, gaps, refused = (
        tables.pick(figures, name, group=group)
        for name, group in (
            (_FLIPS, "noise 0.1"),
            (_FLIPS, "missing 0.2"),
            (_REFUSALS, "missing 0.2"),
        )
    )
    if noise is None or noise.value is None:
        return ""
    said = f"Small errors in all inputs flip {rounded(noise.value, _FLIPS)} of the decisions"
    if gaps is not None and gaps.value is not None:
        said += f", a fifth of all values missing {rounded(gaps.value, _FLIPS)}"
    if refused is not None and refused.value:
        said += f", and {rounded(refused.value, _REFUSALS)} then get no answer"
    return f"{said}."


def changes(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """All inputs at once, then one at a time, those that change most first."""
    told = inside(details, "robustness")
    if not told:
        return raw("")
    note = (
        f"The same {count(told.get('rows'))} people at most were asked about again, changed a "
        "little. A decision flips if it comes out on the other side of the threshold. No answer "
        "is often the right answer to an impossible value; what a model should do then is for its "
        "policy to say. What was not tried was not tested."
    )
    return section(
        "How easily answers change", _at_once(figures, told), _one_by_one(told), note=note
    )


def _at_once(figures: Sequence[Figure], told: Mapping[str, Any]) -> Html:
    rows = []
    for one in listed(told.get("all_inputs")):
        change = str(one.get("change", ""))
        cells = (
            _cell_of(tables.pick(figures, name, group=change))
            for name in (_FLIPS, _REFUSALS, "roc_auc_drop")
        )
        rows.append([_at_once_words(change), *cells])
    heads = ["All inputs at once", "Decisions flip", "No answer", "Loss of ROC area"]
    return table(heads, rows, numeric=[1, 2, 3])


def _cell_of(one: Figure | None) -> Any:
    if one is None or one.value is None:
        return DASH
    ends = span(one.low, one.high, one.name)
    return beneath(rounded(one.value, one.name), *([ends] if ends != DASH else []))


def _at_once_words(change: str) -> str:
    kind, _, size = change.partition(" ")
    read = number(size)
    if read is None:
        return change
    if kind == "noise":
        return f"Errors of {read} standard deviations; {_percent(read)} of categories replaced"
    return f"{_percent(read)} of all values missing" if kind == "missing" else change


def _percent(share: Decimal) -> str:
    return f"{float(share) * 100:g} %"


def _one_by_one(told: Mapping[str, Any]) -> Html:
    """A row for each input: the share decided otherwise, or not at all, by what was changed."""
    held = [*listed(told.get("one_input")), *listed(told.get("sensitivity"))]
    moved: dict[str, dict[str, Mapping[str, Any]]] = {}
    for one in held:
        moved.setdefault(str(one.get("feature", "")), {})[str(one.get("change"))] = one
    most = {name: max(map(_size, changes.values())) for name, changes in moved.items()}
    order = sorted((name for name in moved if most[name] > 0), key=lambda name: (-most[name], name))
    rows, more = first(
        [[name, *(_cell(moved[name], kinds) for kinds in _COLUMNS.values())] for name in order],
        _LISTED,
        "inputs flip fewer; they",
    )
    drawn = table(["One input alone", *_COLUMNS], rows, numeric=[1, 2, 3, 4, 5], caption=_ALONE)
    unmoved = len(moved) - len(order)
    remarks = [more, _without_effect(unmoved, len(moved), told), _refusal(held)]
    return join([drawn, *(_soft(said) for said in remarks if said)])


_ALONE = (
    "Decisions that flip if one input is changed for everybody. A step is one standard deviation "
    "more or less, or another category; too high and too low lie beyond all values seen, by as "
    "much as these span; never seen is a category that does not occur."
)


def _cell(changes: Mapping[str, Mapping[str, Any]], kinds: Sequence[str]) -> Any:
    """What flips, and beneath it who gets no answer; a dash where it was not asked."""
    one = next((changes[kind] for kind in kinds if kind in changes), None)
    if one is None:
        return DASH
    flipped, refused = (number(one.get(key)) for key in ("flipped", "refused"))
    if flipped is None:
        return "no answer" if refused else DASH
    said = rounded(flipped, _FLIPS)
    return beneath(said, f"{rounded(refused, _REFUSALS)} no answer") if refused else said


def _size(one: Mapping[str, Any]) -> Decimal:
    """The share of people for whom it makes a difference."""
    flipped, refused = (number(one.get(key)) for key in ("flipped", "refused"))
    gone = refused or Decimal(0)
    return gone + (1 - gone) * (flipped or Decimal(0))


def _without_effect(unmoved: int, asked: int, told: Mapping[str, Any]) -> str:
    left = number(told.get("inputs_not_changed_alone"))
    said = f"Changing {unmoved:,} of {asked:,} inputs alone flips no decision." if unmoved else ""
    if left:
        said += f" {int(left):,} less important inputs were not changed alone."
    return said.strip()


def _refusal(held: Sequence[Mapping[str, Any]]) -> str:
    reasons = [str(one.get("refusal")) for one in held if one.get("refusal")]
    if not reasons:
        return ""
    # ONNX Runtime tells where before it tells what
    return f"Why there was no answer, as the model put it: {reasons[0].rpartition(_WHAT)[2]}"


_WHAT = "Status Message: "


def _soft(said: str) -> Html:
    return join([raw('<p class="soft">'), said, raw("</p>")])
