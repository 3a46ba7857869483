"""How the cost of a fairness audit grows: with rows, with resamples, with groups.

Beside rows stands PyArrow's reading of the same columns, streamed as in its guide: no audit that
reads the file can be much faster.
"""

from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from bench import data
from bench.ours import certified
from bench.ours import fairness as ours
from bench.peers import process
from bench.peers.process import Peer
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import in_turns, peak_mb, repeatedly

KERNEL = "scaling, kernel"
CERTIFIED = "scaling, certificate and 1,000 resamples"
COLUMNS = (*ours.FEATURES, "label", "prediction")

#: At the largest size: at most 1.3 times PyArrow's reading.
NEAR_READING = Target(ratio=round(1 / 1.3, 2))
WITHIN_SECONDS = Target(seconds=2.5, memory=300)

RESAMPLES = (100, 1_000, 10_000)
GROUPS = {3: ("race",), 18: ("sex", "race", "region"), 90: ("sex", "race", "region", "age")}
MANY = ("sex", "race", "region", "age", "branch")


def comparisons(scope: Scope) -> list[Comparison]:
    """Up to a hundred times the common number of rows; resamples and groups at that number."""
    return [partial(_by_rows, scope), partial(_by_resamples_and_groups, scope)]


def _by_resamples_and_groups(scope: Scope) -> Iterator[Row]:
    path = data.predictions(scope.rows)
    for resamples in RESAMPLES:
        yield _alone(f"scaling, {resamples:,} resamples", path, scope, resamples=resamples)
    for groups, features in GROUPS.items():
        yield _alone(f"scaling, {groups} groups", path, scope, features=features)
    yield _alone("scaling, 360 groups", path, scope, Target(seconds=0.5), features=MANY)


def _by_rows(scope: Scope) -> Iterator[Row]:
    sizes = [scope.rows // 10, scope.rows, 10 * scope.rows, 100 * scope.rows]
    with process.started("in_pyarrow") as peer:
        for rows in sizes[: 2 if scope.quick else 4]:
            yield from _beside_reading(peer, rows, largest=rows == sizes[-1])


def _beside_reading(peer: Peer, rows: int, *, largest: bool) -> Iterator[Row]:
    path = data.predictions(rows)
    peer.ask("load", path=path, columns=COLUMNS)
    works = {KERNEL: ours.point_estimates, CERTIFIED: certified.audit}
    targets = {KERNEL: NEAR_READING, CERTIFIED: WITHIN_SECONDS}
    took = in_turns(
        {name: partial(work, path) for name, work in works.items()},
        lambda: peer.ask("stream").seconds,
        turns=3 if largest else 5,
        each=1 if largest else 3,
    )
    for name, work in works.items():
        yield row(
            name,
            rows,
            took.ours[name],
            peer=f"pyarrow {metadata.version('pyarrow')}, reading the columns",
            theirs=took.peer,
            peak=peak_mb(work, path=path),
            target=targets[name] if largest else None,
        )


def _alone(name: str, path: Path, scope: Scope, target: Target | None = None, **given: Any) -> Row:
    work = partial(ours.intersection_with_intervals, path, **given)
    took = repeatedly(work, 5)
    peak = peak_mb(ours.intersection_with_intervals, path=path, **given)
    return row(name, scope.rows, took, peak=peak, target=target)
