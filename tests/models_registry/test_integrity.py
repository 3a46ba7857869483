"""The verifier finds every stored byte that is not what it was."""

import pytest
from django.db import connection

from models_registry.models import Dataset, Deployment, ModelVersion, Snapshot
from models_registry.services import blobs, integrity, outcomes, predictions, snapshots
from people.models import User
from tests.models_registry.conftest import parquet_bytes, stored_file
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


def test_the_file_a_snapshot_came_from_is_checked_too(dataset: Dataset, steward: User) -> None:
    source, blob = blobs.put(b"income\n1\n"), blobs.put(parquet_bytes(income=[1]))
    columns = [{"name": "income", "type": "integer", "nulls": 0}]
    kept = snapshots.register(
        dataset=dataset, blob=blob, rows=1, columns=columns, by=steward,
        source_name="income.csv", source_digest=source.digest,
    )  # fmt: skip
    assert list(integrity.stored_bytes()) == []
    stored_file(source.digest).write_bytes(b"income\n2\n")
    (fault,) = integrity.stored_bytes()
    assert fault.place == f"snapshot {kept.pk}, the file it came from"


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
