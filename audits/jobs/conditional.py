"""Groups compared among people alike in something else: what is left of a gap then.

Within each level of the control features the gaps are measured anew, and over all levels the
Mantel-Haenszel odds ratio says how the groups compare. A control feature that is itself a
consequence of the group explains a gap away without removing it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from audits.jobs import disparities, standing
from measures.fairness import control as parity
from measures.fairness import groups as fairness
from measures.fairness import multiplicity
from measures.fairness.control import Level
from measures.fairness.groups import Gap, Method
from measures.fairness.mantel_haenszel import Adjusted, Common, Stratified, stratified
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.cells import Cells

#: What the report calls the methods.
METHODS = {
    "Mantel-Haenszel odds ratio": "Robins, Breslow and Greenland",
    "tests within levels": "Cochran-Mantel-Haenszel, continuity corrected, and Breslow-Day-Tarone",
}

#: In front of the name of a gap that was measured within a level.
PREFIX = "conditional_"


class Conditional(NamedTuple):
    """Gaps of each level and common odds ratios as measures, and what the report tells."""

    measures: list[Measured]
    details: dict[str, Any]


class _Held(NamedTuple):
    """The levels of one feature or intersection, by name, and its groups over all of them."""

    feature: str
    everybody: Cells
    levels: dict[str, Cells]
    common: Stratified


def compare(
    audited: Sequence[Cells], control: Sequence[str], least: int, drawing: Drawing, method: Method
) -> Conditional:
    """Compare the groups of each feature or intersection within the levels of control features.

    Parameters
    ----------
    audited : sequence of Cells
        Each over the control features and the features compared.
    control : sequence of str
        The control features.
    least : int
        People a group must have to be the one compared with, or to count as a comparison.
    drawing, method
        Of the intervals of gaps.

    Returns
    -------
    Conditional
        Tests count people, whatever they weigh; p-values are adjusted over all features,
        for groups of at least `least` people.
    """
    held = [_held(cells, control, least, drawing.confidence) for cells in audited]
    p_values = [
        group.corrected.p if group.people >= least else None
        for each in held
        for group in each.common.groups
    ]
    adjusted = iter(multiplicity.holm(p_values))
    measures, details = [], {}
    for each in held:
        gaps = [
            (name, people, gap)
            for name, people in each.levels.items()
            if len(people.groups) > 1
            for gap in fairness.gaps(people, drawing, method=method)
        ]
        measures += [*(_gap(*found) for found in gaps), *_odds_ratios(each)]
        details[each.feature] = _details(each, adjusted) | {
            "other_methods": _other_methods(gaps, method)
        }
    return Conditional(measures, details)


def _held(cells: Cells, control: Sequence[str], least: int, confidence: float) -> _Held:
    everybody = cells.over([name for name in cells.features if name not in control])
    levels = parity.levels(cells, control)
    common = stratified(
        standing.people_of(cells),
        within=control,
        reference=standing.best_off(everybody, least),
        confidence=confidence,
    )
    named = {_name(level, control): level.cells for level in levels}
    return _Held(fairness.feature_name(everybody), everybody, named, common)


def _name(level: Level, control: Sequence[str]) -> str:
    """ "department A", or "department A x region north"."""
    held = zip(control, level.level, strict=True)
    return fairness.joined([f"{feature} {value}" for feature, value in held])


def _gap(level: str, people: Cells, gap: Gap) -> Measured:
    """The slice's group is the level: each level is one reading, and policies judge each."""
    about = {"feature": fairness.feature_name(people), "group": level}
    smallest = int(people.sizes.min())
    return Measured(PREFIX + gap.name, gap.value, *gap.interval, smallest, "fraction", about)


def _odds_ratios(held: _Held) -> list[Measured]:
    """n is the smaller of the two groups compared."""
    sizes = {group.name: group.people for group in fairness.groups(held.everybody)}
    return [
        Measured(
            "mantel_haenszel_odds_ratio",
            each.odds_ratio.value,
            *_bounds(each.odds_ratio),
            n=min(each.people, sizes[held.common.reference]),
            unit="ratio",
            slice={"feature": held.feature, "group": each.group},
        )
        for each in held.common.groups
    ]


def _bounds(found: Common) -> tuple[float | None, float | None]:
    """An odds ratio of 0 has no upper bound; one that does not exist may be anything."""
    if found.interval:
        return found.interval
    return 0.0, None


def _other_methods(gaps: Sequence[tuple[str, Cells, Gap]], method: Method) -> list[dict[str, Any]]:
    return [
        {"level": level, "gap": name, "method": how}
        for level, _, gap in gaps
        for how, names in disparities.other_methods([gap], method).items()
        for name in names
    ]


def _details(held: _Held, adjusted: Iterator[float | None]) -> dict[str, Any]:
    common = held.common
    return {
        "reference": common.reference,
        "groups": [_adjusted(each, next(adjusted)) for each in common.groups],
        "association_chi_square": common.association.test.statistic,
        "association_p": common.association.test.p,
        "levels": [_level(name, people) for name, people in held.levels.items()],
    }


def _level(name: str, people: Cells) -> dict[str, Any]:
    """The groups of a level and how many of each were selected; `share` is that of the weights."""
    selected = people.counts[..., 1].sum(axis=1)
    favoured, weights = people.masses[..., 1].sum(axis=1), people.masses.sum(axis=(1, 2))
    known = np.divide(favoured, weights, out=np.zeros(len(weights)), where=weights > 0)
    shares = [
        float(share) if weight else None for share, weight in zip(known, weights, strict=True)
    ]
    sized = zip(fairness.groups(people), selected, shares, strict=True)
    return {
        "level": name,
        "n": people.rows,
        "compared": len(people.groups) > 1,
        "groups": [
            {"group": group.name, "n": group.people, "selected": int(count), "share": share}
            for group, count, share in sized
        ],
    }


def _adjusted(each: Adjusted, holm: float | None) -> dict[str, Any]:
    return {
        "group": each.group,
        "n": each.people,
        "crude_ratio": each.crude_ratio,
        **_interval("crude_", each.crude_interval),
        "odds_ratio": each.odds_ratio.value,
        **_interval("", each.odds_ratio.interval),
        "ratio": each.ratio.value,
        **_interval("ratio_", each.ratio.interval),
        "difference": each.difference.value,
        **_interval("difference_", each.difference.interval),
        "chi_square": each.corrected.statistic,
        "p": each.corrected.p,
        "holm_p": holm,
        "p_without_correction": each.test.p,
        "one_odds_ratio_chi_square": each.homogeneity.tarone.statistic,
        "one_odds_ratio_p": each.homogeneity.tarone.p,
        "breslow_day_p": each.homogeneity.breslow_day.p,
        "levels": each.strata,
        "informative_levels": each.informative,
    }


def _interval(named: str, found: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = found or (None, None)
    return {f"{named}low": low, f"{named}high": high}
