"""The tables of a validation: thresholds, the people with the highest scores, what comes true.

Made from what is counted already; sizes do not grow with the rows.
"""

from typing import Any

import numpy as np

from measures.calibration.hosmer_lemeshow import HosmerLemeshow
from measures.calibration.reliability import Bin
from measures.calibration.slices import Calibration
from measures.classification import performance, rates, thresholds
from measures.classification.gains import Gain
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.scores import ScoreCounts

#: Shares of the people, those with the highest scores first, of the gains table.
TENTHS = tuple(tenth / 10 for tenth in range(1, 11))

#: Thresholds of the sweep, besides the one in use: about one for each twentieth of the people.
THRESHOLDS = 20

_AT_A_THRESHOLD = ("selection_rate", "precision", "recall", "specificity", "accuracy")
_SCORE_BINS = 20


def calibration(found: Calibration) -> dict[str, Any]:
    """All that is told of whether scores come true."""
    return {
        "reliability": [_bin(each) for each in found.bins],
        "hosmer_lemeshow": _hosmer_lemeshow(found.hosmer_lemeshow),
        "spiegelhalter": {"z": found.spiegelhalter.z, "p_value": found.spiegelhalter.p_value},
        "adaptive_calibration_error": found.adaptive.value,
        "scores_clipped": found.recalibration.clipped,
    }


def gains(found: list[Gain]) -> list[dict[str, Any]]:
    """For each tenth more of the people: how many of all favourable outcomes are among them."""
    return [
        {
            "share": each.share,
            "gain": each.gain.value,
            **_bounds("gain", each.gain.interval),
            "lift": each.lift.value,
            **_bounds("lift", each.lift.interval),
        }
        for each in found
    ]


def sweep(scores: ScoreCounts, in_use: float, drawing: Drawing) -> list[dict[str, Any]]:
    """What thresholds would do, ascending; the one in use is marked and always there.

    Those of the sweep are scores that occur, spread evenly over people.
    """
    operating = thresholds.sweep(scores, drawing, most=THRESHOLDS + 1)
    tables = {
        each.threshold: np.array(each.confusion).reshape(2, 2)
        for each in operating
        if np.isfinite(each.threshold)
    }
    ours = thresholds.at_threshold(scores, in_use)
    others = {at: table for at, table in tables.items() if not (table == ours).all()}
    listed = sorted({**others, in_use: ours}.items())
    return [_at(threshold, table) | {"in_use": table is ours} for threshold, table in listed]


def score_histogram(scores: ScoreCounts) -> dict[str, Any]:
    """People by score, in bins of equal width over [0, 1]."""
    edges = np.linspace(0, 1, _SCORE_BINS + 1)
    counted = {
        name: np.histogram(scores.scores, edges, weights=people)[0].astype(int).tolist()
        for name, people in (("negatives", scores.negatives), ("positives", scores.positives))
    }
    counts, _ = np.histogram(scores.scores, edges, weights=scores.totals)
    return {"edges": edges.tolist(), "counts": counts.astype(int).tolist()} | counted


def _at(threshold: float, counts: np.ndarray) -> dict[str, Any]:
    """A share that nobody counts towards is None."""
    shares = performance.shares(counts, names=_AT_A_THRESHOLD)
    f1 = rates.composites(counts)[rates.COMPOSITES.index("f1")]
    return {
        "threshold": threshold,
        "selected": int(counts[:, 1].sum()),
        **{each.name: each.value if each.defined else None for each in shares},
        "f1": float(f1),
    }


def _bin(each: Bin) -> dict[str, Any]:
    return {
        "from": each.low,
        "to": each.high,
        "n": each.n,
        "mean_score": each.mean_score,
        "observed": each.observed,
        "low": each.interval.low,
        "high": each.interval.high,
    }


def _hosmer_lemeshow(found: HosmerLemeshow) -> dict[str, Any]:
    """The statistic is None where it is infinite: a score of 0 or 1 that did not come true."""
    return {
        "statistic": found.statistic if np.isfinite(found.statistic) else None,
        "degrees_of_freedom": found.degrees,
        "p_value": found.p_value,
        "sample": found.sample,
        "groups": [
            {
                "from": each.low,
                "to": each.high,
                "n": each.n,
                "observed": each.observed,
                "expected": each.expected,
            }
            for each in found.groups
        ],
    }


def _bounds(name: str, interval: Interval) -> dict[str, float]:
    return {f"{name}_low": interval.low, f"{name}_high": interval.high}
