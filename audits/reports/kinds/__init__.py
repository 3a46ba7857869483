"""What a report says, by the kind of evidence: one module each, with `lead` and `body`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from audits.reports.kinds import (
    drift,
    explainability,
    fairness,
    lineage,
    profile,
    training,
    validation,
)
from audits.reports.markup import Html
from desk.figures import Figure


class Kind(NamedTuple):
    """How one kind of evidence is told: its title, its first sentence, its parts."""

    title: str
    lead: Callable[[Sequence[Figure], Mapping[str, Any]], str]
    body: Callable[[Sequence[Figure], Mapping[str, Any]], Html]


KINDS: dict[str, Kind] = {
    "dataset_profile": Kind("Dataset profile", profile.lead, profile.body),
    "data_lineage": Kind("Data preparation", lineage.lead, lineage.body),
    "training_run": Kind("Training", training.lead, training.body),
    "validation_run": Kind("Validation", validation.lead, validation.body),
    "fairness_audit": Kind("Fairness assessment", fairness.lead, fairness.body),
    "explainability_report": Kind("Explanation", explainability.lead, explainability.body),
    "drift_monitoring": Kind("Monitoring window", drift.lead, drift.body),
}
