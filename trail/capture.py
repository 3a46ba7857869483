"""What the trail captures of itself: nothing by triggers. Its own tables are the record."""

from trail import services as trail
from trail.services import Exempt

_ITSELF = "it is the record; changes are refused by guards and found by the hashes"

DECISIONS = (
    Exempt("trail.InboxRow", because="the inbox of the record"),
    Exempt("trail.Entry", because=_ITSELF),
    Exempt("trail.Payload", because=_ITSELF),
    Exempt("trail.SubjectKey", because="keys are never recorded"),
    Exempt("trail.Head", because="recomputed by every verification"),
    Exempt("trail.Tile", because=_ITSELF),
    Exempt("trail.Checkpoint", because=_ITSELF),
    Exempt("trail.SigningKey", because="recorded as trail.key.added by the service"),
    Exempt("trail.CapturedTable", because="recorded as trail.capture.changed on installation"),
    Exempt("trail.VerificationRecord", because="recorded as trail.log.verified by the service"),
)

trail.declare(*DECISIONS)
