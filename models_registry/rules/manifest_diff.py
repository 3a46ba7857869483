"""What changed between the manifests of two model versions."""

from collections.abc import Mapping
from typing import Any

#: The headings of a change record and the manifest's keys under each.
HEADINGS = {
    "data": ("training_snapshot",),
    "recipe": ("recipe",),
    "parameters": ("estimator", "parameters", "mitigation", "seed"),
    "libraries": ("libraries", "code_revision"),
}

Diff = dict[str, list[dict[str, Any]]]


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Diff:
    """Per heading the changes, each `{"what", "old", "new"}`; an empty list where none."""
    found = {heading: _changes(old, new, keys) for heading, keys in HEADINGS.items()}
    found["features"] = _features(old, new)
    return found


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], keys: tuple[str, ...]) -> list:
    before, after = (
        _flat({key: old.get(key) for key in keys}),
        _flat({key: new.get(key) for key in keys}),
    )
    names = sorted({*before, *after})
    return [
        {"what": name, "old": before.get(name), "new": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Nested objects as one level: `{"libraries": {"numpy": …}}` → `{"libraries.numpy": …}`."""
    if not isinstance(value, Mapping) or not value:
        return {path: value}
    leaves: dict[str, Any] = {}
    for key, inner in value.items():
        leaves |= _flat(inner, f"{path}.{key}" if path else str(key))
    return leaves


def _features(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    before, after = _feature_types(old), _feature_types(new)
    names = sorted({*before, *after})
    return [
        {"what": name, "old": before.get(name), "new": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]


def _feature_types(manifest: Mapping[str, Any]) -> dict[str, str]:
    features = manifest.get("signature", {}).get("features", [])
    return {feature["name"]: feature["type"] for feature in features}
