"""Predictions, outcomes and feedback are filed by the team, and on record."""

import pytest

from models_registry import events
from models_registry.models import Deployment, Feedback, OutcomeBatch, PredictionBatch
from models_registry.services import blobs, feedback, outcomes, predictions
from people.errors import Malformed, NotPermitted
from people.models import User
from tests.models_registry.told import told


def test_predictions_are_filed(live: Deployment, operator: User) -> None:
    blob = blobs.put(b"segment")
    batch = predictions.file(deployment=live, blob=blob, rows=3, source="live", by=operator)
    assert batch.digest == blob.digest
    assert told(events.PREDICTIONS_FILED)[0]["detail"]["rows"] == 3


def test_predictions_of_an_unknown_source_are_refused(live: Deployment, owner: User) -> None:
    with pytest.raises(Malformed, match="source"):
        predictions.file(deployment=live, blob=blobs.put(b"x"), rows=1, source="guess", by=owner)
    assert not PredictionBatch.objects.exists()


def test_outcomes_are_filed(live: Deployment, steward: User) -> None:
    outcomes.file(deployment=live, blob=blobs.put(b"outcomes"), rows=2, by=steward)
    assert told(events.OUTCOMES_FILED)[0]["detail"]["rows"] == 2


def test_a_stranger_files_nothing(live: Deployment, mallory: User, auditor: User) -> None:
    blob = blobs.put(b"x")
    for person in (mallory, auditor):
        with pytest.raises(NotPermitted):
            predictions.file(deployment=live, blob=blob, rows=1, source="live", by=person)
        with pytest.raises(NotPermitted):
            outcomes.file(deployment=live, blob=blob, rows=1, by=person)
        with pytest.raises(NotPermitted):
            feedback.file(deployment=live, prediction_id="1", kind="confirmed", by=person)
    assert not OutcomeBatch.objects.exists()
    assert not Feedback.objects.exists()


def test_anybody_of_the_team_says_something_about_a_prediction(
    live: Deployment, validator: User
) -> None:
    said = feedback.file(
        deployment=live, prediction_id="run1-1", kind="disputed", comment="Wrong", by=validator
    )
    assert said.filed_by == validator
    assert told(events.FEEDBACK_FILED)[0]["detail"]["prediction_id"] == "run1-1"


@pytest.mark.parametrize(
    ("kind", "said"), [("disputed", "expected a comment"), ("liked", "expected a comment")]
)
def test_a_dispute_without_a_word_is_refused(
    kind: str, said: str, live: Deployment, owner: User
) -> None:
    with pytest.raises(Malformed, match=said):
        feedback.file(deployment=live, prediction_id="1", kind=kind, by=owner)
    assert told(events.FEEDBACK_FILED) == []
