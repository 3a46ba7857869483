"""The words of the inventory."""

from django.db.models import TextChoices


class RiskTier(TextChoices):
    """How much harm a use case can do; follows from the questionnaire's answers."""

    MINIMAL = "minimal", "Minimal"
    LIMITED = "limited", "Limited"
    HIGH = "high", "High"
    PROHIBITED = "prohibited", "Prohibited"


class Domain(TextChoices):
    """The field a use case works in."""

    CREDIT = "credit", "Credit"
    INSURANCE = "insurance", "Insurance"
    EMPLOYMENT = "employment", "Employment"
    HEALTHCARE = "healthcare", "Healthcare"
    EDUCATION = "education", "Education"
    HOUSING = "housing", "Housing"
    PUBLIC_SECTOR = "public_sector", "Public sector"
    OTHER = "other", "Other"


class Classification(TextChoices):
    """How closely a dataset is held."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    RESTRICTED = "restricted", "Restricted"


class Part(TextChoices):
    """What a snapshot is for."""

    RAW = "raw", "As it arrived"
    PREPARED = "prepared", "Prepared, whole"
    TRAIN = "train", "Training part"
    TEST = "test", "Held-out part"
    LATER = "later", "Held back, as if it came later"


class ArtifactFormat(TextChoices):
    """The two formats that can be loaded without running what is inside."""

    SKOPS = "skops", "skops"
    ONNX = "onnx", "ONNX"


class Task(TextChoices):
    """What a model predicts."""

    BINARY = "binary_classification", "Binary classification"


class DeploymentState(TextChoices):
    """A deployment is live until it is replaced, rolled back or retired; then for good."""

    LIVE = "live", "Live"
    REPLACED = "replaced", "Replaced"
    ROLLED_BACK = "rolled_back", "Rolled back"
    RETIRED = "retired", "Retired"


class BatchSource(TextChoices):
    """How predictions came to be known."""

    LIVE = "live", "Answered here"
    UPLOADED = "uploaded", "Uploaded"


class FeedbackKind(TextChoices):
    """What somebody says about one prediction."""

    CONFIRMED = "confirmed", "Confirmed"
    DISPUTED = "disputed", "Disputed"
    COMMENT = "comment", "Comment"
