"""The counts that later windows are compared with: kept with the validation that was approved."""

from typing import NamedTuple

from audits.jobs.contract import REFERENCE_COUNTS
from governance.services import certificates
from governance.states import Producer
from models_registry.models import Deployment


class Kept(NamedTuple):
    """Digest of the counts, and the evidence they are attached to."""

    digest: str
    evidence: int


def of(deployment: Deployment) -> Kept | None:
    """Those of the validation that the deployment's certificate names; None if there are none."""
    held = certificates.evidence_behind(deployment.certificate_digest, "validation_run")
    if held is None or held.producer != Producer.RUN:  # an attested file was not counted here
        return None
    digests = [each["digest"] for each in held.attachments if each["name"] == REFERENCE_COUNTS]
    return Kept(digests[0], held.pk) if digests else None
