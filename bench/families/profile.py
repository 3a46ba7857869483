"""A profile of ten numbers and ten texts, exact, against three that people use.

The peers are given the rows in memory, and their pages are not drawn. Where a peer is exact its
numbers must be ours: counts alike, moments to 1e-12 of their size (a sum of a million floats
has its own rounding). whylogs sketches distinct values and quantiles; these are not compared.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench import agreement, data
from bench.ours import profiled
from bench.peers import environments, process
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import in_turns, peak_mb

NAME = "profile, exact"


class Against(NamedTuple):
    """A peer's environment and distribution, what it is asked for, what is added to its name."""

    environment: str
    distribution: str
    task: str
    said: str
    target: Target


PEERS = (
    Against("ydata", "ydata-profiling", "minimal", "minimal", Target(ratio=15)),
    Against("evidently", "evidently", "summary", "summary", Target(ratio=30)),
    Against("whylogs", "whylogs", "profile", "sketched", Target(ratio=30)),
)


def comparisons(scope: Scope) -> list[Comparison]:
    """At the common number of rows."""
    return [partial(_compared, against, scope) for against in PEERS]


def _compared(against: Against, scope: Scope) -> Iterator[Row]:
    path = data.features(scope.rows)
    expected = profiled.figures(profiled.profile(path))
    with process.started(f"in_{against.environment}", against.environment) as peer:
        peer.ask("load", current=path)
        asked = agreement.timed(NAME, peer, against.task, expected)
        took = in_turns({NAME: partial(profiled.profile, path)}, asked)
    version = environments.version(against.environment, against.distribution)
    yield row(
        NAME,
        scope.rows,
        took.ours[NAME],
        peer=f"{version} {against.said}",
        theirs=took.peer,
        peak=peak_mb(profiled.profile, current=path),
        target=against.target,
    )
