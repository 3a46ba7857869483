"""Impact ratios as New York City's Local Law 144 asks for: by sex, race and both together.

A selection rate is the share of a category that was selected, a scoring rate the share that
scored above the median of the whole sample; the impact ratio divides it by that of the
category with the highest rate. The rule sets no limit for a ratio, and neither do we.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from measures.fairness.groups import joined
from measures.fairness.proportions import Share, ratio_interval
from measures.fairness.significance import (
    check_unweighted,
    ratio_of,
    reference_group,
    standing,
)
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.cells import Cells
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.missing import MISSING
from measures.reduce.scores import ScoreCounts

#: A category with a smaller share of the data may be left out: 6 RCNY § 5-301(d).
LEAST_SHARE = Fraction(2, 100)


class Rule(NamedTuple):
    """How a table of impact ratios is made.

    Categories with less than `least_share` (a fraction, exactly) of the people of known
    category are excluded from the ratios; 0 excludes none. Levels in `unknown` are no
    category. `confidence` is that of the intervals.
    """

    least_share: Fraction = LEAST_SHARE
    unknown: Collection[str] = (MISSING,)
    confidence: float = 0.95


class Category(NamedTuple):
    """One category; `favoured` of its `people` were selected, or scored above the median.

    `rate` (with Wilson's interval) is a fraction in [0, 1]. `impact_ratio` is None where the
    category is `excluded` or nobody was favoured; its interval (`ratio_interval`) also of the
    category with the highest rate, whose ratio is 1 by definition.
    """

    name: str
    people: int
    favoured: int
    rate: float | None
    interval: Interval
    share: float
    impact_ratio: float | None
    ratio_interval: Interval | None
    excluded: bool


class ImpactTable(NamedTuple):
    """The categories of one or more features, in the order of their names.

    `kind` is "selection" or "scoring"; `most_favoured` names the category with the highest
    rate among those not excluded; `people` are in the table, `unknown` beside it; `median` is
    that of all scores, None of selections.
    """

    features: tuple[str, ...]
    kind: str
    categories: list[Category]
    most_favoured: str | None
    people: int
    unknown: int
    median: float | None


class BiasAudit(NamedTuple):
    """The three tables of 6 RCNY § 5-301: by sex, by race or ethnicity, and by both."""

    sex: ImpactTable
    race: ImpactTable
    intersection: ImpactTable


def selection_impact(cells: Cells, rule: Rule | None = None) -> ImpactTable:
    """Selection rates and impact ratios of the categories of a feature or an intersection.

    Parameters
    ----------
    cells : Cells
        Without weights; selected are those with prediction 1.
    rule : Rule, optional
        By default that of the law.

    Returns
    -------
    ImpactTable
        Excluded categories keep their number and rate.

    Raises
    ------
    ValueError
        If cells are weighted.

    References
    ----------
    6 RCNY §§ 5-300 and 5-301(b), (d) (New York City Department of Consumer and Worker
    Protection, 2023); New York City Administrative Code § 20-870 ff. (Local Law 144 of 2021).
    """
    check_unweighted(cells)
    selected, people = cells.counts[..., 1].sum(axis=1), cells.sizes
    return _table(cells.features, "selection", cells.groups, selected, people, None, rule)


def scoring_impact(scores: GroupedScores, rule: Rule | None = None) -> ImpactTable:
    """Scoring rates and impact ratios of the categories of a feature or an intersection.

    The median is that of the full sample, people of unknown category included; of an even
    number of people it is the mean of the two in the middle. A score equal to it is not above.

    Parameters
    ----------
    scores : GroupedScores
        From `reduce_unlabelled_scores`, or with labels, which are not looked at.
    rule : Rule, optional
        By default that of the law.

    Returns
    -------
    ImpactTable
        Excluded categories keep their number and rate.

    Raises
    ------
    ValueError
        If there are no scores.

    References
    ----------
    6 RCNY §§ 5-300 and 5-301(c), (d) (New York City Department of Consumer and Worker
    Protection, 2023).
    """
    median = median_score(scores.everybody())
    above = [int(each.totals[each.scores > median].sum()) for each in scores.scores]
    people = [each.rows for each in scores.scores]
    return _table(scores.features, "scoring", scores.groups, above, people, median, rule)


def bias_audit(
    held: Cells | GroupedScores, *, sex: str, race: str, rule: Rule | None = None
) -> BiasAudit:
    """The tables a bias audit must at least have.

    Parameters
    ----------
    held : Cells or GroupedScores
        Counts with both features: cells where a tool selects, scores where it scores.
    sex, race : str
        The two features.
    rule : Rule, optional
        By default that of the law.

    Raises
    ------
    ValueError
        As for `selection_impact` and `scoring_impact`, or if a feature is not among those
        counted.

    References
    ----------
    6 RCNY § 5-301(b)(3) and (c)(4) (New York City Department of Consumer and Worker
    Protection, 2023).
    """
    if odd := [feature for feature in (sex, race) if feature not in held.features]:
        raise ValueError(f"expected features among {', '.join(held.features)}, got {odd[0]!r}")
    return BiasAudit(*(_impact(held, asked, rule) for asked in ([sex], [race], [sex, race])))


def median_score(scores: ScoreCounts) -> float:
    """The median of all people's scores; of an even number the mean of the two in the middle.

    Raises ValueError if there are no scores.
    """
    if not scores.rows:
        raise ValueError("expected at least one score, got none")
    ranked = np.cumsum(scores.totals)
    middle = [(scores.rows - 1) // 2, scores.rows // 2]
    low, high = scores.scores[np.searchsorted(ranked, middle, side="right")]
    return float(low) / 2 + float(high) / 2 if low != high else float(low)


def _impact(held: Cells | GroupedScores, features: Sequence[str], rule: Rule | None) -> ImpactTable:
    if isinstance(held, Cells):
        return selection_impact(held.over(features), rule)
    return scoring_impact(held.over(features), rule)


def _table(
    features: tuple[str, ...],
    kind: str,
    groups: Sequence[tuple[str, ...]],
    favoured: Sequence[int] | np.ndarray,
    people: Sequence[int] | np.ndarray,
    median: float | None,
    rule: Rule | None,
) -> ImpactTable:
    rule = rule or Rule()
    check_confidence(rule.confidence)
    counted = zip(groups, favoured, people, strict=True)
    shares = {group: Share(int(x), int(n)) for group, x, n in counted}
    known = {
        joined(group): share
        for group, share in shares.items()
        if share.possible and not set(group) & set(rule.unknown)
    }
    total = sum(share.possible for share in known.values())
    unknown = sum(share.possible for share in shares.values()) - total
    judged = {
        name: share
        for name, share in known.items()
        if Fraction(share.possible, total) >= rule.least_share
    }
    leader = reference_group(judged) if judged else None
    best = judged[leader] if leader else None
    categories = [
        _category(name, share, total, best, name not in judged, rule.confidence)
        for name, share in known.items()
    ]
    return ImpactTable(features, kind, categories, leader, total, unknown, median)


def _category(
    name: str, share: Share, total: int, best: Share | None, excluded: bool, confidence: float
) -> Category:
    of = standing(name, share, confidence)
    ratio = None if excluded or best is None else ratio_of(share, best)
    interval = None
    if ratio is not None and best is not None and best is not share:
        interval = ratio_interval(share, best, confidence=confidence)
    return Category(
        name,
        share.possible,
        share.happened,
        of.rate,
        of.interval,
        share.possible / total,
        ratio,
        interval,
        excluded,
    )
