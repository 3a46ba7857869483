"""Fairlearn and scikit-learn asked the same question, on the same counts, before we publish.

Promises: what is certified agrees with the authority to the stated tolerance, undefined values
included; otherwise `CertificateFailed` is raised and nothing is published.
Cannot: vouch for the counts themselves; these are exact and published beside it.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import fairlearn
import numpy as np
import pandas as pd
import sklearn
from fairlearn import metrics as authority
from sklearn import metrics as reference

from measures.fairness import kernel
from measures.reduce.cells import Cells
from measures.reduce.scores import ScoreCounts

TOLERANCE = 1e-12

#: What Fairlearn is asked for each metric of the kernel.
FAIRLEARN = {
    "selection_rate": authority.selection_rate,
    "true_positive_rate": authority.true_positive_rate,
    "false_positive_rate": authority.false_positive_rate,
    "false_negative_rate": authority.false_negative_rate,
    "true_negative_rate": authority.true_negative_rate,
    "accuracy": reference.accuracy_score,
    "precision": partial(reference.precision_score, zero_division=0.0),
    "f1": partial(reference.f1_score, zero_division=0.0),
}


class CertificateFailed(Exception):
    """Our numbers and the authority's differ: neither may be published."""


class Certificate(NamedTuple):
    """Who agreed, on how many numbers, and how closely."""

    authority: str
    largest_difference: float
    tolerance: float
    compared: int


def certify_groups(cells: Cells) -> Certificate:
    """Compare the kernel with Fairlearn's MetricFrame on the same weighted cells.

    Compared are every metric by group and overall, and every difference and ratio, between
    groups and to overall. Costs about 12 ms a group, whatever the number of people.

    Parameters
    ----------
    cells : Cells
        At least one feature and one person.

    Returns
    -------
    Certificate
        The largest absolute difference found.

    Raises
    ------
    CertificateFailed
        If a number differs by more than 1e-12, or is undefined on one side only.
    """
    ours = _by_kernel(cells)
    theirs = _by_fairlearn(cells)
    return _agreement(f"fairlearn {fairlearn.__version__}", ours, theirs)


def certify_performance(
    ours: Mapping[str, float], cells: Cells, scores: ScoreCounts
) -> Certificate:
    """Compare performance figures with scikit-learn's on the same weighted counts.

    Parameters
    ----------
    ours : mapping of str to float
        Figures by name; names unknown to scikit-learn are not compared.
    cells : Cells
        Everybody by label and prediction (no feature).
    scores : ScoreCounts
        Everybody by label and score.

    Returns
    -------
    Certificate
        The largest absolute difference found.

    Raises
    ------
    CertificateFailed
        If a number differs by more than 1e-12, or is undefined on one side only.
    """
    theirs = _by_sklearn(cells, scores)
    compared = {name: np.array([ours[name]]) for name in theirs if name in ours}
    expected = {name: np.array([theirs[name]]) for name in compared}
    return _agreement(f"scikit-learn {sklearn.__version__}", compared, expected)


def _by_kernel(cells: Cells) -> dict[str, np.ndarray]:
    evaluation = kernel.evaluate(cells.counts)
    apart = kernel.disparities(evaluation)
    return {"by_group": evaluation.rates, "overall": evaluation.overall, **apart._asdict()}


def _by_fairlearn(cells: Cells) -> dict[str, np.ndarray]:
    frame = _metric_frame(cells)
    index = pd.MultiIndex.from_tuples(cells.groups) if len(cells.features) > 1 else None
    rows = index if index is not None else [group[0] for group in cells.groups]
    answers = {
        "by_group": frame.by_group.loc[rows],
        "overall": frame.overall,
        "difference": frame.difference(),
        "ratio": frame.ratio(),
        "difference_to_overall": frame.difference(method="to_overall"),
        "ratio_to_overall": frame.ratio(method="to_overall"),
    }
    return {name: answer.to_numpy(dtype=np.float64) for name, answer in answers.items()}


def _metric_frame(cells: Cells) -> authority.MetricFrame:
    held = np.argwhere(cells.counts > 0)
    levels = np.array(cells.groups, dtype=object)[held[:, 0]]
    # names of our own: a feature may be called what Fairlearn calls its columns
    names = [f"feature {place}" for place, _ in enumerate(cells.features)]
    weight = cells.counts[tuple(held.T)].astype(np.float64)
    return authority.MetricFrame(
        metrics={name: FAIRLEARN[name] for name in kernel.METRICS},
        y_true=held[:, 1],
        y_pred=held[:, 2],
        sensitive_features=pd.DataFrame(levels, columns=names, dtype=str),
        sample_params={name: {"sample_weight": weight} for name in kernel.METRICS},
    )


def _by_sklearn(cells: Cells, scores: ScoreCounts) -> dict[str, float]:
    label, prediction, weight = _expanded(cells.counts.sum(axis=0))
    chosen = {"y_true": label, "y_pred": prediction, "sample_weight": weight}
    truth, score, people = scores.expanded()
    return {
        "accuracy": reference.accuracy_score(**chosen),
        "balanced_accuracy": reference.balanced_accuracy_score(**chosen),
        "precision": reference.precision_score(**chosen, zero_division=0.0),
        "recall": reference.recall_score(**chosen, zero_division=0.0),
        "f1": reference.f1_score(**chosen, zero_division=0.0),
        "roc_auc": reference.roc_auc_score(truth, score, sample_weight=people),
        "brier": reference.brier_score_loss(truth, score, sample_weight=people),
        "log_loss": reference.log_loss(truth, score, sample_weight=people),
    }


def _expanded(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, prediction = np.nonzero(confusion)
    return label, prediction, confusion[label, prediction].astype(np.float64)


def _agreement(
    name: str, ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray]
) -> Certificate:
    largest = max(_difference(name, what, ours[what], theirs[what]) for what in ours)
    compared = sum(figures.size for figures in ours.values())
    return Certificate(name, largest, TOLERANCE, compared)


def _difference(name: str, what: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference in one table; raises when it is too large or undefined on one side."""
    if (np.isnan(ours) != np.isnan(theirs)).any():
        raise CertificateFailed(f"{what}: expected {name}'s undefined values, got others")
    differences = np.abs(ours - theirs)
    largest = float(np.nanmax(differences)) if not np.isnan(differences).all() else 0.0
    if largest > TOLERANCE:
        raise CertificateFailed(
            f"{what}: expected {name}'s values within {TOLERANCE}, got a difference of {largest}"
        )
    return largest
