"""Whether probabilities come true: how far they are off, in which way, and is it chance."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.html import format_html

from audits.reports import charts, tables
from audits.reports.kinds.fairness_details import (
    DASH,
    by_chance,
    chance,
    count,
    equals,
    first,
    inside,
    listed,
    said,
)
from audits.reports.markup import Html, fold, raw, section, table
from desk.charts import Series
from desk.figures import Figure, datum, number, rounded, span

_ERROR, _LARGEST = "expected_calibration_error", "maximum_calibration_error"
_SLOPE, _LEVEL, _TEST = "calibration_slope", "calibration_in_the_large", "hosmer_lemeshow_p"

#: The measures told here. The intercept fitted with the slope says little by itself.
MEASURES = frozenset(
    {_ERROR, _LARGEST, _SLOPE, _LEVEL, _TEST, "calibration_intercept", "brier", "log_loss"}
)

_NOTE = (
    "Of the people with a probability of 0.7, seven in ten should have the favourable outcome. "
    "People are put into bins by their score, and each bin's mean probability is compared with "
    "the share that came true. With few people chance alone sets the two apart; with very many a "
    "test finds differences too small to matter, so look at how far they are off as well."
)


class _Told(NamedTuple):
    """A figure in words: its name, what a perfect model has, and what this value says."""

    name: str
    explained: str
    perfect: str
    reading: str


def sentence(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """How far probabilities are off, whether that is chance, and in which way."""
    error = tables.pick(figures, _ERROR)
    if error is None or error.value is None:
        return ""
    words = f"Its probabilities lie {_points(error.value)} percentage points from what came true"
    words += " on average"
    if error.low is not None and error.high is not None:
        words += f" ({_points(error.low)} to {_points(error.high)})"
    test, beyond = tables.pick(figures, _TEST), True
    if test is not None and test.value is not None:
        beyond = test.value < by_chance(details)
        verdict = "more than chance explains" if beyond else "no more than chance explains"
        words += f", {verdict} (Hosmer-Lemeshow {equals(test.value)})"
    ways = " and ".join(way for way in (_level(figures), _spread(figures)) if way)
    if not ways:
        return f"{words}."
    return f"{words}: they are {ways}." if beyond else f"{words}; yet they look {ways}."


def come_true(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Each figure of calibration with what it says, the curve, and the bins."""
    words = _words(figures, details)
    rows = [row for name, told in words.items() if (row := _row(name, told, figures))]
    heads = ["Figure", "Value", "Interval", "If perfect", "Reading"]
    held = _risk_groups(details)
    return section(
        "Do the probabilities come true?",
        table(heads, rows, numeric=[1, 2, 3]),
        _curve(details.get("reliability")),
        _tested(details),
        fold("Expected and observed, from low to high scores", held) if held else "",
        note=_NOTE,
    )


def _words(figures: Sequence[Figure], details: Mapping[str, Any]) -> dict[str, _Told]:
    squared, surprise = _without_information(details)
    return {
        _ERROR: _Told(
            "Expected calibration error",
            "promised against observed, mean over bins",
            "0",
            _apart(tables.pick(figures, _ERROR), "on average"),
        ),
        _LARGEST: _Told(
            "Maximum calibration error",
            "the same of one bin, which few people decide",
            "0",
            _apart(tables.pick(figures, _LARGEST), "at most"),
        ),
        _LEVEL: _Told(
            "Calibration in the large",
            "shift, in logits, that would set the mean right",
            "0",
            _level(figures) or "not shown to be too high or low",
        ),
        _SLOPE: _Told(
            "Calibration slope",
            "how far scores would have to be stretched",
            "1",
            _spread(figures) or "not shown to be too extreme or timid",
        ),
        _TEST: _Told(
            "Hosmer-Lemeshow p-value",
            "chance of such differences if every score were right",
            DASH,
            _by_test(tables.pick(figures, _TEST), details),
        ),
        "brier": _Told("Brier score", "mean squared error of the probabilities", "0", squared),
        "log_loss": _Told("Log loss", "surprise at what came true, in nats", "0", surprise),
    }


def _by_test(test: Figure | None, details: Mapping[str, Any]) -> str:
    if test is None or test.value is None:
        return ""
    return "more than chance" if test.value < by_chance(details) else "may be chance"


def _without_information(details: Mapping[str, Any]) -> tuple[str, str]:
    """Brier score and log loss of giving everybody the share of favourable outcomes."""
    positives, people = number(details.get("positives")), number(details.get("rows"))
    if positives is None or not people or not 0 < positives < people:
        return "", ""
    share = positives / people
    surprise = -(share * share.ln() + (1 - share) * (1 - share).ln())
    words = "{} if all scored alike"
    return words.format(rounded(share * (1 - share))), words.format(rounded(surprise))


def _row(measure: str, words: _Told, figures: Sequence[Figure]) -> list[Any]:
    one = tables.pick(figures, measure)
    if one is None:
        return []
    named = format_html('{}<br><span class="soft">{}</span>', words.name, words.explained)
    value = chance(one.value) if measure == _TEST else datum(one.value, measure)
    reading = words.reading if one.value is not None else "undefined here"
    return [named, value, span(one.low, one.high, measure), words.perfect, reading]


def _level(figures: Sequence[Figure]) -> str:
    one = tables.pick(figures, _LEVEL)
    return _beside(one, 0, "too high on the whole", "too low on the whole")


def _spread(figures: Sequence[Figure]) -> str:
    one = tables.pick(figures, _SLOPE)
    return _beside(one, 1, "too extreme", "too timid")


def _beside(one: Figure | None, ideal: int, below: str, above: str) -> str:
    """On which side the whole interval lies; nothing where it holds the ideal."""
    if one is None or one.low is None or one.high is None:
        return ""
    if one.high < ideal:
        return below
    return above if one.low > ideal else ""


def _apart(one: Figure | None, how: str) -> str:
    if one is None or one.value is None:
        return ""
    return f"{_points(one.value)} percentage points {how}"


def _points(value: Decimal) -> str:
    return f"{value * 100:.1f}"


def _curve(bins: Any) -> Html:
    steady = _reliability(bins)
    if not steady:
        return raw("")
    return charts.curves(
        [Series("each bin of scores", steady)],
        "Calibration: promised against seen. On the dashed line both are the same",
        x="predicted",
        y="observed",
        diagonal=True,
    )


def _reliability(bins: Any) -> list[tuple[float, float]]:
    """Predicted and observed share per bin, whichever way the bins are stored."""
    if not isinstance(bins, list):
        return []
    named = [
        [one.get(key) for key in ("predicted", "mean_score", "mean_predicted") if key in one][:1]
        + [one.get(key) for key in ("observed", "positive_rate", "fraction") if key in one][:1]
        for one in bins
        if isinstance(one, Mapping)
    ]
    return charts.points(
        [pair for pair in named if len(pair) == 2] or [one for one in bins if isinstance(one, list)]
    )


def _risk_groups(details: Mapping[str, Any]) -> Html:
    """Expected and observed favourable outcomes, from the lowest scores to the highest."""
    shown, more = first(listed(inside(details, "hosmer_lemeshow").get("groups")), 20, "groups")
    rows = [
        [
            f"{said(one, 'from')} to {said(one, 'to')}",
            count(one.get("n")),
            _tenths(one.get("expected")),
            count(one.get("observed")),
        ]
        for one in shown
    ]
    heads = ["Scores", "People", "Favourable outcomes expected", "Observed"]
    return table(heads, rows, caption=more, numeric=[1, 2, 3])


def _tenths(value: Any) -> str:
    read = number(value)
    return DASH if read is None else f"{read:,.1f}"


def _tested(details: Mapping[str, Any]) -> Html:
    """How the test came about."""
    test = inside(details, "hosmer_lemeshow")
    if not test:
        return raw("")
    groups = len(listed(test.get("groups")))
    statistic = number(test.get("statistic"))
    sized = "infinite" if statistic is None else rounded(statistic)
    words = (
        f"The Hosmer-Lemeshow test compares expected with observed favourable outcomes in {groups} "
        f"groups of as good as equal numbers of people: chi-square {sized} on "
        f"{count(test.get('degrees_of_freedom'))} degrees of freedom."
    )
    return format_html('<p class="soft">{}</p>', words)
