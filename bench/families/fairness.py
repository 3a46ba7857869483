"""A fairness audit of eight metrics over three features and their 18 intersectional groups.

Ours reads Parquet; the peers are given the rows in memory, and none of them resamples
(Fairlearn's own resampling would take hours). Fairlearn and AIF360 are asked for the same groups
as ours, Aequitas for single features, which is all it offers.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

from bench import agreement, data
from bench.families import sidecars
from bench.ours import certified
from bench.ours import fairness as ours
from bench.peers import environments, process
from bench.peers.process import Peer
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import Medians, in_turns, peak_mb

KERNEL = "fairness, kernel"
CERTIFIED = "fairness, certificate and 1,000 resamples"
INTERSECTION = "fairness, intersection alone, certificate and 1,000 resamples"

Works = Mapping[str, Callable[..., object]]
WORKS: Works = {KERNEL: ours.point_estimates, CERTIFIED: certified.audit}


def comparisons(scope: Scope) -> list[Comparison]:
    """At the common number of rows against all three, at ten times as many against two."""
    usual: list[Comparison] = [
        partial(_against_fairlearn, scope),
        partial(_against, "aequitas", scope.rows, Target(ratio=2)),
        partial(_against, "aif360", scope.rows, Target(ratio=40)),
        partial(sidecars.compared, scope),
    ]
    if scope.quick:
        return usual
    return [
        *usual,
        partial(_against, "aequitas", 10 * scope.rows, Target(ratio=30)),
        partial(_against, "aif360", 10 * scope.rows, Target(ratio=200)),
    ]


def _against_fairlearn(scope: Scope) -> Iterator[Row]:
    """As released, with its slowest part taken out, and in full a single call of it."""
    path, rows = data.predictions(scope.rows), scope.rows
    name = f"fairlearn {metadata.version('fairlearn')}"
    wanted = {KERNEL: Target(ratio=400), CERTIFIED: Target(ratio=80)}
    alone: Works = {INTERSECTION: certified.intersection}
    with process.started("in_fairlearn") as peer:
        peer.ask("load", path=path, features=ours.FEATURES)
        found = _in_turns(WORKS, path, peer, "audit")
        yield from _rows(WORKS, path, rows, found, name, wanted)
        if scope.full:
            found = _in_turns(alone, path, peer, "intersection")
            yield from _rows(alone, path, rows, found, f"{name}, one call", {})
        peer.ask("patch")
        found = _in_turns(WORKS, path, peer, "audit")
        yield from _rows(WORKS, path, rows, found, f"{name}, np.stack patched out", {})


def _against(environment: str, rows: int, target: Target) -> Iterator[Row]:
    path = data.predictions(rows)
    kernel: Works = {KERNEL: ours.point_estimates}
    with process.started(f"in_{environment}", environment) as peer:
        peer.ask("load", path=path, features=ours.FEATURES)
        found = _in_turns(kernel, path, peer, "audit")
    name = environments.version(environment, environment)
    yield from _rows(kernel, path, rows, found, name, {KERNEL: target})


def _in_turns(works: Works, path: Path, peer: Peer, task: str) -> Medians:
    cells = ours.cells_of(path)
    expected = {
        name: value for each in ours.audited(cells) for name, value in ours.rates(each).items()
    }
    asked = agreement.timed("fairness", peer, task, expected)
    return in_turns({name: partial(work, path) for name, work in works.items()}, asked)


def _rows(
    works: Works,
    path: Path,
    rows: int,
    found: Medians,
    peer: str,
    wanted: Mapping[str, Target],
) -> Iterator[Row]:
    for name, took in found.ours.items():
        yield row(
            name,
            rows,
            took,
            peer=peer,
            theirs=found.peer,
            peak=peak_mb(works[name], path=path),
            target=wanted.get(name),
        )
