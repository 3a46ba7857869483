"""Groups compared within strata: what is left of a difference once like is compared with like.

At Berkeley women were admitted at 0.68 times the rate of men, and within the departments they
applied to at about the same rate. The crude ratio and the common ratios over strata (levels of
the control features) come out together, with the tests of no association and of one common
odds ratio.
"""

from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, ndtri

from measures.fairness import kernel
from measures.fairness.groups import joined
from measures.fairness.proportions import (
    UNTESTABLE,
    Share,
    SignificanceTest,
    around_log,
    katz_interval,
    two_proportion_z,
)
from measures.fairness.significance import check_unweighted, ratio_of, reference_group
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.cells import Cells

#: What may be compared: each counts some people of some people.
OUTCOMES = kernel.METRICS[:7]


class Common(NamedTuple):
    """A quantity common to all strata; both None where no stratum bears on it."""

    value: float | None
    interval: Interval | None


#: What no stratum bears on.
_UNKNOWN = Common(None, None)


class Homogeneity(NamedTuple):
    """Breslow and Day's test of one odds ratio for all strata, bare and in Tarone's form.

    Chi-square with `freedom` degrees of freedom; None where fewer than two strata inform.
    """

    breslow_day: SignificanceTest
    tarone: SignificanceTest
    freedom: int


class Adjusted(NamedTuple):
    """A group against the reference, crude and over strata.

    Ratios and the odds ratio are of the group divided by the reference, the difference minus
    it. `test` is Cochran, Mantel and Haenszel's chi-square with one degree of freedom,
    `corrected` with continuity correction. `informative` strata have people of both groups,
    and some to whom the outcome happened and some to whom it did not.
    """

    group: str
    people: int
    crude_ratio: float | None
    crude_interval: Interval | None
    crude_test: SignificanceTest
    odds_ratio: Common
    ratio: Common
    difference: Common
    test: SignificanceTest
    corrected: SignificanceTest
    homogeneity: Homogeneity
    strata: int
    informative: int


class Association(NamedTuple):
    """Whether the outcome is associated with the groups within strata, all groups at once."""

    test: SignificanceTest
    freedom: int


class Stratified(NamedTuple):
    """The reference, every other group against it, and all groups at once."""

    outcome: str
    reference: str
    groups: list[Adjusted]
    association: Association


class _Tables(NamedTuple):
    """2 × 2 tables, each of shape (n_strata,): of the group, then of the reference."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: np.ndarray

    @property
    def n1(self) -> np.ndarray:
        return self.a + self.b

    @property
    def n0(self) -> np.ndarray:
        return self.c + self.d

    @property
    def m1(self) -> np.ndarray:
        return self.a + self.c

    @property
    def m0(self) -> np.ndarray:
        return self.b + self.d

    @property
    def n(self) -> np.ndarray:
        return self.n1 + self.n0


def stratified(
    cells: Cells,
    *,
    within: Sequence[str],
    outcome: str = "selection_rate",
    reference: str | None = None,
    confidence: float = 0.95,
) -> Stratified:
    """Compare groups within the levels of control features.

    Parameters
    ----------
    cells : Cells
        Counts of control and sensitive features, without weights.
    within : sequence of str
        The control features; groups are the levels of all others.
    outcome : str, default "selection_rate"
        From `OUTCOMES`.
    reference : str, optional
        The group compared with; by default the one with the highest crude rate, of equal ones
        the larger, then the first by name.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Stratified
        Groups in order of their names.

    Raises
    ------
    ValueError
        If cells are weighted, no feature is left to compare, or there is no such feature,
        outcome or reference.

    References
    ----------
    N. Mantel, W. Haenszel (1959), "Statistical aspects of the analysis of data from
    retrospective studies of disease", J. Natl Cancer Inst. 22(4), 719-748. P. J. Bickel, E. A.
    Hammel, J. W. O'Connell (1975), "Sex bias in graduate admissions: data from Berkeley",
    Science 187(4175), 398-404.
    """
    check_confidence(confidence)
    check_unweighted(cells)
    names, happened, possible = _strata(cells, within, outcome)
    totals = zip(names, happened.sum(axis=0), possible.sum(axis=0), strict=True)
    shares = {name: Share(int(x), int(n)) for name, x, n in totals}
    held = {name: share for name, share in shares.items() if share.possible}
    chosen = reference_group(held) if reference is None else reference
    if chosen not in held:
        raise ValueError(f"expected a reference among {', '.join(held)}, got {chosen!r}")
    place = names.index(chosen)
    found = [
        _adjusted(name, _tables(happened, possible, i, place), confidence)
        for i, name in enumerate(names)
        if i != place and name in held
    ]
    return Stratified(outcome, chosen, found, _association(happened, possible))


def _strata(
    cells: Cells, within: Sequence[str], outcome: str
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names of the groups; to how many the outcome happened and could: (n_strata, n_groups)."""
    if outcome not in OUTCOMES:
        raise ValueError(f"expected an outcome among {', '.join(OUTCOMES)}, got {outcome!r}")
    if odd := [feature for feature in within if feature not in cells.features]:
        raise ValueError(f"expected features among {', '.join(cells.features)}, got {odd[0]!r}")
    compared = [feature for feature in cells.features if feature not in within]
    if not compared:
        raise ValueError("expected a feature to compare beside the control features, got none")
    ordered = cells.over([*within, *compared])
    levels = [(group[: len(within)], group[len(within) :]) for group in ordered.groups]
    strata, groups = (sorted(set(part)) for part in zip(*levels, strict=True))
    at = tuple(np.array([(strata.index(s), groups.index(g)) for s, g in levels]).T)
    place = OUTCOMES.index(outcome)
    parts = [np.zeros((len(strata), len(groups))) for _ in range(2)]
    for part, counted in zip(parts, kernel.fractions(ordered.counts), strict=True):
        part[at] = counted[:, place]
    return [joined(group) for group in groups], parts[0], parts[1]


def _tables(happened: np.ndarray, possible: np.ndarray, group: int, reference: int) -> _Tables:
    a, c = happened[:, group], happened[:, reference]
    tables = _Tables(a, possible[:, group] - a, c, possible[:, reference] - c)
    some = tables.n > 0
    return _Tables(*(part[some] for part in tables))


def _adjusted(name: str, tables: _Tables, confidence: float) -> Adjusted:
    of_group = Share(int(tables.a.sum()), int(tables.n1.sum()))
    of_reference = Share(int(tables.c.sum()), int(tables.n0.sum()))
    both = (tables.n1 > 0) & (tables.n0 > 0)
    informing = both & (tables.m1 > 0) & (tables.m0 > 0)
    paired = _Tables(*(part[both] for part in tables))
    odds = _odds_ratio(paired, confidence)
    test, corrected = _no_association(paired)
    return Adjusted(
        name,
        of_group.possible,
        ratio_of(of_group, of_reference),
        katz_interval(of_group, of_reference, confidence=confidence),
        two_proportion_z(of_group, of_reference),
        odds,
        _ratio(paired, confidence),
        _difference(paired, confidence),
        test,
        corrected,
        _homogeneity(_Tables(*(part[informing] for part in tables)), odds.value),
        len(tables.n),
        int(informing.sum()),
    )


def _odds_ratio(t: _Tables, confidence: float) -> Common:
    """Mantel and Haenszel's, with Robins, Breslow and Greenland's interval.

    J. Robins, N. Breslow, S. Greenland (1986), "Estimators of the Mantel-Haenszel variance
    consistent in both sparse data and large-strata limiting models", Biometrics 42(2), 311-323.
    """
    r, s = t.a * t.d / t.n, t.b * t.c / t.n
    p, q = (t.a + t.d) / t.n, (t.b + t.c) / t.n
    up, down = float(r.sum()), float(s.sum())
    if not down:
        return _UNKNOWN
    if not up:
        return Common(0.0, None)
    variance = float(
        (p * r).sum() / (2 * up**2)
        + (p * s + q * r).sum() / (2 * up * down)
        + (q * s).sum() / (2 * down**2)
    )
    return Common(up / down, around_log(log(up / down), sqrt(variance), confidence))


def _ratio(t: _Tables, confidence: float) -> Common:
    """Mantel and Haenszel's ratio of rates, with Greenland and Robins' interval.

    S. Greenland, J. M. Robins (1985), "Estimation of a common effect parameter from sparse
    follow-up data", Biometrics 41(1), 55-68.
    """
    up, down = float((t.a * t.n0 / t.n).sum()), float((t.c * t.n1 / t.n).sum())
    if not down:
        return _UNKNOWN
    if not up:
        return Common(0.0, None)
    scatter = float(((t.n1 * t.n0 * t.m1 - t.a * t.c * t.n) / t.n**2).sum())
    error = sqrt(max(0.0, scatter) / (up * down))
    return Common(up / down, around_log(log(up / down), error, confidence))


def _difference(t: _Tables, confidence: float) -> Common:
    """Mantel and Haenszel's difference of rates, with Sato's interval, kept within [−1, 1].

    T. Sato (1989), "On the variance estimator for the Mantel-Haenszel risk difference",
    Biometrics 45(4), 1323-1324.
    """
    weight = float((t.n1 * t.n0 / t.n).sum())
    if not weight:
        return _UNKNOWN
    value = float(((t.a * t.n0 - t.c * t.n1) / t.n).sum()) / weight
    unequal = t.n1**2 * t.c - t.n0**2 * t.a + t.n1 * t.n0 * (t.n0 - t.n1) / 2
    apart = t.a * (t.n0 - t.c) + t.c * (t.n1 - t.a)
    scatter = value * float((unequal / t.n**2).sum()) + float((apart / (2 * t.n)).sum())
    reach = float(ndtri((1 + confidence) / 2)) * sqrt(max(0.0, scatter)) / weight
    return Common(value, Interval(max(-1.0, value - reach), min(1.0, value + reach)))


def _no_association(t: _Tables) -> tuple[SignificanceTest, SignificanceTest]:
    """Cochran, Mantel and Haenszel's chi-square, bare and with continuity correction."""
    away = abs(float((t.a - t.n1 * t.m1 / t.n).sum()))
    variance = float((t.n1 * t.n0 * t.m1 * t.m0 / (t.n**2 * np.maximum(t.n - 1, 1))).sum())
    if not variance:
        return UNTESTABLE, UNTESTABLE
    corrected = away - min(0.5, away)
    return _chi_square(away**2 / variance, 1), _chi_square(corrected**2 / variance, 1)


def _homogeneity(t: _Tables, odds: float | None) -> Homogeneity:
    """Breslow and Day's test, on strata that inform.

    N. E. Breslow, N. E. Day (1980), "Statistical Methods in Cancer Research", vol. 1, IARC,
    p. 142. R. E. Tarone (1985), "On heterogeneity tests based on efficient scores", Biometrika
    72(1), 91-95.
    """
    freedom = len(t.n) - 1
    if freedom < 1 or not odds:
        return Homogeneity(UNTESTABLE, UNTESTABLE, max(freedom, 0))
    expected = _expected(t, odds)
    cells = np.stack([expected, t.n1 - expected, t.m1 - expected, t.n0 - t.m1 + expected])
    variance = 1 / (1 / cells).sum(axis=0)
    away = t.a - expected
    bare = float((away**2 / variance).sum())
    excess = float(away.sum() ** 2 / variance.sum())
    return Homogeneity(_chi_square(bare, freedom), _chi_square(bare - excess, freedom), freedom)


def _expected(t: _Tables, odds: float) -> np.ndarray:
    """People of the group to expect with the outcome, given the margins and the odds ratio.

    The root of (1 − ψ)·e² + linear·e − ψ·n₁·m₁ that lies within the margins, in whichever
    form does not cancel.
    """
    linear = t.n0 - t.m1 + odds * (t.n1 + t.m1)
    root = np.sqrt(linear**2 + 4 * (1 - odds) * odds * t.n1 * t.m1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            linear > 0,
            2 * odds * t.n1 * t.m1 / (linear + root),
            (root - linear) / (2 * (1 - odds)),
        )


def _association(happened: np.ndarray, possible: np.ndarray) -> Association:
    """The generalised Cochran-Mantel-Haenszel test of general association.

    J. R. Landis, E. R. Heyman, G. G. Koch (1978), "Average partial association in three-way
    contingency tables: a review and discussion of alternative tests", Int. Statist. Rev.
    46(3), 237-254. Degrees of freedom are the rank of the covariance: groups − 1 unless some
    groups never meet in an informative stratum.
    """
    n, m1 = possible.sum(axis=1), happened.sum(axis=1)
    some = (n > 1) & (m1 > 0) & (m1 < n)
    n, m1, x, held = n[some], m1[some], happened[some], possible[some]
    away = (x - held * (m1 / n)[:, np.newaxis]).sum(axis=0)
    scale = m1 * (n - m1) / (n**2 * (n - 1))
    covariance = np.diag((scale * n) @ held) - (held.T * scale) @ held
    freedom = int(np.linalg.matrix_rank(covariance, hermitian=True)) if some.any() else 0
    if not freedom:
        return Association(UNTESTABLE, 0)
    statistic = float(away @ np.linalg.pinv(covariance, rcond=1e-12, hermitian=True) @ away)
    return Association(_chi_square(statistic, freedom), freedom)


def _chi_square(statistic: float, freedom: int) -> SignificanceTest:
    return SignificanceTest(statistic, float(chdtrc(freedom, statistic)))
