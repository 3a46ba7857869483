import pytest

from governance.rules.direction import HIGHER_IS_BETTER, LOWER_IS_BETTER, direction_of


@pytest.mark.parametrize(
    ("measure", "better"),
    [
        ("roc_auc", "higher"),
        ("training_roc_auc", "higher"),
        ("estimated_accuracy", "higher"),
        ("reference_f1", "higher"),
        ("log_loss", "lower"),
        ("training_log_loss", "lower"),
        ("selection_rate_difference", "lower"),
        ("selection_rate_ratio", "higher"),
        ("conditional_selection_rate_ratio", "higher"),
        ("demographic_parity_difference_to_overall", "lower"),
        ("false_positive_rate_ratio_to_overall", "higher"),
        ("mantel_haenszel_odds_ratio", None),
        ("correlation_ratio", None),
        ("calibration_slope", None),
        ("selection_rate", None),
        ("nobody_knows_this", None),
    ],
)
def test_more_or_less_of_a_measure_is_better(measure, better):
    assert direction_of(measure) == better


def test_no_measure_is_better_both_ways():
    assert not LOWER_IS_BETTER & HIGHER_IS_BETTER
