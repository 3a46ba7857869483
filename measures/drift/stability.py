"""How far the people of today differ from those a model was approved on."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval

#: A share of zero counts as this much, so that an empty bin weighs heavily but not infinitely.
FLOOR = 1e-6

#: What the reports call the method.
METHOD = f"percentile bootstrap of both counts, shares floored at {FLOOR}"


class Drift(NamedTuple):
    """Population stability index (at least 0; no unit) and its interval."""

    value: float
    interval: Interval


def population_stability_index(
    reference: np.ndarray, current: np.ndarray, drawing: Drawing
) -> Drift:
    """Population stability index of two sets of counts over the same bins.

    Σ (c − r)·ln(c / r) over the bins' shares r and c, each at least 1e-6. A rule of thumb
    calls it small below 0.10 and large above 0.25; with few people it is never zero, which is
    why it has an interval.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n_bins,)
        People per bin, at least one in all.
    drawing : Drawing
        Resamples of both sets of people, confidence, seed.

    Returns
    -------
    Drift
        At least 0, in nats.

    Raises
    ------
    ValueError
        If the bins differ in number, or one side has nobody.

    References
    ----------
    N. Siddiqi (2006), "Credit Risk Scorecards", Wiley. B. Yurdakul, J. Naranjo (2020),
    "Statistical properties of the population stability index", J. Risk Model Validation 14(4).
    """
    _check(reference, current)
    used = (reference + current) > 0
    before, after = reference[used], current[used]
    estimate = float(_index(_shares(before), _shares(after)))
    drawn = _index(
        bootstrap.replicates(before, _shares, drawing),
        bootstrap.replicates(after, _shares, drawing._replace(seed=drawing.seed + 1)),
    )
    interval = bootstrap.percentile_interval(drawn, estimate, confidence=drawing.confidence)
    return Drift(estimate, interval)


def index_of_shares(reference: np.ndarray, current: np.ndarray) -> float:
    """Population stability index of two sets of shares, each of shape (n_bins,)."""
    return float(_index(np.maximum(reference, FLOOR), np.maximum(current, FLOOR)))


def aligned(
    reference: dict[str, int], current: dict[str, int]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Counts of categories over the union of their names, in order."""
    names = sorted(set(reference) | set(current))
    return (
        names,
        np.array([reference.get(name, 0) for name in names], dtype=np.int64),
        np.array([current.get(name, 0) for name in names], dtype=np.int64),
    )


def inner_edges(quantiles: list[float]) -> list[float]:
    """Ascending edges for a histogram of a reference, from its quantiles; at least two.

    A value that several quantiles share gets a bin of its own, as narrow as floats allow: else
    a column of few values would have one bin, and could never be seen to drift.
    """
    found = quantiles or [0.0]
    shared = [value for value in set(found) if found.count(value) > 1 or len(set(found)) == 1]
    return sorted({*found, *(float(np.nextafter(value, np.inf)) for value in shared)})


def bin_names(edges: list[float]) -> list[str]:
    """Names of the bins for people: "2 to 5", or "2" for a bin of that value alone."""
    alone = [high == np.nextafter(low, np.inf) for low, high in pairwise(edges)]
    # the bin after one of a value alone begins a hair above that value: name the value
    starts = [edges[i - 1] if i and alone[i - 1] else edges[i] for i in range(len(alone))]
    return [
        f"{start:g}" if single else f"{start:g} to {high:g}"
        for start, high, single in zip(starts, edges[1:], alone, strict=True)
    ]


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.maximum(counts / counts.sum(axis=-1, keepdims=True), FLOOR)


def _index(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    return ((current - reference) * np.log(current / reference)).sum(axis=-1)


def _check(reference: np.ndarray, current: np.ndarray) -> None:
    if reference.shape != current.shape:
        raise ValueError(f"expected the same bins, got {len(reference)} and {len(current)}")
    if not (reference.sum() and current.sum()):
        raise ValueError("expected people on both sides, got none on one of them")
