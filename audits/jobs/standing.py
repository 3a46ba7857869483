"""Each group against the best-off one: whether a gap is more than chance, and impact ratios.

Tests count people, whatever they weigh. All comparisons of an audit are one family: of twenty
equal groups one differs "significantly" by chance alone, so p-values are adjusted for all
of enough people: what too few can never show must not hide what many do.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from measures.fairness import groups as fairness
from measures.fairness import impact, multiplicity, significance
from measures.fairness.impact import Category, ImpactTable, Rule
from measures.fairness.significance import Compared
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.measured import Measured
from measures.reduce.cells import Cells
from measures.reduce.missing import MISSING

#: What the report calls the methods.
METHODS = {
    "impact ratio": "Katz, on the log scale; where nobody is selected, joined from Wilson's bounds",
    "difference to the best-off group": "Newcombe's method 10",
    "tests": "Fisher's exact, pooled two-proportion z, hypergeometric standard deviations",
    "adjusted p-values": "Holm, and Benjamini-Hochberg, over all comparisons of this audit",
}


def tested(audited: Sequence[Cells], least: int, confidence: float) -> dict[str, Any]:
    """Every group against its feature's best-off; p-values adjusted over those large enough."""
    found = {
        fairness.feature_name(cells): significance.against_reference(
            people_of(cells), best_off(cells, least), confidence=confidence
        )
        for cells in audited
    }
    p_values = [
        each.fisher_p if each.standing.people >= least else None
        for feature in found.values()
        for each in feature.others
    ]
    adjusted = zip(
        multiplicity.holm(p_values), multiplicity.benjamini_hochberg(p_values), strict=True
    )
    features = {
        name: {
            "reference": feature.reference.group,
            "reference_people": feature.reference.people,
            "reference_selected": feature.reference.selected,
            "groups": [_tested(each, adjusted) for each in feature.others],
        }
        for name, feature in found.items()
    }
    return {"comparisons": sum(p is not None for p in p_values), "features": features}


def people_of(cells: Cells) -> Cells:
    """The cells with everybody counting alike: tests count people, whatever they weigh."""
    return Cells(cells.features, cells.groups, cells.counts)


def best_off(cells: Cells, least: int) -> str | None:
    """The group with the highest rate among known groups of at least so many people.

    None where there is none: then the highest rate of all groups serves.
    """
    shares = significance.selections(people_of(cells))
    known = dict(zip(fairness.group_names(cells), cells.groups, strict=True))
    held = {
        name: share
        for name, share in shares.items()
        if share.possible >= max(least, 1) and MISSING not in known[name]
    }
    return significance.reference_group(held) if held else None


def impact_of(cells: Cells, confidence: float) -> ImpactTable:
    """Impact ratios as New York City's Local Law 144 has them."""
    return impact.selection_impact(people_of(cells), Rule(confidence=confidence))


def impact_measures(table: ImpactTable) -> list[Measured]:
    """The ratio of each category that is not excluded; n is the smaller of the two compared."""
    sizes = {each.name: each.people for each in table.categories}
    best = sizes.get(table.most_favoured or "", 0)
    return [
        Measured(
            "impact_ratio",
            each.impact_ratio,
            *_bounds(each, table.most_favoured),
            n=min(each.people, best),
            unit="ratio",
            slice={"feature": fairness.joined(table.features), "group": each.name},
        )
        for each in table.categories
        if not each.excluded
    ]


def impact_listed(table: ImpactTable) -> dict[str, Any]:
    """The whole table, excluded categories and people of unknown category too."""
    categories = [
        {
            "group": each.name,
            "n": each.people,
            "selected": each.favoured,
            "share": each.share,
            "impact_ratio": each.impact_ratio,
            "low": each.ratio_interval.low if each.ratio_interval else None,
            "high": each.ratio_interval.high if each.ratio_interval else None,
            "excluded": each.excluded,
        }
        for each in table.categories
    ]
    return {
        "most_favoured": table.most_favoured,
        "people": table.people,
        "unknown": table.unknown,
        "least_share": float(impact.LEAST_SHARE),
        "categories": categories,
    }


def _bounds(each: Category, most_favoured: str | None) -> tuple[float | None, float | None]:
    """None of the best-off category, whose ratio is 1 by definition."""
    if each.name == most_favoured and each.impact_ratio is not None:
        return None, None
    interval: Interval = each.ratio_interval or UNINFORMATIVE
    return interval.low, interval.high


def _tested(
    each: Compared, adjusted: Iterator[tuple[float | None, float | None]]
) -> dict[str, Any]:
    holm, false_discovery = next(adjusted)
    return {
        "group": each.standing.group,
        "n": each.standing.people,
        "selected": each.standing.selected,
        "ratio": each.impact_ratio,
        "ratio_low": each.ratio_interval.low if each.ratio_interval else None,
        "ratio_high": each.ratio_interval.high if each.ratio_interval else None,
        "difference": each.difference,
        "low": each.difference_interval.low,
        "high": each.difference_interval.high,
        "z": each.z.statistic,
        "z_p": each.z.p,
        "fisher_p": each.fisher_p,
        "holm_p": holm,
        "benjamini_hochberg_p": false_discovery,
        "standard_deviations": each.deviation.standard_deviations,
        "beyond_two_standard_deviations": each.deviation.suspect,
        "below_four_fifths": each.four_fifths.below,
        "one_person_flips": each.four_fifths.one_person_flips,
        "numbers_too_small": each.four_fifths.numbers_too_small,
        "smaller_but_significant": each.four_fifths.smaller_but_significant,
    }
