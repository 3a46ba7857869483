"""The words of `audits`: kinds of run, their states, and the states of a report."""

from django.db.models import TextChoices


class RunKind(TextChoices):
    """What a run does."""

    INGEST = "ingest", "Ingest"
    PROFILE = "profile", "Profile"
    PREPARE = "prepare", "Prepare"
    TRAIN = "train", "Train"
    VALIDATE = "validate", "Validate"
    FAIRNESS = "fairness", "Audit fairness"
    EXPLAIN = "explain", "Explain"
    PREDICT = "predict", "Predict"
    MONITOR = "monitor", "Monitor"


class RunState(TextChoices):
    """A run waits, is carried out, and ends once."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


#: A run in one of these has ended for good.
ENDED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


class ReportState(TextChoices):
    """A report is a draft until a reviewer accepts or returns it."""

    DRAFT = "draft", "Draft"
    ACCEPTED = "accepted", "Accepted"
    RETURNED = "returned", "Returned"
