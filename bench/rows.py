"""What `make bench` reports: one row per comparison, with what was aimed at."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

#: What the last run measured.
RESULTS = Path(__file__).with_name("results.json")


class Target(NamedTuple):
    """What a row is to reach; None asks for nothing."""

    ratio: float | None = None
    seconds: float | None = None
    memory: float | None = None

    def __str__(self) -> str:
        wanted = [
            self.ratio and f"≥ {self.ratio:g}x",
            self.seconds and f"≤ {self.seconds:g} s",
            self.memory and f"≤ {self.memory:g} MB",
        ]
        return ", ".join(each for each in wanted if each)


class Row(NamedTuple):
    """One line of the table: medians in seconds, the peak of a process that does ours alone.

    `ratio` is the peer's time over ours; both are None where there is no peer. `target` is what
    was aimed at, as text, and `met` whether it was reached; None where nothing is asked.
    """

    name: str
    ours_s: float
    peer: str | None
    peer_s: float | None
    ratio: float | None
    peak_mb: float | None
    rows: int
    target: str = ""
    met: bool | None = None


def row(
    name: str,
    rows: int,
    ours: float,
    *,
    peer: str | None = None,
    theirs: float | None = None,
    peak: float | None = None,
    target: Target | None = None,
) -> Row:
    """A row with its ratio, and whether it reaches its target."""
    ratio = None if theirs is None else theirs / ours
    reached = target and _reached(target, ours, ratio, peak)
    return Row(name, ours, peer, theirs, ratio, peak, rows, str(target or ""), reached)


def write(rows: Iterable[Row], path: Path = RESULTS) -> None:
    """The rows as JSON, a list of objects."""
    listed = [each._asdict() for each in rows]
    path.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def read(path: Path = RESULTS) -> list[Row]:
    """The rows that were written."""
    return [Row(**each) for each in json.loads(path.read_text())]


def as_text(rows: Sequence[Row]) -> str:
    """The rows as a table for a terminal."""
    wide = max((len(each.name) for each in rows), default=0)
    head = f"{'':<{wide}}{'rows':>13}{'ours s':>10}{'peer s':>10}{'ratio':>9}{'peak MB':>9}"
    return "\n".join([f"{head}  {'target':<22}peer", *(_line(each, wide) for each in rows)])


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows as a table for a page."""
    head = "| measured | rows | ours, s | peer | peer, s | ratio | peak, MB | target |"
    rule = "| --- | ---: | ---: | --- | ---: | ---: | ---: | --- |"
    return "\n".join([head, rule, *(_cells(each) for each in rows)])


def _reached(target: Target, ours: float, ratio: float | None, peak: float | None) -> bool | None:
    asked = [
        (target.ratio, ratio and ratio >= (target.ratio or 0)),
        (target.seconds, ours <= (target.seconds or 0)),
        (target.memory, peak and peak <= (target.memory or 0)),
    ]
    answers = [answer for limit, answer in asked if limit is not None]
    return None if None in answers else all(answers)


def _line(each: Row, wide: int) -> str:
    target = f"{_mark(each.met)} {each.target}" if each.target else ""
    return (
        f"{each.name:<{wide}}{each.rows:>13,}{_number(each.ours_s):>10}{_number(each.peer_s):>10}"
        f"{_ratio(each.ratio):>9}{_number(each.peak_mb, 0):>9}  {target:<22}{each.peer or ''}"
    )


def _cells(each: Row) -> str:
    target = f"{each.target}: {_word(each.met)}" if each.target else ""
    held = [
        each.name,
        f"{each.rows:,}",
        _number(each.ours_s),
        each.peer or "",
        _number(each.peer_s),
        _ratio(each.ratio),
        _number(each.peak_mb, 0),
        target,
    ]
    return f"| {' | '.join(held)} |"


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}x" if value < 10 else f"{value:,.0f}x"


def _mark(met: bool | None) -> str:
    return {True: "+", False: "-", None: "?"}[met]


def _word(met: bool | None) -> str:
    return {True: "met", False: "missed", None: "not measured"}[met]
