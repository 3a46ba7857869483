"""What governance holds: policies, evidence, requests and decisions, waivers, frameworks."""

from governance.models.approval import ApprovalRequest, Certificate, Decision
from governance.models.evidence import Evidence, EvidenceReview
from governance.models.framework import Control, Framework, Requirement
from governance.models.policy import Policy, PolicyVersion
from governance.models.waiver import Waiver

__all__ = [
    "ApprovalRequest",
    "Certificate",
    "Control",
    "Decision",
    "Evidence",
    "EvidenceReview",
    "Framework",
    "Policy",
    "PolicyVersion",
    "Requirement",
    "Waiver",
]
