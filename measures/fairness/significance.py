"""Each group's selections against those of a reference group, as courts and agencies compare.

Whether a ratio lies below four fifths is decided in whole numbers, so nothing rounds before it
is compared. A ratio alone says little where people are few: it comes with its tests, and with
what one person would change. We assess; whether a difference is lawful is not for statistics.
"""

from collections.abc import Sequence
from typing import NamedTuple

from measures.fairness.groups import group_names
from measures.fairness.proportions import (
    Deviation,
    Share,
    SignificanceTest,
    fisher_exact,
    hypergeometric_deviation,
    newcombe_interval,
    ratio_interval,
    two_proportion_z,
)
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.cells import Cells


class Standing(NamedTuple):
    """A group's selections; `rate` is a fraction, None (and its interval [0, 1]) of nobody."""

    group: str
    people: int
    selected: int
    rate: float | None
    interval: Interval


class FourFifths(NamedTuple):
    """Whether a group's rate is below four fifths of the reference's, and how firm that is.

    `below` is decided on the counts, None where nobody of the reference was selected.
    `significant` says that Fisher's test rejects equal rates; `one_person_flips` that one
    selection given to the group instead of the reference would make its rate the higher one.
    """

    below: bool | None
    significant: bool
    one_person_flips: bool

    @property
    def numbers_too_small(self) -> bool:
        """Below four fifths, but on numbers that do not bear it (Questions and Answers 21)."""
        return bool(self.below) and (self.one_person_flips or not self.significant)

    @property
    def smaller_but_significant(self) -> bool:
        """Not below four fifths, but by more than chance: § 1607.4(D) may still call it impact."""
        return self.below is False and self.significant


class Compared(NamedTuple):
    """A group against the reference: group minus (or divided by) reference.

    Rates, ratios and differences are fractions. `impact_ratio` is None where nobody of the
    reference was selected, and so is its interval (`ratio_interval`);
    `difference_interval` is Newcombe's; `z` is the pooled two-proportion test, `fisher_p` that
    of the exact one; `deviation` counts standard deviations among both groups' people.
    """

    standing: Standing
    impact_ratio: float | None
    ratio_interval: Interval | None
    difference: float
    difference_interval: Interval
    z: SignificanceTest
    fisher_p: float
    deviation: Deviation
    four_fifths: FourFifths


class Comparison(NamedTuple):
    """The reference group and every other group against it, in the order of the groups.

    `empty` names groups nobody belongs to; they cannot be compared.
    """

    reference: Standing
    others: list[Compared]
    empty: list[str]


def against_reference(
    cells: Cells, reference: str | None = None, *, confidence: float = 0.95
) -> Comparison:
    """Compare each group's selection rate with that of a reference group.

    Parameters
    ----------
    cells : Cells
        Counts of one feature or intersection, without weights: tests count people.
    reference : str, optional
        The group compared with, as `groups.group_names` names it; by default the one with
        the highest rate, of equal ones the larger, then the first by name.
    confidence : float, default 0.95
        Of the intervals, strictly between 0 and 1; what Fisher's test must reach to be called
        significant is one minus it.

    Returns
    -------
    Comparison
        Intervals and tests are each for one comparison; `multiplicity` adjusts many.

    Raises
    ------
    ValueError
        If cells are weighted, hold nobody, or have no such reference.

    References
    ----------
    29 CFR 1607.4(D) (Uniform Guidelines on Employee Selection Procedures, 1978); Questions
    and Answers 10-12 and 18-22, 44 Fed. Reg. 11996 (1979).
    """
    shares = selections(cells)
    held = {name: share for name, share in shares.items() if share.possible}
    name = reference_group(held) if reference is None else reference
    if name not in held:
        raise ValueError(f"expected a reference among {', '.join(held)}, got {name!r}")
    others = [
        _compared(other, share, held[name], confidence)
        for other, share in held.items()
        if other != name
    ]
    empty = [each for each in shares if each not in held]
    return Comparison(standing(name, held[name], confidence), others, empty)


def selections(cells: Cells) -> dict[str, Share]:
    """Selected people and all people by group."""
    check_unweighted(cells)
    counted = zip(group_names(cells), cells.counts[..., 1].sum(axis=1), cells.sizes, strict=True)
    return {name: Share(int(selected), int(people)) for name, selected, people in counted}


def reference_group(shares: dict[str, Share]) -> str:
    """The group with the highest rate; of equal ones the larger, then the first by name."""
    if not shares:
        raise ValueError("expected at least one group with people, got none")
    return min(shares, key=lambda name: (*_from_the_top(shares[name]), name))


def four_fifths(group: Share, reference: Share, *, confidence: float = 0.95) -> FourFifths:
    """Apply the four-fifths rule to the counts, without rounding.

    Parameters
    ----------
    group, reference : Share
        Selected of each group's people, at least one each.
    confidence : float, default 0.95
        Fisher's p below one minus this is called significant.

    Raises
    ------
    ValueError
        If a share is of nobody, or of more people than there are.

    References
    ----------
    29 CFR 1607.4(D); Questions and Answers 11, 12, 20 and 21, 44 Fed. Reg. 11996 (1979).
    """
    significant = fisher_exact(group, reference) < 1 - confidence
    (x, n), (y, m) = group, reference
    below = 5 * x * m < 4 * y * n if y else None
    swapped = y > 0 and x < n and (x + 1) * m > (y - 1) * n
    return FourFifths(below, significant, swapped and x * m < y * n)


def standing(name: str, share: Share, confidence: float) -> Standing:
    """A group's rate with its Wilson interval."""
    rate = share.rate
    if rate is None:
        return Standing(name, 0, 0, None, UNINFORMATIVE)
    interval = wilson_interval(*share, confidence=confidence)
    return Standing(name, share.possible, share.happened, rate, interval)


def ratio_of(group: Share, reference: Share) -> float | None:
    """Rate divided by rate; None where the reference's is zero or either is of nobody."""
    if not (group.possible and reference.happened):
        return None
    return (group.happened / group.possible) / (reference.happened / reference.possible)


def check_unweighted(cells: Cells) -> None:
    """Raise ValueError if people have weights."""
    if cells.weighted:
        raise ValueError("expected cells without weights: tests count people, got weighted ones")


def _from_the_top(share: Share) -> Sequence[float]:
    return -share.happened / share.possible, -share.possible


def _compared(name: str, group: Share, reference: Share, confidence: float) -> Compared:
    return Compared(
        standing(name, group, confidence),
        ratio_of(group, reference),
        ratio_interval(group, reference, confidence=confidence),
        group.happened / group.possible - reference.happened / reference.possible,
        newcombe_interval(group, reference, confidence=confidence),
        two_proportion_z(group, reference),
        fisher_exact(group, reference),
        hypergeometric_deviation(group, reference),
        four_fifths(group, reference, confidence=confidence),
    )
