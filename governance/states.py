"""The words of governance: verdicts, and the states things pass through."""

from django.db.models import TextChoices

from governance.rules.verdicts import PASSING, Verdict

__all__ = [
    "PASSING",
    "DecisionKind",
    "PolicyState",
    "Producer",
    "RequestState",
    "ReviewVerdict",
    "Verdict",
    "WaiverState",
]


class RequestState(TextChoices):
    """A request is open until it is approved, rejected or withdrawn; then closed for good."""

    OPEN = "open", "Open"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class DecisionKind(TextChoices):
    """What one person said to a request."""

    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"


class PolicyState(TextChoices):
    """A policy version is a draft until it is approved; one version of a policy is in force."""

    DRAFT = "draft", "Draft"
    IN_FORCE = "in_force", "In force"
    SUPERSEDED = "superseded", "Superseded"


class WaiverState(TextChoices):
    """A waiver holds once approved, until its end date or its withdrawal.

    Its date alone ends it; the state `ended` is written when another takes its place.
    """

    PROPOSED = "proposed", "Proposed"
    IN_FORCE = "in_force", "In force"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ENDED = "ended", "Ended"


class Producer(TextChoices):
    """Who made a piece of evidence."""

    RUN = "run", "A run"
    PERSON = "person", "A person"
    OUTSIDE = "outside", "An outside source"


class ReviewVerdict(TextChoices):
    """What a reviewer said of the report that shows a piece of evidence."""

    ACCEPTED = "accepted", "Accepted"
    RETURNED = "returned", "Returned"
