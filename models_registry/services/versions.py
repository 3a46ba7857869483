"""Model versions: registered once, with everything they rest on under one digest."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Artifact, ModelVersion, Recipe, RegisteredModel, Snapshot
from models_registry.rules import digests
from models_registry.services.blobs import Blob
from models_registry.services.validation import check_fields, malformed, next_number
from models_registry.states import ArtifactFormat
from people.models import User
from trail import services as trail


@transaction.atomic
def register(
    *,
    registered_model: RegisteredModel,
    manifest: Mapping[str, Any],
    artifacts: Mapping[str, Blob],
    training_snapshot: Snapshot | None,
    recipe: Recipe | None,
    by: User,
    note: str = "",
    made_by: str = "",
) -> ModelVersion:
    """Register a model's next version; what a run made is registered once.

    The manifest needs a `signature`; the model, its number, and the digests of artifacts,
    training snapshot and recipe are written into it. Raises NotPermitted or Malformed.
    """
    held = _hold(registered_model)
    permissions.check_may_own(by, held.use_case.team, "register model versions")
    if made_by and (made := held.versions.filter(made_by=made_by).first()):
        return made
    version = ModelVersion(
        registered_model=held, number=next_number(held.versions.all()), recipe=recipe,
        training_snapshot=training_snapshot, note=note, made_by=made_by, created_by=by,
    )  # fmt: skip
    version.manifest = _complete(manifest, version, artifacts)
    version.manifest_digest = _digest(version.manifest)
    check_fields(version)
    version.save(force_insert=True)
    for form, blob in artifacts.items():
        Artifact.objects.create(version=version, format=form, digest=blob.digest, size=blob.size)
    trail.record(events.VERSION_REGISTERED, by=by, subject=version, detail=_about(version))
    return version


def _hold(model: RegisteredModel) -> RegisteredModel:
    """The model's row, locked, so that numbers do not collide."""
    rows = RegisteredModel.objects.select_for_update(of=("self",))
    return rows.select_related("use_case__team").get(pk=model.pk)


def _complete(
    manifest: Mapping[str, Any], version: ModelVersion, artifacts: Mapping[str, Blob]
) -> dict[str, Any]:
    """The manifest with the digests of all it rests on; names the version, so none share one."""
    _check_signature(manifest.get("signature"))
    _check_artifacts(artifacts)
    snapshot, recipe = version.training_snapshot, version.recipe
    return dict(manifest) | {
        "model": version.registered_model.slug,
        "version": version.number,
        "artifacts": {form: blob.digest for form, blob in artifacts.items()},
        "training_snapshot": snapshot.digest if snapshot else None,
        "recipe": recipe.digest if recipe else None,
    }


def _check_signature(signature: Any) -> None:
    features = signature.get("features") if isinstance(signature, Mapping) else None
    if not features or not all({"name", "type"} <= set(feature) for feature in features):
        raise malformed(
            "manifest",
            "expected manifest.signature.features to list each feature's name and type,"
            f" got {features!r}",
        )


def _check_artifacts(artifacts: Mapping[str, Blob]) -> None:
    known = ", ".join(ArtifactFormat.values)
    if not artifacts or set(artifacts) - set(ArtifactFormat.values):
        got = ", ".join(artifacts) or "none"
        raise malformed("artifacts", f"expected artifacts in {known}; got {got}")


def _digest(manifest: dict[str, Any]) -> str:
    try:
        return digests.of_json(manifest)
    except ValueError as odd:
        raise malformed("manifest", f"manifest: {odd}") from odd


def _about(version: ModelVersion) -> dict[str, Any]:
    kept = ("artifacts", "training_snapshot", "recipe")
    return {
        "model": version.registered_model.slug,
        "number": version.number,
        "manifest_digest": version.manifest_digest,
        "made_by": version.made_by,
    } | {key: version.manifest[key] for key in kept}
