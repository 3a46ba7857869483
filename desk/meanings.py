"""What measures are called, and what each says to somebody who decides.

Most names are made of a measure and of what was done with it (`conditional_`, `estimated_`,
`_difference_to_overall`), and so are their words.
"""

from typing import NamedTuple

#: What each measure is called and what it says.
MEANINGS: dict[str, tuple[str, str]] = {
    # performance
    "roc_auc": ("Area under the ROC curve", "how well scores order people; 0.5 is chance"),
    "average_precision": (
        "Average precision",
        "precision over all thresholds; chance is the favourable outcomes' share",
    ),
    "accuracy": ("Accuracy", "share of predictions that were right"),
    "zero_one_loss": ("Error rate", "share of predictions that were wrong"),
    "balanced_accuracy": ("Balanced accuracy", "mean of sensitivity and specificity"),
    "precision": ("Precision", "share of favourable predictions that were right"),
    "recall": ("Recall", "share of favourable outcomes that were predicted"),
    "specificity": ("Specificity", "share of unfavourable outcomes that were predicted"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "matthews_correlation": (
        "Matthews correlation",
        "correlation of predictions with outcomes; 0 is chance, 1 is all right",
    ),
    "brier": ("Brier score", "mean squared error of the probabilities; smaller is better"),
    "log_loss": ("Log loss", "surprise of the probabilities, in nats; smaller is better"),
    "selection_rate": ("Selection rate", "share of people predicted favourably"),
    "lift_top_decile": (
        "Lift of the best tenth",
        "favourable outcomes among the tenth with the highest scores, over those among all",
    ),
    # calibration
    "expected_calibration_error": (
        "Expected calibration error",
        "distance of predicted from observed rates",
    ),
    "maximum_calibration_error": (
        "Maximum calibration error",
        "largest distance of a predicted from an observed rate",
    ),
    "calibration_slope": (
        "Calibration slope",
        "below 1, scores are too extreme; above 1, too timid",
    ),
    "calibration_intercept": (
        "Calibration intercept",
        "where a line through the calibration begins, in logits; 0 where it need not be moved",
    ),
    "calibration_in_the_large": (
        "Calibration in the large",
        "in logits: below 0, scores are too high on the whole; above 0, too low",
    ),
    "hosmer_lemeshow_p": (
        "Hosmer-Lemeshow p-value",
        "how easily chance alone explains the distance from observed rates",
    ),
    # fairness
    "true_positive_rate": ("True positive rate", "favourable outcomes that were predicted"),
    "false_positive_rate": ("False positive rate", "unfavourable outcomes predicted favourably"),
    "false_negative_rate": ("False negative rate", "favourable outcomes that were refused"),
    "true_negative_rate": ("True negative rate", "unfavourable outcomes that were predicted"),
    "selection_rate_ratio": (
        "Selection rate ratio",
        "lowest group's selection rate over the highest's; 1 is no gap",
    ),
    "selection_rate_difference": (
        "Selection rate difference",
        "highest group's selection rate minus the lowest's; 0 is no gap",
    ),
    "equalized_odds_difference": (
        "Equalized odds difference",
        "largest gap in true or false positive rate; 0 is no gap",
    ),
    "equal_opportunity_difference": (
        "Equal opportunity difference",
        "largest gap in true positive rate; 0 is no gap",
    ),
    "impact_ratio": (
        "Impact ratio",
        "the group's selection rate over the best-off group's; 1 is no gap",
    ),
    "mantel_haenszel_odds_ratio": (
        "Mantel-Haenszel odds ratio",
        "odds of selection against the best-off group's among people alike; 1 is no gap",
    ),
    # explanation and robustness
    "permutation_importance": (
        "Permutation importance",
        "what the measure loses when the column is shuffled",
    ),
    "joint_permutation_importance": (
        "Joint importance",
        "what the measure loses when inputs that move together are shuffled as one",
    ),
    "reason_rate": (
        "A reason",
        "share of people decided unfavourably with the input among their reasons",
    ),
    "mean_absolute_shapley": ("Mean absolute Shapley value", "how far the column moves a score"),
    "surrogate_fidelity": (
        "Fidelity of the small tree",
        "share of the scores' variance that a few rules reproduce",
    ),
    "surrogate_agreement": (
        "Agreement with the small tree",
        "share of decisions that a few rules reproduce",
    ),
    "importance_stability": (
        "Stability of the ranking",
        "rank correlation of importances over other seeds; 1 is the same ranking",
    ),
    "flip_rate": ("Decisions that flip", "share of people decided otherwise after the change"),
    "refusal_rate": ("Refusals", "share of people the model gives no answer for"),
    "score_sensitivity": ("Sensitivity", "how far a score moves when the column changes a little"),
    "roc_auc_drop": (
        "Loss of the area under the ROC curve",
        "how much worse scores order people after the change",
    ),
    # drift
    "population_stability_index": (
        "Population stability index",
        "how far a column's distribution has moved; 0 is not at all",
    ),
    "jensen_shannon_distance": (
        "Jensen-Shannon distance",
        "how far a distribution has moved; 0 is not at all, 1 is entirely",
    ),
    "hellinger_distance": (
        "Hellinger distance",
        "how far a distribution has moved; 0 is not at all, 1 is entirely",
    ),
    "l_infinity_distance": ("L-infinity distance", "largest change of one bin's or value's share"),
    "kolmogorov_smirnov": (
        "Kolmogorov-Smirnov distance",
        "largest gap between two cumulative distributions; 0 is none",
    ),
    "wasserstein": ("Wasserstein distance", "how far values moved on average, in their own unit"),
    "missing_rate_change": ("Change of missing values", "their share, now less before"),
    "positive_rate_change": ("Change of favourable outcomes", "their share, now less before"),
    "new_categories": ("New categories", "share of rows with a value not seen before"),
    "drift_p_value": ("Smallest p-value", "how easily chance alone explains the column's change"),
    "drifted_inputs": ("Drifted inputs", "inputs that moved far and by more than chance"),
    "compared_inputs": ("Compared inputs", "how many were looked at"),
    "domain_classifier_auc": (
        "Domain classifier",
        "how well a classifier tells now from before; 0.5 is not at all",
    ),
    "domain_classifier_p_value": (
        "Domain classifier, p-value",
        "how easily chance alone explains that now can be told from before",
    ),
    # data
    "missing_rate": ("Missing", "share of rows without a value"),
    "positive_rate": ("Favourable outcomes", "share of rows with the favourable outcome"),
    "group_share": ("Share of the group", "rows of the group, of all"),
    "duplicate_rows": ("Duplicate rows", "rows that repeat another"),
    "rows": ("Rows", "how many"),
    "columns": ("Columns", "how many"),
    "findings": ("Findings", "what is wrong or odd in the data"),
    "pearson_correlation": ("Correlation", "of two numbers; 0 is none, 1 or −1 is a line"),
    "cramers_v": ("Cramér's V", "association of two categories; 0 is none, 1 is entire"),
    "correlation_ratio": (
        "Correlation ratio",
        "how far a category explains a number; 0 is not at all, 1 is entirely",
    ),
    "k_anonymity": ("k-anonymity", "people alike in the smallest class: who has few is found"),
    "l_diversity": ("l-diversity", "sensitive values in the class that has fewest"),
    "t_closeness": (
        "t-closeness",
        "largest distance of a class's sensitive values from everybody's",
    ),
    "unique_share": ("Unique people", "share of rows that no other row is like"),
}

#: Measures that are shares of people, read as percentages.
SHARES = frozenset(
    {
        "accuracy",
        "zero_one_loss",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "selection_rate",
        "missing_rate",
        "missing_rate_change",
        "new_categories",
        "true_positive_rate",
        "false_positive_rate",
        "false_negative_rate",
        "true_negative_rate",
        "positive_rate",
        "positive_rate_change",
        "base_rate",
        "group_share",
        "unique_share",
        "surrogate_agreement",
        "flip_rate",
        "refusal_rate",
        "reason_rate",
    }
)

#: Measures that are exact counts.
COUNTS = frozenset(
    {
        "rows",
        "columns",
        "duplicate_rows",
        "drifted_inputs",
        "compared_inputs",
        "findings",
        "k_anonymity",
        "l_diversity",
    }
)

#: Rates that stand for a criterion of fairness in the name of a disparity.
_CRITERIA = {
    "demographic_parity": "Demographic parity",
    "equalized_odds": "Equalized odds",
    "equalized_odds_mean": "Mean equalized odds",
    "equal_opportunity": "Equal opportunity",
}


class _Made(NamedTuple):
    """What is put before or after a measure's name: its words, its meaning, whether a share stays.

    `{}` stands for the measure's own.
    """

    name: str
    meaning: str
    keeps_unit: bool


_BEFORE = {
    "training_": _Made("{}, training rows", "{}", True),
    "estimated_": _Made("{}, estimated", "{}; estimated from scores, without outcomes", True),
    "reference_": _Made("{}, reference", "{}; of the rows compared with", True),
    "conditional_": _Made("{} among people alike", "{}; within the control columns", True),
}
_AFTER = {
    "_difference_to_overall": _Made(
        "{} difference to all", "furthest group from everybody; 0 is no gap", False
    ),
    "_ratio_to_overall": _Made(
        "{} ratio to all", "furthest group over everybody; 1 is no gap", False
    ),
    "_difference": _Made("{} difference", "highest group minus lowest; 0 is no gap", False),
    "_ratio": _Made("{} ratio", "lowest group over highest; 1 is no gap", False),
}


def name_of(measure: str) -> str:
    """What a measure is called."""
    return _told(measure)[0]


def meaning_of(measure: str) -> str:
    """What a measure says, or nothing where that is not known here."""
    return _told(measure)[1]


def is_share(measure: str) -> bool:
    """Whether it is a share of people."""
    for before, made in _BEFORE.items():
        if made.keeps_unit and measure.startswith(before):
            return is_share(measure.removeprefix(before))
    return measure in SHARES


def _told(measure: str) -> tuple[str, str]:
    if known := MEANINGS.get(measure):
        return known
    for before, made in _BEFORE.items():
        if measure.startswith(before):
            name, meaning = _told(measure.removeprefix(before))
            return made.name.format(name), made.meaning.format(meaning) if meaning else ""
    for after, made in _AFTER.items():
        if measure.endswith(after):
            stem = measure.removesuffix(after)
            return made.name.format(_CRITERIA.get(stem) or name_of(stem)), made.meaning
    return measure.replace("_", " ").capitalize(), ""
