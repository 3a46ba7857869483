"""Fairlearn and scikit-learn asked the same question, on the same counts, before we publish.

Promises: what is certified agrees with the authority to the stated tolerance, undefined values
included; otherwise `CertificateFailed` is raised and nothing is published.
Cannot: vouch for the counts themselves; these are exact and published beside it.
"""

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import fairlearn
import numpy as np
import pandas as pd
import sklearn
from fairlearn import metrics as authority
from sklearn import metrics as reference

from measures.fairness import kernel
from measures.fairness.control import Conditional, evaluate_within
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
    "zero_one_loss": reference.zero_one_loss,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "count": authority.count,
}


class CertificateFailed(Exception):
    """Our numbers and the authority's differ: neither may be published."""


class Certificate(NamedTuple):
    """Who agreed, on how many numbers, and how closely."""

    authority: str
    largest_difference: float
    tolerance: float
    compared: int


def certify_groups(
    cells: Cells, *, control: Sequence[str] = (), metrics: Sequence[str] = kernel.METRICS
) -> Certificate:
    """Compare the kernel with Fairlearn's MetricFrame on the same weighted cells.

    Compared are every metric by group and overall, their extremes, and every difference and
    ratio, between groups and to overall, within each level of the control features if there
    are any. Costs about 10 ms a group, whatever the number of people.

    Parameters
    ----------
    cells : Cells
        At least one feature that is not a control feature, and one person.
    control : sequence of str
        Features within whose levels groups are compared.
    metrics : sequence of str
        From `kernel.METRICS`; by default all.

    Returns
    -------
    Certificate
        The largest absolute difference found.

    Raises
    ------
    CertificateFailed
        If a number differs by more than 1e-12, or is undefined on one side only.
    ValueError
        If the cells hold nobody, or nobody with a weight.
    """
    _check_anybody(cells)
    within = evaluate_within(cells, control, metrics)
    ours = _by_kernel(within)
    theirs = _by_fairlearn(cells, within, control, metrics)
    return _agreement(f"fairlearn {fairlearn.__version__}", ours, theirs)


def certify_joined(cells: Cells, *, control: Sequence[str] = ()) -> Certificate:
    """Compare the disparities that have a name of their own with Fairlearn's definitions.

    Demographic parity, equalized odds (worst case and mean) and equal opportunity, as
    difference and ratio, between groups and to overall: Fairlearn's MetricFrame gives the
    parts, joined as its functions of these names join them. `certify_groups` covers all others.

    Parameters
    ----------
    cells, control
        As for `certify_groups`.

    Returns
    -------
    Certificate
        The largest absolute difference found.

    Raises
    ------
    CertificateFailed, ValueError
        As for `certify_groups`.
    """
    _check_anybody(cells)
    metrics = kernel.GAP_METRICS
    within = evaluate_within(cells, control, metrics)
    names = [each.name for each in _JOINED]
    parts = [kernel.all_gaps(each.evaluation, names) for each in within]
    ours = {name: np.array([float(each[name]) for each in parts]) for name in names}
    frame = _metric_frame(cells, control, metrics)
    levels = [each.level for each in within]
    answers = {form: _rows(answer[list(metrics)], levels) for form, answer in _forms(frame).items()}
    theirs = {each.name: _joined_by_fairlearn(each, answers[each.form]) for each in _JOINED}
    return _agreement(f"fairlearn {fairlearn.__version__}", ours, theirs)


def together(certificates: Sequence[Certificate]) -> Certificate:
    """Several certificates of one authority as one; at least one is needed."""
    return Certificate(
        certificates[0].authority,
        max(each.largest_difference for each in certificates),
        max(each.tolerance for each in certificates),
        sum(each.compared for each in certificates),
    )


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
    theirs = {**_decisions_by_sklearn(cells), **_scores_by_sklearn(scores)}
    compared = {name: np.array([ours[name]]) for name in theirs if name in ours}
    expected = {name: np.array([theirs[name]]) for name in compared}
    return _agreement(f"scikit-learn {sklearn.__version__}", compared, expected)


#: Disparities that are more than one form of one metric under the metric's own name.
_JOINED = [
    each for each in kernel.DISPARITIES.values() if each.name != f"{each.metrics[0]}_{each.form}"
]


def _joined_by_fairlearn(disparity: kernel.Disparity, answers: np.ndarray) -> np.ndarray:
    """As Fairlearn's functions make one number of several: Python's max and min, pandas' mean."""
    parts = answers[:, [kernel.GAP_METRICS.index(metric) for metric in disparity.metrics]]
    if disparity.agg == "mean":
        return pd.DataFrame(parts).mean(axis=1).to_numpy()
    worst = min if disparity.form.startswith("ratio") else max
    return np.array([worst(row) for row in parts.tolist()])


def _forms(frame: authority.MetricFrame) -> dict[str, pd.DataFrame | pd.Series]:
    return {
        "difference": frame.difference(),
        "ratio": frame.ratio(),
        "difference_to_overall": frame.difference(method="to_overall"),
        "ratio_to_overall": frame.ratio(method="to_overall"),
    }


def _check_anybody(cells: Cells) -> None:
    if not cells.masses.any():
        raise ValueError("expected at least one person with a weight, got none")


def _by_kernel(within: Sequence[Conditional]) -> dict[str, np.ndarray]:
    """Figures by name: a row for each group of each level, or for each level."""
    apart = [each.disparities._asdict() for each in within]
    return {
        "by_group": np.concatenate([each.evaluation.rates for each in within]),
        "overall": np.stack([each.evaluation.overall for each in within]),
        **{name: np.stack([each[name] for each in apart]) for name in apart[0]},
    }


def _by_fairlearn(
    cells: Cells, within: Sequence[Conditional], control: Sequence[str], metrics: Sequence[str]
) -> dict[str, np.ndarray]:
    frame = _metric_frame(cells, control, metrics)
    answers = {
        "overall": frame.overall,
        **_forms(frame),
        "group_min": frame.group_min(),
        "group_max": frame.group_max(),
    }
    levels = [each.level for each in within]
    return {
        "by_group": _rows(
            frame.by_group[list(metrics)], [e.level + group for e in within for group in e.groups]
        ),
        **{name: _rows(answer[list(metrics)], levels) for name, answer in answers.items()},
    }


def _rows(answer: pd.DataFrame | pd.Series, wanted: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Rows by their levels, NaN where Fairlearn has none: a group without weight."""
    if isinstance(answer, pd.Series):
        return answer.to_numpy(dtype=np.float64)[np.newaxis]
    several = isinstance(answer.index, pd.MultiIndex)
    index = pd.MultiIndex.from_tuples(wanted) if several else [level for (level,) in wanted]
    return answer.reindex(index).to_numpy(dtype=np.float64)


def _metric_frame(
    cells: Cells, control: Sequence[str], metrics: Sequence[str]
) -> authority.MetricFrame:
    weighed = cells.masses.sum(axis=(1, 2), keepdims=True) > 0
    held = np.argwhere((cells.counts > 0) & weighed)
    levels = np.array(cells.groups, dtype=object)[held[:, 0]]
    place, weight = tuple(held.T), {"sample_weight": cells.masses[tuple(held.T)]}
    asked = {name: FAIRLEARN[name] for name in metrics}
    params = dict.fromkeys(metrics, weight)
    if "count" in asked:  # Fairlearn's counts rows, and here each stands for several people
        asked["count"], params["count"] = _people, {"people": cells.counts[place]}
    with warnings.catch_warnings(), sklearn.config_context(skip_parameter_validation=True):
        # groups with people of one label only: our figures are defined there, or flagged
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")
        warnings.filterwarnings("ignore", "A single label was found")
        return authority.MetricFrame(
            metrics=asked,
            y_true=held[:, 1],
            y_pred=held[:, 2],
            sensitive_features=_named(
                cells, levels, [f for f in cells.features if f not in control]
            ),
            control_features=_named(cells, levels, control) if control else None,
            sample_params=params,
        )


def _named(cells: Cells, levels: np.ndarray, features: Sequence[str]) -> pd.DataFrame:
    """Levels of some features, under names of our own: one may be called what Fairlearn's are."""
    places = [cells.features.index(feature) for feature in features]
    names = [f"feature {place}" for place in places]
    return pd.DataFrame(levels[:, places], columns=names, dtype=str)


def _people(y_true: np.ndarray, y_pred: np.ndarray, *, people: np.ndarray) -> int:
    """What Fairlearn's count gives on the people themselves."""
    return int(people.sum())


def _decisions_by_sklearn(cells: Cells) -> dict[str, float]:
    counts = cells.counts.sum(axis=0)
    label, prediction, weight = _expanded(counts)
    chosen = {"y_true": label, "y_pred": prediction, "sample_weight": weight}
    found = {
        "accuracy": reference.accuracy_score(**chosen),
        "balanced_accuracy": reference.balanced_accuracy_score(**chosen),
        "precision": reference.precision_score(**chosen, zero_division=0.0),
        "recall": reference.recall_score(**chosen, zero_division=0.0),
        "specificity": reference.recall_score(**chosen, pos_label=0, zero_division=0.0),
        "f1": reference.f1_score(**chosen, zero_division=0.0),
        "matthews_correlation": float("nan"),
    }
    # where a label or prediction has nobody scikit-learn says 0, which is no correlation
    if (counts.sum(axis=0) > 0).all() and (counts.sum(axis=1) > 0).all():
        found["matthews_correlation"] = reference.matthews_corrcoef(**chosen)
    return found


def _scores_by_sklearn(scores: ScoreCounts) -> dict[str, float]:
    truth, score, people = scores.expanded()
    false, true, _ = reference.roc_curve(
        truth, score, sample_weight=people, drop_intermediate=False
    )
    return {
        "roc_auc": reference.roc_auc_score(truth, score, sample_weight=people),
        "average_precision": reference.average_precision_score(truth, score, sample_weight=people),
        "kolmogorov_smirnov": float(np.abs(true - false).max()),
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
