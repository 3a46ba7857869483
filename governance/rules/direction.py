"""Whether more or less of a measure is better, where that is known without being told."""

from typing import Literal

Better = Literal["higher", "lower"]

#: Measures of which less is better; `better` in a rule says it for others.
LOWER_IS_BETTER = frozenset(
    {
        "brier",
        "log_loss",
        "zero_one_loss",
        "expected_calibration_error",
        "maximum_calibration_error",
        "false_positive_rate",
        "false_negative_rate",
        "flip_rate",
        "refusal_rate",
        "roc_auc_drop",
        "score_sensitivity",
        "population_stability_index",
        "jensen_shannon_distance",
        "hellinger_distance",
        "l_infinity_distance",
        "wasserstein",
        "new_categories",
        "drifted_inputs",
        "domain_classifier_auc",
        "missing_rate",
        "duplicate_rows",
        "findings",
        "unique_share",
        "t_closeness",
    }
)
HIGHER_IS_BETTER = frozenset(
    {
        "roc_auc",
        "average_precision",
        "accuracy",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "f1",
        "matthews_correlation",
        "lift_top_decile",
        "hosmer_lemeshow_p",
        "true_positive_rate",
        "true_negative_rate",
        "impact_ratio",
        "surrogate_fidelity",
        "surrogate_agreement",
        "importance_stability",
        "drift_p_value",
        "domain_classifier_p_value",
        "k_anonymity",
        "l_diversity",
    }
)

_SAME_AS_WITHOUT = ("training_", "estimated_", "reference_", "conditional_")
_GAPS = ("_difference", "_difference_to_overall")
_RATIOS = ("_ratio", "_ratio_to_overall")

#: Named like a gap between groups or a ratio of them, but none.
_NEITHER = frozenset({"mantel_haenszel_odds_ratio", "correlation_ratio"})


def direction_of(measure: str) -> Better | None:
    """Which way is better; None if that is not known.

    A difference between groups is better smaller, a ratio of the lowest to the highest better
    larger, whatever rate they are of.
    """
    if measure in LOWER_IS_BETTER:
        return "lower"
    if measure in HIGHER_IS_BETTER:
        return "higher"
    for before in _SAME_AS_WITHOUT:
        if measure.startswith(before):
            return direction_of(measure.removeprefix(before))
    if measure in _NEITHER:
        return None
    if measure.endswith(_GAPS):
        return "lower"
    return "higher" if measure.endswith(_RATIOS) else None
