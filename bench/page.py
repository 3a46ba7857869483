"""Writes what was measured into docs/reference/performance.md and draws its line.

``python -m bench.page`` does so from bench/results.json, without measuring again.
"""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from bench.families import scaling
from bench.rows import Row, as_markdown, read
from bench.timing import ROOT

PAGE = ROOT / "docs" / "reference" / "performance.md"
LINE = ROOT / "docs" / "images" / "performance.svg"

#: How a family is called where its rows' name is not a word.
TITLES = {"auc": "Area under the ROC curve", "explain": "Explanations"}

#: What is written anew stands below this line of the page.
BELOW = "<!-- written by make bench -->"


def write(rows: Sequence[Row]) -> None:
    """The tables and the line; what stands above the mark stays."""
    kept = PAGE.read_text().split(BELOW)[0]
    PAGE.write_text(f"{kept}{BELOW}\n\n{_measured(rows)}\n")
    _draw(rows)


def slope(rows: Sequence[Row]) -> float | None:
    """Of log seconds over log rows, by least squares; None with fewer than two sizes."""
    points = _points(rows)
    if len(points) < 2:
        return None
    sizes, seconds = np.log10(np.array(points)).T
    return float(np.polyfit(sizes, seconds, 1)[0])


def _measured(rows: Sequence[Row]) -> str:
    families = dict.fromkeys(row.name.split(",")[0] for row in rows)
    tables = [
        f"## {TITLES.get(family, family.capitalize())}\n\n"
        + as_markdown([row for row in rows if row.name.split(",")[0] == family])
        for family in families
    ]
    found = slope(rows)
    line = "" if found is None else f"\n\n{_told(found)}"
    return f"{_where()}{line}\n\n" + "\n\n".join(tables)


def _told(found: float) -> str:
    return (
        f"Slope of the audit's time over rows, both as logarithms, by least squares: {found:.2f} "
        f"(target ≤ 1.0).\n\n![Seconds against rows](../images/{LINE.name})"
    )


def _where() -> str:
    return (
        f"Measured on {os.cpu_count()} cores ({platform.machine()}) with {_memory_gb():.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}."
    )


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _points(rows: Sequence[Row], name: str = scaling.KERNEL) -> list[tuple[int, float]]:
    return [(row.rows, row.ours_s) for row in rows if row.name == name]


def _draw(rows: Sequence[Row], path: Path = LINE) -> None:
    lines = {name: _points(rows, name) for name in (scaling.KERNEL, scaling.CERTIFIED)}
    lines["reading the columns"] = [
        (row.rows, row.peer_s) for row in rows if row.name == scaling.KERNEL and row.peer_s
    ]
    figure = Figure(figsize=(6.4, 4), layout="constrained")
    axes = figure.subplots()
    for name, points in lines.items():
        if not points:
            continue
        axes.loglog(*zip(*points, strict=True), marker="o", label=name.removeprefix("scaling, "))
    axes.set_xlabel("rows")
    axes.set_ylabel("seconds")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    with mpl.rc_context({"svg.hashsalt": "bench", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    write(read())
