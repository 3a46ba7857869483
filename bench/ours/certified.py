"""The same audit with Fairlearn's agreement to 1e-12, without which nothing is published."""

from collections.abc import Sequence
from pathlib import Path

from bench.ours import fairness
from measures import certificate
from measures.reduce.cells import Cells


def audit(
    path: str | Path,
    features: Sequence[str] = fairness.FEATURES,
    resamples: int = fairness.RESAMPLES,
) -> Cells:
    """Point estimates, intervals and a certificate of each feature and of the intersection."""
    cells = fairness.with_intervals(path, features, resamples)
    for each in fairness.audited(cells):
        certificate.certify_groups(each, metrics=fairness.METRICS)
    return cells


def intersection(
    path: str | Path,
    features: Sequence[str] = fairness.FEATURES,
    resamples: int = fairness.RESAMPLES,
) -> Cells:
    """Those of the intersection alone."""
    cells = fairness.intersection_with_intervals(path, features, resamples)
    certificate.certify_groups(cells, metrics=fairness.METRICS)
    return cells
