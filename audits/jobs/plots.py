"""Plots as SVG: the same numbers give the same bytes, and text stays text.

No date, no random identifiers, no font is embedded: a browser sets the text in its own.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from audits.jobs.contract import Product
from measures.calibration.reliability import Bin
from measures.classification.performance import Figure

_INK, _SOFT, _LINE, _BAND = "#1f2937", "#6b7280", "#2563eb", "#93c5fd"
_STYLE: Any = {
    "svg.hashsalt": "assay",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the layout is the same everywhere
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#d1d5db",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "path.simplify": False,
}
_WEB_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def roc(points: Sequence[tuple[float, float]], area: Figure) -> str:
    """ROC curve with its area and interval."""
    low, high = area.interval
    with _unit_square("False positive rate", "True positive rate") as (axes, drawn):
        false, true = ([point[i] for point in points] for i in (0, 1))
        axes.plot(false, true, color=_LINE, linewidth=1.8)
        axes.fill_between(false, true, color=_LINE, alpha=0.08, linewidth=0)
        said = f"AUC {area.value:.3f}\n({low:.3f} to {high:.3f})\nn = {area.n:,}"
        axes.text(0.97, 0.05, said, ha="right", va="bottom")
    return drawn.getvalue()


def calibration(bins: Sequence[Bin]) -> str:
    """Observed against promised frequency, with an interval for each bin."""
    with _unit_square("Mean score", "Observed frequency") as (axes, drawn):
        for each in bins:
            axes.plot([each.mean_score] * 2, each.interval, color=_BAND, linewidth=3)
        promised, observed = ([each[i] for each in bins] for i in (3, 4))
        axes.plot(
            promised, observed, color=_LINE, linewidth=1.4, marker="o", markersize=4, clip_on=False
        )
        axes.text(0.97, 0.05, f"n = {sum(each.n for each in bins):,}", ha="right", va="bottom")
    return drawn.getvalue()


def product(folder: Path, name: str, svg: str) -> Product:
    """A plot written to the job's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(svg, encoding="utf-8", newline="\n")
    return Product(name, path, "image/svg+xml")


@contextmanager
def _unit_square(across: str, up: str) -> Iterator[tuple[Axes, StringIO]]:
    """Axes from 0 to 1 both ways with the diagonal drawn; the SVG is there when it closes."""
    drawn = StringIO()
    with rc_context(_STYLE):
        canvas = Canvas(figsize=(4.2, 4.0), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.add_subplot()
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set(xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
        axes.grid(color="#eef0f3", linewidth=0.8)
        axes.set_axisbelow(True)
        yield axes, drawn
        canvas.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = _plain(drawn.getvalue())
    drawn.seek(0)
    drawn.truncate()
    drawn.write(text)


def _plain(svg: str) -> str:
    """The drawing alone, without prologue and metadata that would point outside."""
    drawing = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.S)
    return drawing.replace("'DejaVu Sans', sans-serif", _WEB_FONTS)
