"""Change records: what differs between two versions, and what their evidence measured."""

from dataclasses import dataclass
from typing import Any

from governance.models import Evidence
from governance.services import evidence, subjects
from models_registry.models import ModelVersion
from models_registry.services import changes as manifests
from people.errors import Malformed

_Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Result:
    """One measure of one slice, as it was and as it is; None where it was not measured."""

    kind: str
    measure: str
    feature: str
    group: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


@dataclass(frozen=True)
class ChangeRecord:
    """What changed from one version to another."""

    old: ModelVersion
    new: ModelVersion
    manifest: dict[str, Any]
    results: list[Result]


def record(old: ModelVersion, new: ModelVersion) -> ChangeRecord:
    """Draw the change record between two versions of one model."""
    if old.registered_model_id != new.registered_model_id:
        raise Malformed(f"{old} and {new} are versions of different models")
    before, after = _measures(old), _measures(new)
    results = [
        Result(*key, old=before.get(key), new=after.get(key)) for key in sorted({*before, *after})
    ]
    return ChangeRecord(old, new, manifests.between(old, new), results)


def _measures(version: ModelVersion) -> dict[_Key, dict[str, Any]]:
    """Every measure in the newest evidence of each kind about a version."""
    return {
        _key(held, measure): measure
        for held in evidence.newest(subjects.of(version))
        for measure in held.measures
    }


def _key(held: Evidence, measure: dict[str, Any]) -> _Key:
    cut = measure.get("slice") or {}
    return held.kind, measure["name"], cut.get("feature", ""), cut.get("group", "")
