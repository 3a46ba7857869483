"""What the trail captures of governance: everything."""

from trail import services as trail
from trail.services import Governed

DECISIONS = (
    Governed("governance.Framework"),
    Governed("governance.Control"),
    Governed("governance.Requirement"),
    Governed("governance.Requirement_controls"),
    Governed("governance.Policy"),
    Governed("governance.PolicyVersion"),
    Governed("governance.Evidence"),
    Governed("governance.EvidenceReview"),
    Governed("governance.ApprovalRequest"),
    Governed("governance.Decision"),
    Governed("governance.Certificate"),
    Governed("governance.Waiver"),
)

trail.declare(*DECISIONS)
