"""A validation names columns that the snapshot has, or is refused before it starts."""

import pytest

from audits.services import reports, scheduling
from governance.models import Evidence
from models_registry.models import ModelVersion
from people.errors import Malformed

pytestmark = pytest.mark.slow


@pytest.fixture
def version(train_spec, owner, carried_out) -> ModelVersion:
    """A version, trained here."""
    run = carried_out(scheduling.request_run("train", train_spec, by=owner))
    assert run.state == "succeeded", run.error + run.traceback
    return ModelVersion.objects.get(pk=run.result["version"])


def test_a_slice_column_that_is_none_is_refused_at_once(version, parts, validator):
    spec = {"version": version.pk, "snapshot": parts["test"].pk, "slices": ["race", "regon"]}
    with pytest.raises(Malformed, match="no column 'regon'; it has") as refused:
        scheduling.request_run("validate", spec, by=validator)
    assert [error["message"] for error in refused.value.errors] == [
        f"no column 'regon' in {parts['test']}"
    ]


def test_slices_are_filed_as_evidence(version, parts, validator, carried_out):
    spec = {"version": version.pk, "snapshot": parts["test"].pk, "slices": ["race"]}
    run = carried_out(scheduling.request_run("validate", spec, by=validator))
    assert run.state == "succeeded", run.error + run.traceback
    evidence = Evidence.objects.get(pk=run.result["evidence"])
    groups = {one["slice"]["group"] for one in evidence.measures if one["slice"]}
    assert groups == {"white", "black", "hispanic"}
    assert "For whom does it work least well?" in reports.html(evidence.report)
