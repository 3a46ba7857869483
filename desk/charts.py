"""Small charts as SVG text: intervals, bars, lines, histograms.

Pure and deterministic: the same numbers give the same bytes. Colours come from the page by
class (`c-…`), so a chart is readable in light, dark and in print. Each chart says in its label
what it shows; the numbers themselves stand in a table beside it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

Number = Decimal | float | int


class Scale(NamedTuple):
    """A range of values and the range of pixels it is drawn on."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: Number) -> float:
        """Where a value is drawn; values outside are drawn at the edge."""
        share = (float(value) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


class Series(NamedTuple):
    """A line: its name and its points, left to right."""

    name: str
    points: Sequence[tuple[Number, Number]]


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(width: int, height: int, label: str, body: str, kind: str) -> str:
    return (
        f'<svg class="chart c-{kind}" viewBox="0 0 {width} {height}" role="img" '
        f"aria-label={quoteattr(label)}>{body}</svg>"
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" '
        f'height="{_n(max(height, 0))}"/>'
    )


def _text(kind: str, x: float, y: float, said: str, anchor: str = "middle") -> str:
    safe = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{safe}</text>'


def interval(
    value: Number | None,
    low: Number | None,
    high: Number | None,
    *,
    label: str,
    within: tuple[Number, Number] = (0, 1),
    bound: Number | None = None,
    tone: str = "quiet",
) -> str:
    """One value and its interval on a track, with the bound a rule asks for, if any."""
    scale = Scale(float(within[0]), float(within[1]), 4, 216)
    drawn = [_line("c-track", 4, 12, 216, 12)]
    if scale.low < 0 < scale.high:
        drawn.append(_line("c-zero", scale.at(0), 5, scale.at(0), 19))
    if low is not None and high is not None:
        start, end = scale.at(low), scale.at(high)
        drawn.append(_rect(f"c-span c-{tone}", start, 8, max(end - start, 1.5), 8))
    if bound is not None:
        drawn.append(_line("c-bound", scale.at(bound), 1, scale.at(bound), 23))
    if value is not None:
        drawn.append(f'<circle class="c-point c-{tone}" cx="{_n(scale.at(value))}" cy="12" r="4"/>')
    return _svg(220, 24, label, "".join(drawn), "interval")


def columns(heights: Sequence[Number], names: Sequence[str], *, label: str) -> str:
    """A histogram: one column per bin, named where there is room."""
    top = max((float(height) for height in heights), default=0.0) or 1.0
    scale = Scale(0, top, 120, 8)
    step = 440 / max(len(heights), 1)
    drawn = [
        _rect("c-column", 10 + place * step + 1, scale.at(height), step - 2, 120 - scale.at(height))
        for place, height in enumerate(heights)
    ]
    drawn.append(_line("c-axis", 10, 120, 450, 120))
    every = max(1, -(-len(names) // 8))
    drawn += [
        _text("c-tick", 10 + place * step + step / 2, 136, name[:12])
        for place, name in enumerate(names)
        if place % every == 0
    ]
    return _svg(460, 142, label, "".join(drawn), "columns")


def bar(value: Number | None, *, label: str, within: tuple[Number, Number] = (0, 1)) -> str:
    """One bar from zero."""
    scale = Scale(float(within[0]), float(within[1]), 4, 216)
    start, end = sorted((scale.at(0), scale.at(value or 0)))
    body = _rect("c-column", start, 6, max(end - start, 1), 12)
    return _svg(220, 24, label, _line("c-track", 4, 12, 216, 12) + body, "bar")


def lines(series: Sequence[Series], *, label: str, x: str, y: str, diagonal: bool = False) -> str:
    """Lines in one frame; with the diagonal where that is what they are compared with."""
    across, up = _frame(series)
    drawn = [_grid(across, up, x, y)]
    if diagonal:
        drawn.append(_line("c-diagonal", across.start, up.start, across.end, up.end))
    for place, one in enumerate(series):
        points = " ".join(f"{_n(across.at(px))},{_n(up.at(py))}" for px, py in one.points)
        drawn.append(f'<polyline class="c-line c-line-{place % 4}" points="{points}"/>')
    return _svg(460, 300, label, "".join(drawn), "lines")


def _frame(series: Sequence[Series]) -> tuple[Scale, Scale]:
    """Scales that hold every point; a range within [0, 1] is drawn as [0, 1]."""
    across = [float(px) for one in series for px, _ in one.points] or [0.0, 1.0]
    up = [float(py) for one in series for _, py in one.points] or [0.0, 1.0]
    return Scale(*_range(across), 52, 450), Scale(*_range(up), 258, 12)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return low, high if high > low else low + 1


def _grid(across: Scale, up: Scale, x: str, y: str) -> str:
    drawn = []
    for quarter in range(5):
        share = quarter / 4
        px = across.start + share * (across.end - across.start)
        py = up.start + share * (up.end - up.start)
        drawn.append(_line("c-grid", across.start, py, across.end, py))
        at_x = across.low + share * (across.high - across.low)
        at_y = up.low + share * (up.high - up.low)
        anchor = "end" if quarter == 4 else "middle"  # the last would lie beyond the edge
        drawn.append(_text("c-tick", px, 274, f"{at_x:.4g}", anchor))
        drawn.append(_text("c-tick", 46, py + 4, f"{at_y:.4g}", "end"))
    drawn.append(_text("c-name", 251, 294, x))
    upright = _text("c-name", 0, 0, y)
    return f'{"".join(drawn)}<g transform="translate(12 135) rotate(-90)">{upright}</g>'
