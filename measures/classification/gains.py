"""What is gained by taking those with the highest scores first.

Where the cut falls among people with one score, each of them is taken with equal chance: the
figures are then the expected ones, and depend on no order of the rows.
"""

from typing import NamedTuple

import numpy as np

from measures.classification import resampling
from measures.classification.performance import UNKNOWN, Figure, resampled, undefined
from measures.classification.rates import divided
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {"gain": resampling.METHOD, "lift": resampling.METHOD}

#: Shares of the people at which reports give gain and lift.
SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


class Gain(NamedTuple):
    """Taking the top `share` of `n` people: share of all positives got, and lift over chance."""

    share: float
    gain: Figure
    lift: Figure


def gains_curve(scores: ScoreCounts, *, most: int = 200) -> list[tuple[float, float]]:
    """Points (share of people taken, share of positives got) from (0, 0) to (1, 1).

    Parameters
    ----------
    scores : ScoreCounts
        At least one person with label 1.
    most : int, default 200
        Points wanted at most; thinned evenly, both ends kept.

    Returns
    -------
    list of tuple of two float
        Fractions. Between two points the expected gain is a straight line.

    Raises
    ------
    ValueError
        If nobody has label 1.
    """
    if not scores.positives.sum():
        raise ValueError("expected at least one person with label 1, got none")
    taken, got = _curve(resampling.stacked(scores)[np.newaxis])
    kept = np.unique(np.linspace(0, taken.shape[1] - 1, min(most, taken.shape[1])).round())
    places = kept.astype(int)
    people, positives = int(taken[0, -1]), int(got[0, -1])
    return [
        (float(x) / people, float(y) / positives)
        for x, y in zip(taken[0, places], got[0, places], strict=True)
    ]


def gains(
    scores: ScoreCounts, drawing: Drawing, *, shares: tuple[float, ...] = SHARES
) -> list[Gain]:
    """Gain and lift at the top 1 %, 5 %, … of the people, with bootstrap intervals.

    Parameters
    ----------
    scores : ScoreCounts
        Any scores.
    drawing : Drawing
        Number of resamples, confidence and seed.
    shares : tuple of float
        Shares of the people, each in (0, 1].

    Returns
    -------
    list of Gain
        Gain is the share of all positives among those taken, a fraction in [0, 1]; lift is
        gain / share, the rate of positives among those taken over that of everybody.
        Undefined if nobody has label 1.

    Raises
    ------
    ValueError
        If a share lies outside (0, 1].
    """
    if outside := [share for share in shares if not 0 < share <= 1]:
        raise ValueError(f"expected shares in (0, 1], got {outside}")
    if not scores.positives.sum():
        return [Gain(share, *_undefined(scores.rows)) for share in shares]
    wanted = np.array(shares)
    estimates = _gains_at(resampling.stacked(scores)[np.newaxis], wanted)[0]
    drawn = resampling.replicates(scores, lambda counts: _gains_at(counts, wanted), drawing)
    drawn = np.clip(drawn, 0.0, 1.0)
    return [
        _gain(share, float(estimates[i]), drawn[:, i], scores.rows, drawing)
        for i, share in enumerate(shares)
    ]


def _gain(share: float, value: float, drawn: np.ndarray, n: int, drawing: Drawing) -> Gain:
    gain = resampled("gain", value, drawn, n, drawing)
    low, high = (bound / share for bound in gain.interval)
    return Gain(share, gain, Figure("lift", value / share, Interval(low, high), n, "ratio"))


def _undefined(n: int) -> tuple[Figure, Figure]:
    return undefined("gain", n=n), undefined("lift", UNKNOWN, n, "ratio")


def _curve(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """People taken and positives got from the highest score down, shape (n, n_scores + 1)."""
    falling = counts[:, ::-1, :]
    start = ((0, 0), (1, 0))
    taken = np.pad(np.cumsum(falling.sum(axis=-1), axis=-1), start)
    got = np.pad(np.cumsum(falling[..., 1], axis=-1), start)
    return taken, got


def _gains_at(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Share of positives got in the top shares, shape (n, n_shares); NaN without positives."""
    taken, got = _curve(counts)
    found = np.empty((len(counts), len(shares)))
    for i, share in enumerate(shares):
        target = share * taken[:, -1]
        above = np.maximum((taken < target[:, np.newaxis]).sum(axis=1), 1)
        rows = np.arange(len(counts))
        within = target - taken[rows, above - 1]
        held = taken[rows, above] - taken[rows, above - 1]
        step = got[rows, above] - got[rows, above - 1]
        found[:, i] = got[rows, above - 1] + within * np.where(held > 0, divided(step, held), 0.0)
    return divided(found, got[:, -1:])
