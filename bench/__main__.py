"""Prints a table and writes it to bench/results.json: ``python -m bench [--rows 1000000]``."""

import argparse
import json
from pathlib import Path

from bench import fairness
from bench.timing import Row

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Run every comparison."""
    parser = argparse.ArgumentParser(prog="bench", description="Measures beside their peers.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the prediction log")
    rows = fairness.compare(parser.parse_args().rows)
    RESULTS.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n")
    print(_table(rows))
    print(f"Written to {RESULTS}.")


def _table(rows: list[Row]) -> str:
    head = f"{'':<22}{'rows':>12}{'ours s':>10}{'peer s':>10}{'ratio':>9}{'peak MB':>9}  peer"
    lines = [
        f"{row.name:<22}{row.rows:>12,}{row.ours_s:>10.3f}{row.peer_s:>10.2f}"
        f"{row.ratio:>8.0f}x{row.peak_mb:>9.0f}  {row.peer}"
        for row in rows
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    main()
