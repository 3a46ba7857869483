"""Recomputes a fairness audit from its published counts, with Fairlearn and without Assay.

    curl -H "Authorization: Bearer …" https://…/api/v1/evidence/17/ > evidence.json
    python client/examples/recompute_fairness.py evidence.json

Needs Fairlearn, what comes with it, and `published_audit.py` and `pairs_of_groups.py` beside this
file; imports nothing of Assay. Rates and disparities of groups are Fairlearn's on the cells as
weighted rows, those within levels of control features too; intervals of rates are Wilson's,
percentile intervals of disparities are drawn anew from the published seed. What is not recomputed
is listed. Exit status 0 only if all others agree, 1 if one differs, 2 if the file holds no
fairness audit.
"""

import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pairs_of_groups as pairs
import pandas as pd
from fairlearn import metrics as fairlearn
from published_audit import METRICS, Audit, NotAnAudit, People, joined, read
from scipy.stats import binomtest

TOLERANCE = 1e-12
#: Disparities with a name of their own: the rates they look at.
NAMED = {
    "demographic_parity": ["selection_rate"],
    "equal_opportunity": ["true_positive_rate"],
    "equalized_odds": ["true_positive_rate", "false_positive_rate"],
    "equalized_odds_mean": ["true_positive_rate", "false_positive_rate"],
}
#: Rates as shares: who counts and to whom it happened, by label (rows) and prediction.
SHARES = {
    "selection_rate": ([[1, 1], [1, 1]], [[0, 1], [0, 1]]),
    "true_positive_rate": ([[0, 0], [1, 1]], [[0, 0], [0, 1]]),
    "false_positive_rate": ([[1, 1], [0, 0]], [[0, 1], [0, 0]]),
    "false_negative_rate": ([[0, 0], [1, 1]], [[0, 0], [1, 0]]),
    "true_negative_rate": ([[1, 1], [0, 0]], [[1, 0], [0, 0]]),
    "accuracy": ([[1, 1], [1, 1]], [[1, 0], [0, 1]]),
    "precision": ([[0, 1], [0, 1]], [[0, 0], [0, 1]]),
    "zero_one_loss": ([[1, 1], [1, 1]], [[0, 1], [1, 0]]),
    "f1": ([[0, 1], [1, 2]], [[0, 0], [0, 2]]),
}
Number = float | None


@dataclass
class Report:
    """What agreed, what did not, and what was not recomputed."""

    agreed: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    largest: float = 0.0

    def compare(self, what: str, about: str, published: Number, found: Number) -> None:
        """Note whether two numbers are the same, undefined ones included."""
        known = published is not None, found is not None and not np.isnan(found)
        if known == (False, False):
            self.agreed[what] += 1
            return
        apart = abs(published - found) if known == (True, True) else np.inf  # type: ignore[operator]
        self.largest = max(self.largest, apart)
        if apart <= TOLERANCE:
            self.agreed[what] += 1
        else:
            self.differing.append(f"{what} of {about}: published {published}, found {found}")


def main(place: str) -> int:
    """Recompute, and say what came of it."""
    audit, report = read(place), Report()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of shares of nobody; these are compared as undefined
        rates_and_gaps(audit, report)
        intervals_of_gaps(audit, report)
    people = int(audit.cells["n"].sum())
    print(f"{len(audit.cells)} cells of {people:,} people")
    for what, times in sorted(report.agreed.items()):
        print(f"  {times:5} {what} agree")
    print(f"  largest difference {report.largest:.1e}, allowed {TOLERANCE:.0e}")
    for name, times in sorted(report.left.items()):
        print(f"  {times:5} not recomputed: {name}")
    for each in report.differing:
        print(f"DIFFERS {each}")
    return 1 if report.differing or not report.agreed else 0


def rates_and_gaps(audit: Audit, report: Report) -> None:
    """Every estimate that Fairlearn knows, and the intervals of rates."""
    for measure in audit.measures:
        name, cut = measure["name"], measure["slice"]
        compared = audit.compared(cut.get("feature", ""))
        about = f"{name} for {cut}"
        published = number(measure["value"])
        if not set(compared) <= set(audit.features):
            report.left[name] += 1
        elif name in METRICS and "group" in cut:
            if (level := audit.level(compared, cut["group"])) is None:
                report.left["rates of groups that weigh nothing"] += 1
                continue
            found = audit.frame(compared, []).by_group[name][level]
            report.compare("rates of groups", about, published, found)
            wilson(audit, report, measure, compared)
        elif name == "impact_ratio":
            by_group = audit.frame(compared, []).by_group["selection_rate"]
            found = impact_ratio(audit, compared, cut["group"], by_group)
            report.compare("impact ratios", about, published, found)
        elif name.startswith("conditional_"):
            report.compare("gaps within levels", about, published, within(audit, measure, compared))
        elif name == "mantel_haenszel_odds_ratio":
            found = odds_ratio(audit, compared, cut["group"])
            report.compare("common odds ratios", about, published, found)
        elif (found := gap(audit.frame(compared, []), name)) is not None:
            report.compare("disparities", about, published, found)
        else:
            report.left[name] += 1


def gap(frame: fairlearn.MetricFrame, name: str, at: Any = None) -> Number:
    """A disparity by its name, of a level where there are control features; None if unknown."""
    method = "to_overall" if name.endswith("_to_overall") else "between_groups"
    stem, _, form = name.removesuffix("_to_overall").rpartition("_")
    rates = NAMED.get(stem, [stem])
    if form not in ("difference", "ratio") or not set(rates) <= set(METRICS):
        return None
    found = getattr(frame, form)(method=method)
    numbers = [float(found[rate] if at is None else found[rate][at]) for rate in rates]
    if stem.endswith("_mean"):
        return float(np.nanmean(numbers))  # as pandas averages
    return max(numbers) if form == "difference" else min(numbers)


def within(audit: Audit, measure: Mapping[str, Any], compared: list[str]) -> Number:
    """A gap among people alike in the control features; the level is named "department A"."""
    control = list(audit.details["control"])
    frame = audit.frame(compared, control)
    levels = frame.overall.index
    for at in levels:
        held = [at] if len(control) == 1 else list(at)
        named = (f"{feature} {value}" for feature, value in zip(control, held, strict=True))
        if joined(list(named)) == measure["slice"]["group"]:
            return gap(frame, measure["name"].removeprefix("conditional_"), at)
    return None


def impact_ratio(audit: Audit, compared: list[str], group: str, rates: pd.Series) -> Number:
    """Share selected, over the highest of the categories of at least 2 % of known people."""
    table = audit.details["impact_ratios"][joined(compared)]
    counted = {each["group"]: not each["excluded"] for each in table["categories"]}
    people = audit.people(compared)
    selected = people.counts[:, :, 1].sum(1) / people.counts.sum((1, 2))
    shares = dict(zip(people.groups, selected, strict=True))
    best = max(shares[name] for name, included in counted.items() if included)
    return float(shares[group] / best) if best else None


def odds_ratio(audit: Audit, compared: list[str], group: str) -> Number:
    """Mantel and Haenszel's, of a group and the reference, over the levels of control features."""
    reference = audit.details["conditional"][joined(compared)]["reference"]
    above = below = 0.0
    named = audit.cells[compared].agg(lambda levels: joined(list(levels)), axis=1)
    for _, people in audit.cells.groupby(list(audit.details["control"])):
        mine, theirs = (people[named[people.index] == each] for each in (group, reference))
        (a, b), (c, d) = (
            [part.loc[part["prediction"] == p, "n"].sum() for p in (1, 0)]
            for part in (mine, theirs)
        )
        if total := a + b + c + d:
            above, below = above + a * d / total, below + b * c / total
    return above / below if below else None


def wilson(audit: Audit, report: Report, measure: Mapping[str, Any], compared: list[str]) -> None:
    """The interval of a rate of a group: of people, or of as many as their weights are worth."""
    people = audit.people(compared)
    at = people.groups.index(measure["slice"]["group"])
    among, happened = SHARES[measure["name"]]
    whole, part = (float((people.weights[at] * mask).sum()) for mask in (among, happened))
    if not whole:
        report.left["intervals that say nothing"] += 1
        return
    confidence = float(audit.details["confidence"])
    if audit.weighted:
        (share,) = pairs.shares(people.weights[[at]], people.squares[[at]], among, happened)
        low, high = pairs.wilson(share, confidence)
    else:
        test = binomtest(int(part), int(whole))
        low, high = test.proportion_ci(confidence_level=confidence, method="wilson")
    about = f"{measure['name']} for {measure['slice']}"
    report.compare("lower bounds of rates", about, number(measure["low"]), low)
    report.compare("upper bounds of rates", about, number(measure["high"]), high)


def intervals_of_gaps(audit: Audit, report: Report) -> None:
    """Percentile intervals of disparities, from resamples of people drawn anew."""
    for feature, measures in gaps_by_feature(audit):
        people = audit.people(audit.compared(feature))
        drawn = resampled(audit, people)
        for measure in measures:
            low, high = number(measure["low"]), number(measure["high"])
            if measure["name"] in audit.details["undefined_gaps"].get(feature, []):
                report.left["intervals that say nothing"] += 1
                continue
            if not percentile(audit, feature, measure["name"]):
                report.left["intervals found by BCa"] += 1
                continue
            found = bounds(gaps_of(drawn, measure["name"]), number(measure["value"]), audit.details)
            found = together(found, people, measure["name"], audit)
            report.compare("lower bounds of disparities", measure["name"], low, found[0])
            report.compare("upper bounds of disparities", measure["name"], high, found[1])


def gaps_by_feature(audit: Audit) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Disparities over the groups of each feature."""
    features = {each["slice"]["feature"] for each in audit.measures if "feature" in each["slice"]}
    for feature in sorted(features):
        yield (
            feature,
            [
                each
                for each in audit.measures
                if each["slice"] == {"feature": feature}
                and gap(audit.frame(audit.compared(feature), []), each["name"]) is not None
            ],
        )


def percentile(audit: Audit, feature: str, name: str) -> bool:
    """Whether an interval was found by percentiles, as asked or because there was no other way."""
    otherwise = audit.details.get("other_methods", {}).get(feature, {})
    asked = audit.details["interval_method"]["disparities"]
    found = next((method for method, names in otherwise.items() if name in names), asked)
    return str(found).startswith("percentile")


def resampled(audit: Audit, people: People) -> np.ndarray:
    """People drawn with replacement, by cell: one multinomial draw is as good as n people.

    Or what they weigh: gamma, with the mean and the variance of the weights in their cell.
    """
    seed, resamples = (int(audit.details[name]) for name in ("seed", "resamples"))
    n = people.counts.ravel()
    drawn = np.random.RandomState(seed).multinomial(n.sum(), n / n.sum(), resamples)
    if audit.weighted:
        sums = zip(people.weights.ravel(), people.squares.ravel(), n.tolist(), strict=True)
        exact = [(w / m, w2 / m - (w / m) ** 2) if m else (0, 0) for w, w2, m in sums]
        mean, variance = np.array(exact, np.float64).T
        uneven = variance > mean**2 * 1e-15
        shape, scale = (mean**2 / variance)[uneven], (variance / mean)[uneven]
        stream = np.random.RandomState([seed, 1])
        masses = drawn * mean
        masses[:, uneven] = stream.standard_gamma(drawn[:, uneven] * shape) * scale
        drawn = masses
    return drawn.reshape(-1, *people.counts.shape)


def gaps_of(drawn: np.ndarray, name: str) -> np.ndarray:
    """A disparity of each resample; groups that nobody was drawn from count as Fairlearn does."""
    to_overall = name.endswith("_to_overall")
    stem, _, form = name.removesuffix("_to_overall").rpartition("_")
    rates = NAMED.get(stem, [stem])
    found = [apart(drawn, rate, form, to_overall=to_overall) for rate in rates]
    if stem.endswith("_mean"):
        return np.nanmean(found, axis=0)
    first, last = found[0], found[-1]
    # an undefined first number stays: so Python's max and min have it, and Fairlearn
    return np.where(last > first if form == "difference" else last < first, last, first)


def apart(drawn: np.ndarray, rate: str, form: str, *, to_overall: bool) -> np.ndarray:
    """Difference or ratio of one rate, between groups or of groups to everybody."""
    groups = rates_of(drawn, rate)
    everybody = rates_of(drawn.sum(axis=1, keepdims=True), rate)
    highest, lowest = np.nanmax(groups, axis=1), np.nanmin(groups, axis=1)
    if form == "difference":
        return np.nanmax(np.abs(groups - everybody), axis=1) if to_overall else highest - lowest
    if not to_overall:
        return lowest / highest
    ratios = groups / everybody
    return np.nanmin(np.where(ratios > 1, 1 / ratios, ratios), axis=1)


def rates_of(drawn: np.ndarray, rate: str) -> np.ndarray:
    """A rate of each resample and group: NaN where nobody is, 0 where nobody counts towards it."""
    if rate == "balanced_accuracy":  # the mean over the labels that occur
        parts = [rates_of(drawn, name) for name in ("true_positive_rate", "true_negative_rate")]
        return np.sum(parts, axis=0) / (drawn.sum(axis=-1) > 0).sum(axis=-1)
    among, happened = ((drawn * np.array(mask)).sum(axis=(-2, -1)) for mask in SHARES[rate])
    found = np.divide(happened, among, out=np.zeros(among.shape), where=among > 0)
    return np.where(drawn.sum(axis=(-2, -1)) > 0, found, np.nan)


def bounds(drawn: np.ndarray, estimate: Number, details: Mapping[str, Any]) -> list[float]:
    """The middle part of the replicates, widened to hold the estimate."""
    tail = (1 - float(details["confidence"])) / 2
    if np.isnan(drawn).all():
        return [np.nan, np.nan]
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    middle = low if estimate is None else estimate
    return [min(float(low), middle), max(float(high), middle)]


def together(found: list[float], people: People, name: str, audit: Audit) -> list[float]:
    """Not narrower than what every pair of groups leaves open, if the audit says that it did so."""
    stem, _, form = name.rpartition("_")
    rates = NAMED.get(stem, [stem])
    known = all(rate in list(SHARES)[:7] for rate in rates) and not stem.endswith("_mean")
    if "pairs" not in audit.details["interval_method"] or not known or form == "overall":
        return found
    weighed = [pairs.shares(people.weights, people.squares, *SHARES[rate]) for rate in rates]
    low, high = pairs.widest(weighed, form, float(audit.details["confidence"]))
    return [min(found[0], low), max(found[1], high)]


def number(told: Any) -> Number:
    """A number as it is published: text, or null where there is none."""
    return None if told is None else float(told)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1]))
    except NotAnAudit as error:
        print(error, file=sys.stderr)
        sys.exit(2)
