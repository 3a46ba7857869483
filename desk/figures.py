"""Measured numbers as people read them: named in words, rounded, with interval and count.

What is stored is text; it is rounded here only to be read, and the whole of it stays in the
page (in the `value` of a `<data>` element).
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

DASH = "—"


class Figure(NamedTuple):
    """One measure of a piece of evidence, read back from its text."""

    name: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int
    unit: str
    slice: Mapping[str, str]

    @property
    def feature(self) -> str:
        """The column or sensitive feature it is about, if any."""
        return str(self.slice.get("feature", ""))

    @property
    def group(self) -> str:
        """The group within the feature, if any."""
        return str(self.slice.get("group", ""))

    @property
    def about(self) -> str:
        """What it is about, in words: "all rows", "race", "race: black"."""
        parts = [self.feature, self.group]
        rest = [
            f"{key} {said}" for key, said in self.slice.items() if key not in {"feature", "group"}
        ]
        return ": ".join(part for part in [*parts, *rest] if part) or "all rows"


#: What each measure is called and what it says, for somebody who decides.
MEANINGS: dict[str, tuple[str, str]] = {
    "roc_auc": ("Area under the ROC curve", "how well scores order people; 0.5 is chance"),
    "accuracy": ("Accuracy", "share of predictions that were right"),
    "balanced_accuracy": ("Balanced accuracy", "mean of sensitivity and specificity"),
    "precision": ("Precision", "share of favourable predictions that were right"),
    "recall": ("Recall", "share of favourable outcomes that were predicted"),
    "specificity": ("Specificity", "share of unfavourable outcomes that were predicted"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "brier": ("Brier score", "mean squared error of the probabilities; smaller is better"),
    "log_loss": ("Log loss", "surprise of the probabilities, in nats; smaller is better"),
    "selection_rate": ("Selection rate", "share of people predicted favourably"),
    "expected_calibration_error": (
        "Expected calibration error",
        "distance of predicted from observed rates",
    ),
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
    "permutation_importance": (
        "Permutation importance",
        "what the measure loses when the column is shuffled",
    ),
    "population_stability_index": (
        "Population stability index",
        "how far a column's distribution has moved; 0 is not at all",
    ),
    "missing_rate": ("Missing", "share of rows without a value"),
    "positive_rate": ("Favourable outcomes", "share of rows with the favourable outcome"),
    "duplicate_rows": ("Duplicate rows", "rows that repeat another"),
    "rows": ("Rows", "how many"),
    "columns": ("Columns", "how many"),
}

#: Measures that are shares of people, read as percentages.
SHARES = frozenset(
    {
        "accuracy",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "selection_rate",
        "missing_rate",
        "true_positive_rate",
        "false_positive_rate",
        "false_negative_rate",
        "true_negative_rate",
        "positive_rate",
        "base_rate",
        "group_share",
    }
)


#: Measures that are exact counts.
COUNTS = frozenset({"rows", "columns", "duplicate_rows"})

_TRAINING = "training_"


def name_of(measure: str) -> str:
    """What a measure is called."""
    if measure.startswith(_TRAINING):
        return f"{name_of(measure.removeprefix(_TRAINING))}, training rows"
    known = MEANINGS.get(measure)
    return known[0] if known else measure.replace("_", " ").capitalize()


def meaning_of(measure: str) -> str:
    """What a measure says, or nothing where that is not known here."""
    known = MEANINGS.get(measure)
    return known[1] if known else ""


def number(text: Any) -> Decimal | None:
    """A stored number; None where there is none."""
    if text is None or text == "":
        return None
    try:
        read = Decimal(str(text))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def figure(measure: Mapping[str, Any]) -> Figure:
    """One stored measure, read."""
    return Figure(
        name=str(measure.get("name", "")),
        value=number(measure.get("value")),
        low=number(measure.get("low")),
        high=number(measure.get("high")),
        n=int(number(measure.get("n")) or 0),
        unit=str(measure.get("unit") or ""),
        slice={str(key): str(said) for key, said in (measure.get("slice") or {}).items()},
    )


def rounded(value: Decimal | None, measure: str = "") -> str:
    """A number as it is read: shares as percentages, the rest to three decimals."""
    if value is None:
        return DASH
    if measure.removeprefix(_TRAINING) in SHARES:
        return f"{value * 100:.1f} %"
    if measure in COUNTS:
        return f"{int(value):,}"
    if value == value.to_integral_value() and abs(value) >= 2:
        return f"{int(value):,}"
    return f"{value:.3f}" if abs(value) >= Decimal("0.001") or not value else f"{value:.2g}"


def span(low: Decimal | None, high: Decimal | None, measure: str = "") -> str:
    """An interval as it is read."""
    if low is None or high is None:
        return DASH
    return f"{rounded(low, measure)} to {rounded(high, measure)}"


def datum(value: Decimal | None, measure: str = "") -> SafeString:
    """A number, rounded to the eye and whole in the page."""
    if value is None:
        return mark_safe(DASH)
    return format_html('<data value="{}">{}</data>', str(value), rounded(value, measure))
