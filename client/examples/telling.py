"""Tells a story on the terminal: chapters, what was done, figures with their intervals, tables."""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

WIDTH = 100
_begun = time.monotonic()


def chapter(title: str) -> None:
    """Open a chapter."""
    elapsed = f"{time.monotonic() - _begun:5.1f} s"
    print(f"\n{title} {'·' * max(3, WIDTH - len(title) - len(elapsed) - 2)} {elapsed}")


def done(text: str) -> None:
    """Say what has happened."""
    print(f"  {text}", flush=True)


def progress(fraction: float, note: str) -> None:
    """Say how far a run is, on one line that is written over; nothing where nobody watches."""
    if sys.stdout.isatty():
        print(f"\r  … {fraction:4.0%} {note[: WIDTH - 12]:<{WIDTH - 12}}", end="\r", flush=True)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns that line up; numbers stand to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    right = [all(_is_figure(row[place]) for row in texts) for place in range(len(heads))]
    for line in [heads, ["─" * width for width in widths], *texts]:
        cells = zip(line, widths, right, strict=True)
        print("  " + "  ".join(_aligned(*cell) for cell in cells).rstrip())


def figure(measure: Mapping[str, Any]) -> str:
    """A number with its interval, as `0.812 [0.781, 0.842]`."""
    if measure["value"] is None:
        return "–"
    if measure["low"] is None:
        return _short(measure["value"])
    return f"{_short(measure['value'])} {interval(measure)}"


def interval(measure: Mapping[str, Any]) -> str:
    """Its interval alone."""
    return f"[{_short(measure['low'])}, {_short(measure['high'])}]"


def _short(number: object) -> str:
    return f"{float(str(number)):.3f}"


def _is_figure(text: str) -> bool:
    return bool(text) and (text[0].isdigit() or text[0] in "–[")


def _aligned(text: str, width: int, to_the_right: bool) -> str:
    return text.rjust(width) if to_the_right else text.ljust(width)
