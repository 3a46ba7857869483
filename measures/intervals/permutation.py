"""Whether groups differ by more than chance: people dealt over the groups anew, on cells.

If belonging to a group has nothing to do with label and prediction, then any way to deal the
same outcomes over groups of the same sizes is as likely as the one seen. Dealing n people is,
by cell, one multivariate hypergeometric draw: exact, whatever the number of people.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from measures.intervals.bootstrap import Drawing, Statistic, stream
from measures.intervals.interval import Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.cells import Cells

#: What the reports call the method.
METHOD = "permutation test on cells"

#: People in one draw up to which its sampler was found true; more are refused.
MOST_PEOPLE = 10**12

#: Counts dealt at a time. Another number would be another stream: a seed goes with this one.
_COUNTS_AT_ONCE = 1_000_000

#: Statistics closer than this, relative to the one seen, are alike: they differ by rounding.
_ALIKE = 1e-12


class PermutationTest(NamedTuple):
    """The statistic seen, how often chance alone gives one as large, and in how many deals.

    `p` is a fraction in (0, 1]; `interval` holds the p-value that endless dealing would give.
    Both are None where the statistic is undefined.
    """

    value: float
    p: float | None
    interval: Interval | None
    resamples: int


def permutation_test(
    cells: Cells,
    statistic: Statistic,
    drawing: Drawing,
    *,
    within: Sequence[str] = (),
    given_label: bool = False,
) -> PermutationTest:
    """Test that groups do not differ, by any statistic that grows as they do.

    p = (1 + deals whose statistic is at least the one seen) / (1 + deals); a deal that leaves
    the statistic undefined counts as such, which can only make p larger.

    Parameters
    ----------
    cells : Cells
        Without weights.
    statistic : callable
        Takes counts of shape (n, n_groups, 2, 2), returns shape (n,): a difference, or one
        minus a ratio.
    drawing : Drawing
        How many deals, from which seed, and the confidence of the p-value's interval.
    within : sequence of str
        Features within whose levels people are dealt: the test is conditional on them.
    given_label : bool, default False
        Whether people are dealt within each label too: then the hypothesis is that predictions
        do not depend on the group given the label (equalized odds), not that nothing does.

    Returns
    -------
    PermutationTest
        One-sided, as disparities are.

    Raises
    ------
    ValueError
        If the cells have weights, nobody or too many, or no deals are wanted.

    References
    ----------
    R. A. Fisher (1935), "The Design of Experiments", section 21. B. Phipson and G. K. Smyth
    (2010), "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9(1).
    """
    _check(cells, drawing)
    seen = float(statistic(cells.counts[np.newaxis])[0])
    if np.isnan(seen):
        return PermutationTest(seen, None, None, drawing.resamples)
    dealt = np.concatenate(
        [statistic(deal) for deal in deals(cells, drawing, within=within, given_label=given_label)]
    )
    as_large = int(np.count_nonzero(~(dealt < seen - abs(seen) * _ALIKE)))
    return PermutationTest(
        seen,
        (1 + as_large) / (1 + drawing.resamples),
        wilson_interval(as_large, drawing.resamples, confidence=drawing.confidence),
        drawing.resamples,
    )


def deals(
    cells: Cells, drawing: Drawing, *, within: Sequence[str] = (), given_label: bool = False
) -> Iterator[np.ndarray]:
    """The same outcomes dealt anew over groups of the same sizes, a block of deals at a time.

    Yields
    ------
    numpy.ndarray of shape (n, n_groups, 2, 2)
        People per group, label and prediction.
    """
    _check(cells, drawing)
    strata = _strata(cells, within)
    frozen = stream(drawing.seed)
    block = max(1, _COUNTS_AT_ONCE // cells.counts.size)
    for start in range(0, drawing.resamples, block):
        dealt = np.empty((min(block, drawing.resamples - start), *cells.counts.shape), np.int64)
        for places in strata:
            _deal(cells.counts, places, dealt, frozen, given_label)
        yield dealt


def _check(cells: Cells, drawing: Drawing) -> None:
    if cells.weighted:
        raise ValueError("expected cells without weights: weighted people cannot be exchanged")
    if not 1 <= cells.rows <= MOST_PEOPLE:
        raise ValueError(f"expected between 1 and {MOST_PEOPLE:,} people, got {cells.rows:,}")
    if drawing.resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {drawing.resamples}")


def _strata(cells: Cells, within: Sequence[str]) -> list[np.ndarray]:
    """The places of the groups of each stratum."""
    at = [cells.features.index(feature) for feature in within]
    levels = [tuple(group[place] for place in at) for group in cells.groups]
    return [
        np.array([place for place, level in enumerate(levels) if level == wanted])
        for wanted in sorted(set(levels))
    ]


def _deal(
    counts: np.ndarray,
    places: np.ndarray,
    dealt: np.ndarray,
    frozen: np.random.RandomState,
    given_label: bool,
) -> None:
    """Fill in the deals of one stratum."""
    resamples, groups = len(dealt), len(places)
    if given_label:
        for label in range(2):
            dealt[:, places, label] = _tables(counts[places, label], resamples, frozen)
        return
    tables = _tables(counts[places].reshape(groups, 4), resamples, frozen)
    dealt[:, places] = tables.reshape(resamples, groups, 2, 2)


def _tables(table: np.ndarray, resamples: int, frozen: np.random.RandomState) -> np.ndarray:
    """Random tables with the margins of one: shape (resamples, n_groups, n_outcomes).

    Group by group people are taken out of those left, outcome by outcome, each time by one
    univariate draw for all resamples.
    """
    groups, outcomes = table.shape
    left = np.repeat(table.sum(axis=0)[np.newaxis], resamples, axis=0)
    dealt = np.empty((resamples, groups, outcomes), np.int64)
    for group, size in enumerate(table.sum(axis=1)[:-1]):
        wanted = np.full(resamples, size)
        others = left.sum(axis=1)
        for outcome in range(outcomes - 1):
            others -= left[:, outcome]
            taken = _taken(left[:, outcome], others, wanted, frozen)
            dealt[:, group, outcome] = taken
            wanted -= taken
        dealt[:, group, -1] = wanted
        left -= dealt[:, group]
    dealt[:, -1] = left
    return dealt


def _taken(
    these: np.ndarray, others: np.ndarray, wanted: np.ndarray, frozen: np.random.RandomState
) -> np.ndarray:
    """How many of those wanted are `these` and not `others`; shape (resamples,)."""
    taken = np.zeros_like(wanted)
    some = wanted > 0  # numpy's frozen sampler does not draw nobody
    taken[some] = frozen.hypergeometric(these[some], others[some], wanted[some])
    return taken
