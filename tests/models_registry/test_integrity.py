"""The verifier finds every stored byte that is not what it was."""

import pytest
from django.db import connection

from models_registry.models import Deployment, ModelVersion, Snapshot
from models_registry.services import blobs, integrity, outcomes, predictions
from people.models import User
from tests.models_registry.conftest import stored_file
from trail.services import checks


def test_what_is_intact_has_no_faults(live: Deployment, snapshot: Snapshot) -> None:
    assert list(integrity.stored_bytes()) == []
    assert list(integrity.documents()) == []


def test_one_changed_byte_is_named_with_its_row(version: ModelVersion, snapshot: Snapshot) -> None:
    artifact = version.artifacts.get(format="onnx")
    for digest in (artifact.digest, snapshot.digest):
        path = stored_file(digest)
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(bytes(content))
    places = [fault.place for fault in integrity.stored_bytes()]
    assert places == [f"snapshot {snapshot.pk}", f"artifact {artifact.pk}"]


def test_missing_batches_are_named(live: Deployment, owner: User) -> None:
    blob = blobs.put(b"segment")
    batch = predictions.file(deployment=live, blob=blob, rows=1, source="live", by=owner)
    outcome = outcomes.file(deployment=live, blob=blob, rows=1, by=owner)
    stored_file(blob.digest).unlink()
    faults = [str(fault) for fault in integrity.stored_bytes()]
    assert faults[0].startswith(f"prediction batch {batch.pk}: the bytes of {blob.digest}")
    assert faults[1].startswith(f"outcome batch {outcome.pk}")


@pytest.mark.parametrize("check", ["stored bytes", "manifests and recipes"])
def test_the_verifier_runs_the_checks(check: str) -> None:
    assert check in checks.registered()


def test_a_manifest_changed_in_the_database_is_found(version: ModelVersion) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE models_registry_modelversion SET manifest = %s WHERE id = %s",
            ['{"signature": {}}', version.pk],
        )
    faults = list(integrity.documents())
    assert [fault.place for fault in faults] == [f"model version {version.pk}"]
