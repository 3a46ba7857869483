"""The published evidence of a fairness audit: its cells, and what Fairlearn makes of them.

For `recompute_fairness.py`.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

JOINT = " x "
METRICS = {
    "selection_rate": fairlearn.selection_rate,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "true_negative_rate": fairlearn.true_negative_rate,
    "accuracy": sklearn.accuracy_score,
    "precision": lambda *a, **k: sklearn.precision_score(*a, zero_division=0.0, **k),
    "f1": lambda *a, **k: sklearn.f1_score(*a, zero_division=0.0, **k),
    "zero_one_loss": sklearn.zero_one_loss,
    "balanced_accuracy": sklearn.balanced_accuracy_score,
}
#: What the script cannot do without.
NEEDED = ("cells", "features", "control", "seed", "resamples", "confidence", "interval_method")


class NotAnAudit(Exception):
    """The file is not the evidence of a fairness audit; it says what was expected."""


def read(place: str) -> "Audit":
    """The audit in a file.

    Raises NotAnAudit if there is no such file, or it holds something else.
    """
    try:
        evidence = json.loads(Path(place).read_text(encoding="utf-8"))
    except OSError as error:
        raise NotAnAudit(
            f"expected a file of evidence, could not read {place}: {error.strerror}"
        ) from None
    except ValueError as error:
        raise NotAnAudit(
            f"expected evidence as JSON, got something else in {place}: {error}"
        ) from None
    details = evidence.get("details") if isinstance(evidence, dict) else None
    if not isinstance(details, dict) or not isinstance(evidence.get("measures"), list):
        said = evidence.get("detail", "no details") if isinstance(evidence, dict) else "no details"
        raise NotAnAudit(
            f"expected the evidence of a fairness audit, as /api/v1/evidence/<number>/ gives it to "
            f"whoever may read it, got {said!r} in {place}"
        )
    if missing := [name for name in NEEDED if name not in details]:
        raise NotAnAudit(
            f"expected evidence of the kind fairness_audit, got {evidence.get('kind', 'another')} "
            f"without {', '.join(missing)}"
        )
    return Audit(evidence)


def joined(levels: Sequence[str]) -> str:
    """ "black x male", quoting levels that would make two groups have one name."""
    if len(levels) == 1:
        return levels[0]
    unclear = [JOINT in f"{each} " or each.startswith('"') for each in levels]
    named = zip(levels, unclear, strict=True)
    return JOINT.join(json.dumps(each, ensure_ascii=False) if odd else each for each, odd in named)


class Audit:
    """The cells of one piece of evidence, and what Fairlearn makes of them."""

    def __init__(self, evidence: Mapping[str, Any]) -> None:
        self.details = evidence["details"]
        self.measures = evidence["measures"]
        self.features = list(self.details["features"])
        groups = [cell["group"] for cell in self.details["cells"]]
        self.cells = pd.DataFrame(groups, columns=self.features, dtype=object)
        for name in ("label", "prediction", "n"):
            self.cells[name] = [int(cell[name]) for cell in self.details["cells"]]
        self.weighted = any("w" in cell for cell in self.details["cells"])
        mass = "w" if self.weighted else "n"
        self.cells["mass"] = [float(cell[mass]) for cell in self.details["cells"]]
        self._frames: dict[tuple[str, ...], fairlearn.MetricFrame] = {}

    def frame(self, compared: list[str], control: list[str]) -> fairlearn.MetricFrame:
        """Fairlearn's figures of a feature or intersection, within levels if there are any."""
        key = (*compared, "|", *control)
        if key not in self._frames:
            cells = self.cells[self.cells["mass"] > 0]  # who weighs nothing has no share in a rate
            self._frames[key] = fairlearn.MetricFrame(
                metrics=METRICS,
                y_true=cells["label"],
                y_pred=cells["prediction"],
                sensitive_features=cells[compared],
                control_features=cells[control] if control else None,
                sample_params={name: {"sample_weight": cells["mass"]} for name in METRICS},
            )
        return self._frames[key]

    def compared(self, feature: str) -> list[str]:
        """The features of an intersection, or the one feature."""
        return [feature] if feature in self.features else feature.split(JOINT)

    def level(self, compared: list[str], group: str) -> Any:
        """A group as Fairlearn names it; None if nobody in it weighs anything."""
        held = self.cells.loc[self.cells["mass"] > 0, compared].to_numpy().tolist()
        found = next((each for each in held if joined(each) == group), None)
        return found if found is None else found[0] if len(compared) == 1 else tuple(found)

    def people(self, compared: list[str]) -> "People":
        """Who is in which group, groups sorted."""
        keys = sorted({tuple(group) for group in self.cells[compared].to_numpy().tolist()})
        named = [joined(key) for key in keys]
        counts, *sums = (np.zeros((len(keys), 2, 2), object) for _ in range(3))
        for place, cell in enumerate(self.details["cells"]):
            at = keys.index(tuple(self.cells.loc[place, compared])), cell["label"]
            counts[at][cell["prediction"]] += int(cell["n"])
            for total, name in zip(sums, ("w", "w2"), strict=True):
                total[at][cell["prediction"]] += Fraction(cell.get(name, cell["n"]))
        return People(named, counts.astype(np.int64), *sums)


class People(NamedTuple):
    """Counts of people by group, label and prediction; the exact sums of their weights beside."""

    groups: list[str]
    counts: np.ndarray
    weights: np.ndarray
    squares: np.ndarray
