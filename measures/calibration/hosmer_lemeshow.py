"""Whether observed and expected frequencies differ by more than chance, over groups of risk."""

from math import inf
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import chi2

from measures.calibration.reliability import bin_of, equal_mass_edges
from measures.reduce.scores import ScoreCounts

#: Groups of risk: deciles.
GROUPS = 10

#: Whose people are tested: those the model was fitted on, or others.
Sample = Literal["development", "new"]


class RiskGroup(NamedTuple):
    """People with scores between two edges: how many of them are and should be positive."""

    low: float
    high: float
    n: int
    observed: int
    expected: float


class HosmerLemeshow(NamedTuple):
    """The test of `n` people; `p_value` is None where there is none."""

    statistic: float
    degrees: int
    p_value: float | None
    sample: Sample
    groups: list[RiskGroup]
    n: int


def hosmer_lemeshow(
    scores: ScoreCounts, *, groups: int = GROUPS, sample: Sample = "new"
) -> HosmerLemeshow:
    """Hosmer and Lemeshow's goodness-of-fit test over groups of equal numbers of people.

    Σ (O − E)² / (E (1 − E/n)) over the groups, where O of n people are positive and E are
    expected to be. With many people any model fails it, with few none does: read it beside
    the calibration slope and error.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    groups : int, default 10
        Groups wanted, at least 2; people with one score stay together, so there may be fewer.
    sample : {"new", "development"}, default "new"
        Chi-square with as many degrees of freedom as groups for people the model has not
        seen; two fewer for those it was fitted on.

    Returns
    -------
    HosmerLemeshow
        A statistic of at least 0; infinite, with p-value 0, where a group's scores are all 0
        or all 1 and not all come true. No p-value without degrees of freedom.

    Raises
    ------
    ValueError
        If fewer than two groups are asked for, the sample is unknown, there is nobody, or a
        score lies outside [0, 1].

    References
    ----------
    D. W. Hosmer, S. Lemeshow (1980), "Goodness of fit tests for the multiple logistic
    regression model", Comm. Statist. Theory Methods 9(10), 1043-1069. D. W. Hosmer,
    S. Lemeshow, R. X. Sturdivant (2013), "Applied logistic regression", 3rd edition, 5.2.2.
    """
    if groups < 2:
        raise ValueError(f"expected at least two groups, got {groups}")
    if sample not in ("development", "new"):
        raise ValueError(f"expected 'development' or 'new' as sample, got {sample!r}")
    held = risk_groups(scores, equal_mass_edges(scores, groups))
    statistic = sum(_part(each) for each in held)
    degrees = len(held) if sample == "new" else max(len(held) - 2, 0)
    p_value = float(chi2.sf(statistic, degrees)) if degrees else None
    return HosmerLemeshow(statistic, degrees, p_value, sample, held, scores.rows)


def risk_groups(scores: ScoreCounts, edges: np.ndarray) -> list[RiskGroup]:
    """People between edges (n_groups + 1,), with those expected and observed to be positive."""
    places, bins = bin_of(scores.scores, edges), len(edges) - 1
    n, observed = (np.zeros(bins, dtype=np.int64) for _ in range(2))
    np.add.at(n, places, scores.totals)
    np.add.at(observed, places, scores.positives)
    expected = np.bincount(places, scores.totals * scores.scores, minlength=bins)
    return [
        RiskGroup(
            float(edges[i]), float(edges[i + 1]), int(n[i]), int(observed[i]), float(expected[i])
        )
        for i in np.flatnonzero(n)
    ]


def _part(group: RiskGroup) -> float:
    variance = group.expected * (1 - group.expected / group.n)
    apart = (group.observed - group.expected) ** 2
    if variance > 0:
        return apart / variance
    return inf if apart else 0.0
