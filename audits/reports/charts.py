"""The charts reports are made of, each a whole figure with its numbers in its caption.

The strokes are drawn by `desk.charts`; here it is decided what is drawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports.markup import Html, figure_of, join, raw
from desk import charts
from desk.figures import Figure, number, rounded, span
from desk.meanings import name_of

#: Measures that compare groups: drawn from 0 to 1 like the shares they are made of.
_UNIT_RANGE = (0, 1)


def interval(one: Figure, within: tuple[Any, Any] = _UNIT_RANGE) -> Html:
    """A figure's interval on a track."""
    said = f"{name_of(one.name)}, {one.about}: {rounded(one.value, one.name)}"
    if one.low is not None:
        said += f", interval {span(one.low, one.high, one.name)}"
    return raw(charts.interval(one.value, one.low, one.high, label=said, within=within))


def bar(one: Figure, within: tuple[Any, Any]) -> Html:
    """A figure's value as a bar from zero."""
    said = f"{name_of(one.name)}, {one.about}: {rounded(one.value, one.name)}"
    return raw(charts.bar(one.value, label=said, within=within))


def reach(figures: Iterable[Figure]) -> tuple[Decimal, Decimal]:
    """The range that holds every value and interval, and zero."""
    ends = [end for one in figures for end in (one.value, one.low, one.high) if end is not None]
    return min([*ends, Decimal(0)]), max([*ends, Decimal(0)]) or Decimal(1)


def histogram(bins: Any, title: str) -> Html:
    """A histogram from whatever shape its counts are stored in; nothing if there are none."""
    heights, names = _bins(bins)
    if not heights:
        return raw("")
    chart = charts.columns(heights, names, label=f"{title}: {len(heights)} bins")
    total = sum(heights)
    return figure_of(raw(chart), f"{title}. {total:,.0f} rows in {len(heights)} bins.")


def _bins(bins: Any) -> tuple[list[float], list[str]]:
    """Counts and their names, from ``{"counts", "edges"}``, a mapping, or a list of either."""
    if isinstance(bins, Mapping) and "counts" in bins:
        heights = [float(number(count) or 0) for count in bins["counts"]]
        edges = bins.get("edges") or bins.get("labels") or range(len(heights))
        return heights, _named(list(edges)[: len(heights)])
    if isinstance(bins, Mapping):
        return [float(number(count) or 0) for count in bins.values()], [str(key) for key in bins]
    if isinstance(bins, Sequence) and not isinstance(bins, str):
        return _listed(bins)
    return [], []


def _listed(bins: Sequence[Any]) -> tuple[list[float], list[str]]:
    heights, begins = [], []
    for place, one in enumerate(bins):
        if isinstance(one, Mapping):
            count = next((one[key] for key in ("count", "n", "rows") if key in one), 0)
            name = next((one[key] for key in ("value", "low", "start", "bin") if key in one), place)
        elif isinstance(one, Sequence) and not isinstance(one, str) and len(one) >= 2:
            name, count = one[0], one[-1]
        else:
            name, count = place, one
        heights.append(float(number(count) or 0))
        begins.append(name)
    return heights, _named(begins)


#: Digits that tell the edges of bins apart, the fewest first.
_DIGITS = (3, 4, 5, 6)


def _named(edges: Sequence[Any]) -> list[str]:
    """Each bin by where it begins, in as few digits as tell them apart.

    A bin that begins next above another's single value is named after that value.
    """
    read = [number(edge) for edge in edges]
    for digits in _DIGITS:
        names = [short(float(one), digits) if one is not None else "" for one in read]
        names = [name or str(edge) for name, edge in zip(names, edges, strict=True)]
        if len(set(names)) == len(names):
            return names
    after = zip(names, ["", *names], strict=False)
    return [f"> {name}" if name == before else name for name, before in after]


def short(edge: float, digits: int) -> str:
    """A number in so many digits, 1,010 rather than 1.01e+03."""
    read = 0.0 if abs(edge) < 1e-300 else float(f"{edge:.{digits}g}")
    return f"{read:,.15g}"


def curves(
    series: Sequence[charts.Series], title: str, *, x: str, y: str, diagonal: bool = False
) -> Html:
    """Lines in a frame, with what they are beneath."""
    named = ", ".join(one.name for one in series if len(series) > 1)
    chart = charts.lines(series, label=title, x=x, y=y, diagonal=diagonal)
    return figure_of(raw(chart), f"{title}. {named}." if named else title)


def points(pairs: Any) -> list[tuple[float, float]]:
    """Pairs of numbers, from lists or mappings; anything else is left out."""
    found = []
    for pair in pairs or []:
        ends = list(pair.values()) if isinstance(pair, Mapping) else list(pair)
        first, second = (number(end) for end in [*ends, None, None][:2])
        if first is not None and second is not None:
            found.append((float(first), float(second)))
    return found


__all__ = ["bar", "curves", "histogram", "interval", "join", "points", "reach", "short"]
