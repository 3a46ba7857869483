"""Requests for approval, the decisions on them, and the certificates they yield."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from governance.models.policy import PolicyVersion
from governance.states import DecisionKind, RequestState
from models_registry.models.immutable import WrittenOnce
from people.models import Signature, Team
from people.states import Role


class ApprovalRequest(models.Model):
    """Something put before deciders, bound to the digest it had then.

    The subject is named by type, id, label and digest, so that one table serves every kind.
    A request is open until it is approved, rejected or withdrawn, and closed for good after
    that. Whoever wants another answer opens another request.
    """

    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="approval_requests",
        help_text="none for a policy that binds every team",
    )
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=255)
    subject_digest = models.CharField(max_length=64)
    subject_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    environment = models.CharField(max_length=50, blank=True, default="")
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="approval_requests"
    )
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="governance_one_open_request_per_subject_and_environment",
                fields=["subject_type", "subject_id", "environment"],
                condition=Q(state=RequestState.OPEN),
            ),
            models.CheckConstraint(
                name="governance_a_request_is_open_or_closed",
                condition=Q(state=RequestState.OPEN, closed_at__isnull=True)
                | (~Q(state=RequestState.OPEN) & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        place = f" to {self.environment}" if self.environment else ""
        return f"{self.subject_label}{place}"


class Decision(WrittenOnce):
    """What one person decided on one request, signed.

    `requested_by` and `subject_author` repeat the request's, so that the database itself can
    refuse a person who decides on their own work.
    """

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    subject_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    reason = models.TextField()
    conditions = models.TextField(blank=True)
    subject_digest = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="governance_a_person_decides_once_per_request",
                fields=["request", "decided_by"],
            ),
            models.CheckConstraint(
                name="governance_nobody_decides_their_own_request",
                condition=~Q(decided_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="governance_nobody_decides_on_their_own_work",
                condition=~Q(decided_by=F("subject_author")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.decided_by}"


class Certificate(models.Model):
    """A signed, expiring statement: this digest may run in this environment until then."""

    request = models.OneToOneField(
        ApprovalRequest, on_delete=models.PROTECT, related_name="certificate"
    )
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_digest = models.CharField(max_length=64, db_index=True)
    environment = models.CharField(max_length=50)
    statement = models.TextField(help_text="canonical JSON; the bytes that are signed")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the statement")
    signature = models.CharField(max_length=128, help_text="Ed25519, hexadecimal")
    key_id = models.CharField(max_length=8)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    revoked_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="governance_a_certificate_expires_after_it_is_issued",
                condition=Q(expires_at__gt=F("issued_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"certificate {self.digest[:12]}"
