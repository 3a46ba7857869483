"""Prints a table and writes it to bench/results.json: ``python -m bench [--full]``.

Ends with status 1 if ours and a peer's numbers differ, and says where; a ratio below its target
is shown, and fails nothing. A peer that cannot be installed here is named and left out. It needs
the development environment that `make bench` makes first.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import page, rows
from bench.agreement import ValuesDiffer
from bench.families import auc, drift, engines, explain, fairness, profile, scaling
from bench.peers.environments import Unavailable
from bench.peers.process import PeerFailed
from bench.rows import Row
from bench.scope import Comparison, Scope

QUICK = 100_000

FAMILIES: dict[str, Callable[[Scope], list[Comparison]]] = {
    "fairness": fairness.comparisons,
    "drift": drift.comparisons,
    "profile": profile.comparisons,
    "auc": auc.comparisons,
    "explain": explain.comparisons,
    "engines": engines.comparisons,
    "scaling": scaling.comparisons,
}


class Measured(NamedTuple):
    """The rows of every family, and what went wrong."""

    rows: list[Row]
    complaints: list[str]


def main() -> int:
    """Run the comparisons asked for."""
    asked = _arguments().parse_args()
    scope = Scope(QUICK if asked.quick else asked.rows, asked.full)
    found = _measured(asked.only, scope)
    if scope.quick:  # targets speak of the full tables
        found = found._replace(rows=[one._replace(target="", met=None) for one in found.rows])
    rows.write(found.rows, asked.to)
    if not (asked.only or scope.quick or found.complaints):
        page.write(found.rows)
    print(rows.as_text(found.rows))
    print(f"Written to {asked.to}.")
    for complaint in found.complaints:
        print(complaint, file=sys.stderr)
    return 1 if found.complaints else 0


def _measured(families: Sequence[str], scope: Scope) -> Measured:
    found = Measured([], [])
    for family in families or FAMILIES:
        start = time.perf_counter()
        for comparison in FAMILIES[family](scope):
            try:
                found.rows.extend(comparison())
            except (ValuesDiffer, PeerFailed, Unavailable) as wrong:
                found.complaints.append(f"{family}: {wrong}")
        print(f"{family}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return found


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measures beside their peers.")
    families = ", ".join(FAMILIES)
    parser.add_argument("--only", type=_named, default=[], help=f"some of {families}, by commas")
    parser.add_argument("--full", action="store_true", help="also what takes longer")
    parser.add_argument("--quick", action="store_true", help=f"try it out on {QUICK:,} rows")
    parser.add_argument("--to", type=Path, default=rows.RESULTS, help="where the rows go as JSON")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the common tables")
    return parser


def _named(given: str) -> list[str]:
    names = given.split(",")
    if unknown := sorted(set(names) - set(FAMILIES)):
        raise argparse.ArgumentTypeError(
            f"expected some of {', '.join(FAMILIES)}, got {', '.join(unknown)}"
        )
    return names


if __name__ == "__main__":
    sys.exit(main())
