"""What people bring in from outside: files and answers, each handed to a run.

A file is looked at and kept first (see `models_registry.services.uploads`); what is in it is
read by the run, in a child process, and refused there if it is not what it should be.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

from audits.models import Run
from audits.services import scheduling, subjects
from audits.states import RunKind
from models_registry.models import Dataset, Deployment
from models_registry.services import uploads
from people.errors import Malformed
from people.models import Team, User

OUTCOME_COLUMNS = ("prediction_id", "outcome")


class File(NamedTuple):
    """A file as it arrived, and how it is to be read."""

    content: IO[bytes]
    name: str
    options: Mapping[str, Any] = {}


def snapshot(dataset_id: int, file: File, *, by: User) -> Run:
    """A file becomes a snapshot of a dataset."""
    dataset = subjects.visible(Dataset, dataset_id, by)
    return _ingest({"dataset": dataset.pk}, dataset.team, file, by=by)


def predictions(deployment_id: int, file: File, *, by: User) -> Run:
    """A file of predictions that were made elsewhere."""
    return _ingest({"predictions": deployment_id}, _team(deployment_id, by), file, by=by)


def outcomes(deployment_id: int, file: File, *, by: User) -> Run:
    """A file of what really happened."""
    return _ingest({"outcomes": deployment_id}, _team(deployment_id, by), file, by=by)


def outcomes_said(deployment_id: int, said: Sequence[Mapping[str, Any]], *, by: User) -> Run:
    """What really happened, said row by row; kept as the file it would have been."""
    content = io.BytesIO(_as_csv(said).encode())
    return outcomes(deployment_id, File(content, "outcomes.csv"), by=by)


def _as_csv(said: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(OUTCOME_COLUMNS)
    for place, row in enumerate(said):
        if set(row) != set(OUTCOME_COLUMNS):
            raise Malformed(
                f"outcomes: expected prediction_id and outcome in row {place}, "
                f"got {', '.join(map(str, row)) or 'nothing'}"
            )
        rows.writerow([row[name] for name in OUTCOME_COLUMNS])
    return text.getvalue()


def _ingest(into: dict[str, int], team: Team, file: File, *, by: User) -> Run:
    upload = uploads.take(file.content, file.name, by=by, team=team)
    said = {"upload": upload.digest, "filename": file.name, "format": upload.format}
    return scheduling.request_run(RunKind.INGEST, {"into": into, **said, **file.options}, by=by)


def _team(deployment_id: int, by: User) -> Team:
    return subjects.visible(Deployment, deployment_id, by).registered_model.use_case.team
