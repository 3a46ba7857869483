"""Two models on the same people: which serves whom better, and who lies further apart.

Both models see the same people, so their rates rise and fall together from sample to sample;
intervals here are of paired data and narrower than those of two samples. All differences are
of the second model minus the first.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from measures.fairness import kernel
from measures.fairness.groups import joined
from measures.fairness.paired import McNemar, Pairs, mcnemar, paired_interval
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.pairs import PairedCells

#: Rates compared pairwise: each of them counts all people, or all of one label.
PAIRED_RATES = (
    "accuracy",
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "true_negative_rate",
)

#: What the reports call the whole population.
EVERYBODY = "(everybody)"

#: By rate: the labels counted, and whether the answer is "selected", "refused" or "right".
_ANSWERS = {
    "accuracy": ((0, 1), "right"),
    "selection_rate": ((0, 1), "selected"),
    "true_positive_rate": ((1,), "selected"),
    "false_positive_rate": ((0,), "selected"),
    "false_negative_rate": ((1,), "refused"),
    "true_negative_rate": ((0,), "refused"),
}


class PairedRate(NamedTuple):
    """A rate of a group under both models, fractions.

    `difference` is second minus first with Newcombe's paired interval; `test` is McNemar's, on
    the `pairs` themselves. All four are None where nobody could count towards the rate.
    """

    group: str
    metric: str
    people: int
    first: float | None
    second: float | None
    difference: float | None
    interval: Interval | None
    test: McNemar | None
    pairs: Pairs


class PairedGap(NamedTuple):
    """A disparity between groups under both models, and its change with a bootstrap interval.

    Fractions in [0, 1], the change in [−1, 1]; None where a rate compared is undefined in some
    group, or the disparity itself. `people` is the number in the smallest group.
    """

    name: str
    first: float | None
    second: float | None
    change: float | None
    interval: Interval | None
    people: int


def paired_rates(
    cells: PairedCells,
    metrics: Sequence[str] = PAIRED_RATES,
    *,
    confidence: float = 0.95,
) -> list[PairedRate]:
    """Rates of every group, and of everybody, under both models.

    Parameters
    ----------
    cells : PairedCells
        Of one feature or intersection.
    metrics : sequence of str
        From `PAIRED_RATES`.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1; `multiplicity` adjusts many comparisons.

    Returns
    -------
    list of PairedRate
        Everybody first, then group by group.

    Raises
    ------
    ValueError
        If a metric is not among `PAIRED_RATES`.

    References
    ----------
    As for `paired.mcnemar` and `paired.paired_interval`; T. G. Dietterich (1998), "Approximate
    statistical tests for comparing supervised classification learning algorithms", Neural
    Comput. 10(7), 1895-1923.
    """
    if odd := [metric for metric in metrics if metric not in _ANSWERS]:
        raise ValueError(f"expected rates among {', '.join(PAIRED_RATES)}, got {odd[0]!r}")
    named = [(EVERYBODY, cells.counts.sum(axis=0))]
    groups = zip(cells.groups, cells.counts, strict=True)
    named += [(joined(group), counts) for group, counts in groups]
    return [
        _paired_rate(name, metric, answers(counts, metric), confidence)
        for name, counts in named
        for metric in metrics
    ]


def answers(counts: np.ndarray, metric: str) -> Pairs:
    """People by the answers of both models that a rate counts.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2, 2)
        People by label, first and second prediction.
    metric : str
        From `PAIRED_RATES`.
    """
    labels, asked = _ANSWERS[metric]
    found = np.zeros((2, 2), dtype=np.int64)
    for label in labels:
        yes = {"right": label, "selected": 1, "refused": 0}[asked]
        found += counts[label] if yes else counts[label, ::-1, ::-1]
    neither, only_second, only_first, both = (int(each) for each in found.ravel())
    return Pairs(both, only_first, only_second, neither)


def paired_gaps(cells: PairedCells, drawing: Drawing) -> list[PairedGap]:
    """Disparities under both models, and how far they changed.

    People are resampled with both their predictions, so what the models share cancels.

    Parameters
    ----------
    cells : PairedCells
        Of one feature or intersection; at least one person.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    list of PairedGap
        In the order of `kernel.Gaps`. For a ratio a positive change means groups closer
        together, for a difference a negative one.

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", chapter 6.
    """
    estimates = _both_gaps(cells.counts)
    drawn = bootstrap.replicates(cells.counts, _both_gaps, drawing)
    changes = drawn[:, 1] - drawn[:, 0]
    smallest = int(cells.counts.sum(axis=(1, 2, 3)).min())
    known = _known(cells.counts)
    return [
        _paired_gap(name, estimates[:, i], changes[:, i], known[i], smallest, drawing.confidence)
        for i, name in enumerate(kernel.Gaps._fields)
    ]


def _paired_rate(group: str, metric: str, pairs: Pairs, confidence: float) -> PairedRate:
    if not pairs.people:
        return PairedRate(group, metric, 0, None, None, None, None, None, pairs)
    return PairedRate(
        group,
        metric,
        pairs.people,
        (pairs.both + pairs.only_first) / pairs.people,
        (pairs.both + pairs.only_second) / pairs.people,
        pairs.difference,
        paired_interval(pairs, confidence=confidence),
        mcnemar(pairs),
        pairs,
    )


def _both_gaps(counts: np.ndarray) -> np.ndarray:
    """Gaps of both models, shape (..., 2, 4), from counts of shape (..., n_groups, 2, 2, 2)."""
    models = counts.sum(axis=-1), counts.sum(axis=-2)
    return np.stack([kernel.gaps_of(each) for each in models], axis=-2)


def _known(counts: np.ndarray) -> list[bool]:
    """Whether every rate a gap compares is defined in every group, in the order of `Gaps`."""
    labels = counts.sum(axis=(2, 3)) > 0
    negatives, positives = (bool(each) for each in labels.all(axis=0))
    people = bool(labels.any(axis=1).all())
    return [people, people, negatives and positives, positives]


def _paired_gap(
    name: str,
    estimates: np.ndarray,
    drawn: np.ndarray,
    known: bool,
    people: int,
    confidence: float,
) -> PairedGap:
    first, second = (None if np.isnan(each) else float(each) for each in estimates)
    if not known or first is None or second is None:
        return PairedGap(name, first, second, None, None, people)
    change = second - first
    interval = bootstrap.percentile_interval(drawn, change, confidence=confidence)
    return PairedGap(name, first, second, change, interval, people)
