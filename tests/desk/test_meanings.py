from decimal import Decimal

import pytest

from desk.figures import rounded
from desk.meanings import COUNTS, MEANINGS, SHARES, meaning_of, name_of
from governance.rules.direction import HIGHER_IS_BETTER, LOWER_IS_BETTER


@pytest.mark.parametrize(
    ("measure", "name"),
    [
        ("roc_auc", "Area under the ROC curve"),
        ("training_accuracy", "Accuracy, training rows"),
        ("estimated_recall", "Recall, estimated"),
        ("reference_brier", "Brier score, reference"),
        ("selection_rate_ratio", "Selection rate ratio"),
        ("conditional_selection_rate_ratio", "Selection rate ratio among people alike"),
        ("demographic_parity_difference", "Demographic parity difference"),
        ("equalized_odds_mean_ratio_to_overall", "Mean equalized odds ratio to all"),
        ("false_negative_rate_difference", "False negative rate difference"),
        ("zero_one_loss_difference_to_overall", "Error rate difference to all"),
        ("somebody_elses_measure", "Somebody elses measure"),
    ],
)
def test_a_measure_is_called_by_words(measure, name):
    assert name_of(measure) == name


def test_what_is_made_of_a_known_measure_is_explained_too():
    assert meaning_of("estimated_recall").startswith(meaning_of("recall"))
    assert meaning_of("precision_ratio") == "lowest group over highest; 1 is no gap"
    assert meaning_of("somebody_elses_measure") == ""


@pytest.mark.parametrize(
    ("measure", "value", "shown"),
    [
        ("estimated_accuracy", "0.5", "50.0 %"),
        ("reference_precision", "0.25", "25.0 %"),
        ("accuracy_difference", "0.25", "0.250"),
        ("flip_rate", "0.01", "1.0 %"),
        ("k_anonymity", "1", "1"),
        ("drifted_inputs", "0", "0"),
        ("roc_auc", "0.5", "0.500"),
    ],
)
def test_shares_are_percentages_and_counts_are_whole(measure, value, shown):
    assert rounded(Decimal(value), measure) == shown


def test_whatever_a_policy_judges_by_itself_is_explained():
    assert (
        not (HIGHER_IS_BETTER | LOWER_IS_BETTER | SHARES | COUNTS) - {"base_rate"} - set(MEANINGS)
    )
