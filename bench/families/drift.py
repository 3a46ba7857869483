"""Drift of ten numbers and ten texts between two tables of the same size.

The values must be the peers' own to 1e-12. Both peers are given the rows in memory; NannyML is
asked for one chunk, which is what ours measures, and its usual ten chunks stand beside it. No
peer gives intervals: ours with them is a row of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bench import agreement, data
from bench.ours import drift as ours
from bench.peers import environments, process
from bench.peers.process import Peer
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import Timed, in_turns, peak_mb

EXACT = "drift, Wasserstein and Jensen-Shannon"
WITH_INTERVALS = "drift, the same with 1,000 resamples"
STABILITY = "drift, population stability index"
THREE = "drift, Kolmogorov-Smirnov, Wasserstein and Jensen-Shannon"

Works = Mapping[str, Callable[..., object]]


def comparisons(scope: Scope) -> list[Comparison]:
    """At the common number of rows on each side; in full also the peers' other ways."""
    usual: list[Comparison] = [
        partial(_against_evidently, scope),
        partial(_against_nannyml, scope),
    ]
    return [*usual, partial(_against_evidently, scope, encoded=True)] if scope.full else usual


def _against_evidently(scope: Scope, *, encoded: bool = False) -> Iterator[Row]:
    name = environments.version("evidently", "evidently")
    with process.started("in_evidently", "evidently") as peer:
        peer.ask("load", **_files(scope), encoded=encoded)
        wanted = {EXACT: Target(ratio=80), STABILITY: Target(ratio=120)}
        if encoded:
            name, wanted = f"{name}, texts as pandas categories", {}
        exact: Works = {EXACT: ours.exact, WITH_INTERVALS: ours.exact_with_intervals}
        asked = _asked(scope, peer, "drift", ours.exact)
        yield from _in_turns(scope, exact, asked, f"{name} by default", wanted)
        asked = _asked(scope, peer, "drift_by_psi", ours.stability)
        yield from _in_turns(scope, {STABILITY: ours.stability}, asked, f"{name} PSI", wanted)


def _against_nannyml(scope: Scope) -> Iterator[Row]:
    name = environments.version("nannyml", "nannyml")
    works: Works = {THREE: ours.three_statistics}
    with process.started("in_nannyml", "nannyml") as peer:
        peer.ask("load", **_files(scope))
        asked = _asked(scope, peer, "drift", ours.three_statistics)
        wanted = {THREE: Target(ratio=40)}
        yield from _in_turns(scope, works, asked, f"{name}, exact, one chunk", wanted)

        def in_chunks() -> float:
            return peer.ask("drift_in_chunks").seconds

        if scope.full:
            yield from _in_turns(scope, works, in_chunks, f"{name}, estimated, ten chunks", {})


def _files(scope: Scope) -> dict[str, Path]:
    return {
        "reference": data.features(scope.rows),
        "current": data.features(scope.rows, shifted=True),
    }


def _asked(scope: Scope, peer: Peer, task: str, ours_too: Callable[..., dict[str, float]]) -> Timed:
    return agreement.timed("drift", peer, task, ours_too(**_files(scope)))


def _in_turns(
    scope: Scope, works: Works, asked: Timed, peer: str, wanted: Mapping[str, Target]
) -> Iterator[Row]:
    files = _files(scope)
    took = in_turns({name: partial(work, **files) for name, work in works.items()}, asked)
    for name, work in works.items():
        yield row(
            name,
            scope.rows,
            took.ours[name],
            peer=peer,
            theirs=took.peer,
            peak=peak_mb(work, **files),
            target=wanted.get(name),
        )
