"""A comparison counts only if both sides found the same numbers."""

from collections.abc import Mapping
from math import isnan

from bench.peers.process import Peer
from bench.timing import Timed

TOLERANCE = 1e-12


class ValuesDiffer(Exception):
    """Ours and the peer's numbers are not the same: their times cannot be compared."""


def check(
    what: str,
    ours: Mapping[str, float],
    theirs: Mapping[str, float],
    *,
    tolerance: float = TOLERANCE,
) -> float:
    """The largest difference of the numbers both sides name alike: of those above one, relative.

    Raises
    ------
    ValuesDiffer
        If a number of the peer's is missing from ours, undefined on one side only, or differs
        by more than the tolerance.
    """
    if missing := sorted(set(theirs) - set(ours)):
        raise ValuesDiffer(f"{what}: expected all of the peer's numbers, got none of {missing[:5]}")
    if not theirs:
        raise ValuesDiffer(f"{what}: expected numbers of the peer's, got none")
    apart = {name: _apart(ours[name], value) for name, value in theirs.items()}
    worst = max(apart, key=lambda name: apart[name])
    if apart[worst] > tolerance:
        raise ValuesDiffer(
            f"{what}: expected differences of at most {tolerance}, got {apart[worst]:.3g} in "
            f"{worst!r}: ours {ours[worst]!r}, the peer's {theirs[worst]!r}"
        )
    return apart[worst]


def timed(
    what: str,
    peer: Peer,
    task: str,
    expected: Mapping[str, float],
    *,
    tolerance: float = TOLERANCE,
) -> Timed:
    """A task of the peer's, whose numbers are compared each time it is done."""

    def ask() -> float:
        answer = peer.ask(task)
        check(what, expected, answer.values, tolerance=tolerance)
        return answer.seconds

    return ask


def _apart(ours: float, theirs: float) -> float:
    if isnan(ours) and isnan(theirs):
        return 0.0
    apart = abs(ours - theirs) / max(1.0, abs(theirs))
    return apart if not isnan(apart) else float("inf")
