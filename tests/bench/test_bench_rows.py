"""What `make bench` reports is right: ratios, targets, and numbers that must agree."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import agreement, data, page, rows, timing
from bench.agreement import ValuesDiffer
from bench.families import scaling
from bench.ours import sidecars
from bench.rows import Target


def test_a_ratio_is_the_peers_time_over_ours() -> None:
    assert rows.row("x", 10, 0.5, peer="other", theirs=2.0).ratio == 4.0
    assert rows.row("x", 10, 0.5).ratio is None


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target(ratio=4), True),
        (Target(ratio=4.1), False),
        (Target(seconds=0.5), True),
        (Target(seconds=0.4), False),
        (Target(seconds=0.5, memory=99), False),
        (Target(seconds=0.5, memory=100), True),
        (None, None),
    ],
)
def test_a_target_is_met_only_if_all_of_it_is(target: Target | None, met: bool | None) -> None:
    made = rows.row("x", 10, 0.5, peer="other", theirs=2.0, peak=100, target=target)
    assert made.met is met


def test_a_target_of_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert rows.row("x", 10, 0.5, target=Target(ratio=4)).met is None


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = [rows.row("x, y", 10, 0.5, peer="other", theirs=2.0, target=Target(ratio=3))]
    rows.write(made, tmp_path / "results.json")
    assert rows.read(tmp_path / "results.json") == made
    stored = json.loads((tmp_path / "results.json").read_text())
    assert {"name", "ours_s", "peer", "peer_s", "ratio", "peak_mb", "rows"} <= set(stored[0])


def test_numbers_that_differ_by_more_than_the_tolerance_are_refused() -> None:
    assert agreement.check("x", {"a": 0.5, "b": 1.0}, {"a": 0.5 + 1e-13}) < 1e-12
    with pytest.raises(ValuesDiffer, match="in 'a'"):
        agreement.check("x", {"a": 0.5}, {"a": 0.5 + 2e-12})


def test_large_numbers_are_compared_by_their_size() -> None:
    agreement.check("x", {"a": 1e6}, {"a": 1e6 + 1e-7})
    with pytest.raises(ValuesDiffer):
        agreement.check("x", {"a": 1e6}, {"a": 1e6 + 1e-5})


def test_a_number_only_one_side_has_is_refused() -> None:
    for ours in ({"b": 0.5}, {"a": float("nan")}):
        with pytest.raises(ValuesDiffer):
            agreement.check("x", ours, {"a": 0.5})
    with pytest.raises(ValuesDiffer, match="got none"):
        agreement.check("x", {"a": 0.5}, {})
    assert agreement.check("x", {"a": float("nan")}, {"a": float("nan")}) == 0.0


def test_a_peer_that_has_taken_long_is_asked_no_more() -> None:
    asked: list[float] = []

    def peer() -> float:
        asked.append(8.0)
        return 8.0

    took = timing.in_turns({"ours": lambda: None}, peer, turns=9, patience=15)
    assert (len(asked), took.peer) == (2, 8.0)


def test_the_slope_of_time_proportional_to_rows_is_one() -> None:
    made = [rows.row(scaling.KERNEL, n, n / 1e6) for n in (100_000, 1_000_000, 10_000_000)]
    assert page.slope(made) == pytest.approx(1.0)
    assert page.slope(made[:1]) is None


def test_a_family_is_measured_from_end_to_end(tmp_path: Path) -> None:
    told = tmp_path / "results.json"
    given = ["--only", "auc", "--rows", "5000", "--to", str(told)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *given],
        cwd=timing.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (measured,) = rows.read(told)
    assert measured.rows == 5000
    assert measured.ratio == pytest.approx((measured.peer_s or 0) / measured.ours_s)
    assert measured.name in done.stdout


def test_sidecars_of_segments_give_the_cells_of_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    segments = data.segments(10_000)
    folder = sidecars.keep(segments)
    assert len(segments) == len(list(folder.glob("*.sidecar"))) == 100
    assert sidecars.point_estimates(folder).digest() == sidecars.scanned(segments).digest()
    assert sidecars.cells_of(folder).rows == 10_000
