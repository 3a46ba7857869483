"""The words of `people`: roles and kinds of account."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person may do in a team. An auditor reads everything and changes nothing."""

    OWNER = "owner", "Model owner"
    VALIDATOR = "validator", "Validator"
    APPROVER = "approver", "Approver"
    STEWARD = "steward", "Data steward"
    AUDITOR = "auditor", "Auditor"
    OPERATOR = "operator", "Operator"


class AccountKind(TextChoices):
    """A person signs decisions; a service account only carries tokens."""

    PERSON = "person", "Person"
    SERVICE = "service", "Service account"


class Scope(TextChoices):
    """What an API token may be used for. Each includes reading what its person may read."""

    READ = "read", "Read"
    WRITE = "write", "Register, upload, request runs and approvals"
    DECIDE = "decide", "Decide on requests, signing with the password"
    PREDICT = "predict", "Ask a live deployment for predictions"
