"""Requests for approval over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.api.judgements import JudgementSerializer
from governance.models import ApprovalRequest, Decision
from governance.services import approvals, judgement
from people.states import Scope


class DecisionSerializer(serializers.ModelSerializer):
    """What one person decided, and what they signed."""

    decided_by_name = serializers.CharField(source="decided_by.__str__", read_only=True)
    signed = serializers.CharField(source="signature.statement", read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "kind", "role", "decided_by", "decided_by_name", "reason", "conditions"]
        fields += ["subject_digest", "signed", "decided_at"]


class ApprovalRequestSerializer(serializers.ModelSerializer):
    """A request as a list shows it."""

    policy = serializers.CharField(source="policy_version.__str__", read_only=True)
    requested_by_name = serializers.CharField(source="requested_by.__str__", read_only=True)

    class Meta:
        model = ApprovalRequest
        fields = ["id", "team", "subject_type", "subject_id", "subject_label", "subject_digest"]
        fields += ["subject_author", "environment", "policy_version", "policy", "note", "state"]
        fields += ["requested_by", "requested_by_name", "requested_at", "closed_at"]


class ApprovalRequestDetailSerializer(ApprovalRequestSerializer):
    """A request with every rule, every approval, the decisions and the certificate."""

    decisions = DecisionSerializer(many=True, read_only=True)
    certificate: Field = serializers.PrimaryKeyRelatedField(read_only=True, default=None)

    class Meta(ApprovalRequestSerializer.Meta):
        fields = [*ApprovalRequestSerializer.Meta.fields, "decisions", "certificate"]

    def to_representation(self, instance: ApprovalRequest) -> dict[str, Any]:
        """The request, and what the policy says of its subject now."""
        judged = JudgementSerializer(judgement.of_request(instance)).data
        return {**super().to_representation(instance), **judged}


class OpenSerializer(serializers.Serializer):
    """What is put before the deciders, and for which environment."""

    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    environment = serializers.SlugField(required=False, allow_blank=True, default="")
    note = serializers.CharField(required=False, allow_blank=True, default="")


class RejectSerializer(serializers.Serializer):
    """A decision with its reason, signed with the password."""

    password = serializers.CharField(write_only=True, trim_whitespace=False)
    reason = serializers.CharField()


class ApproveSerializer(RejectSerializer):
    """An approval, with conditions if there are any."""

    conditions = serializers.CharField(required=False, allow_blank=True, default="")


class WithdrawSerializer(serializers.Serializer):
    """Why it is taken back."""

    reason = serializers.CharField()


class ApprovalRequestViewSet(ReadOnlyModelViewSet):
    """Requests for approval. They are opened and decided, never edited or deleted."""

    queryset = ApprovalRequest.objects.select_related(
        "policy_version__policy", "requested_by"
    ).order_by("-id")
    serializer_class = ApprovalRequestDetailSerializer
    filterset_fields = ["state", "team", "environment", "subject_type", "subject_id"]
    search_fields = ["subject_label"]
    scopes = {"approve": Scope.DECIDE, "reject": Scope.DECIDE}

    def get_queryset(self) -> QuerySet[ApprovalRequest]:
        """The requests of the person's teams."""
        rows = visible.to(self.request, super().get_queryset())
        if self.action == "list":
            return rows
        together = ("decisions__decided_by", "decisions__signature")
        return rows.select_related("certificate", "team").prefetch_related(*together)

    def get_serializer_class(self) -> type[ApprovalRequestSerializer]:
        """Rules are judged one request at a time."""
        return (
            ApprovalRequestSerializer if self.action == "list" else ApprovalRequestDetailSerializer
        )

    @extend_schema(request=OpenSerializer, responses={201: ApprovalRequestDetailSerializer})
    def create(self, request: Request) -> Response:
        """Put a subject before the deciders. 409 says if no policy covers it."""
        asked = _read(OpenSerializer, request)
        about = visible.subject(request, asked.pop("subject_type"), asked.pop("subject_id"))
        opened = approvals.open(subject=about, by=visible.asker(request), **asked)
        return self._told(opened, status.HTTP_201_CREATED)

    @extend_schema(request=ApproveSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve, signing. 403, 409 and 422 say why not."""
        said = _read(ApproveSerializer, request)
        return self._told(approvals.approve(self.get_object(), by=visible.asker(request), **said))

    @extend_schema(request=RejectSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Reject for good, signing."""
        said = _read(RejectSerializer, request)
        return self._told(approvals.reject(self.get_object(), by=visible.asker(request), **said))

    @extend_schema(request=WithdrawSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take the request back."""
        said = _read(WithdrawSerializer, request)
        return self._told(approvals.withdraw(self.get_object(), by=visible.asker(request), **said))

    @extend_schema(
        parameters=[OpenApiParameter("version", int), OpenApiParameter("environment", str)],
        responses={200: JudgementSerializer},
    )
    @action(detail=False, pagination_class=None, filterset_fields=None)
    def preview(self, request: Request) -> Response:
        """What the policy would say of a model version now, before anybody asks."""
        version = visible.version(request, request.query_params.get("version", ""))
        judged = judgement.preview(version, request.query_params.get("environment", ""))
        return Response(JudgementSerializer(judged).data)

    def _told(self, request: ApprovalRequest, code: int = status.HTTP_200_OK) -> Response:
        fresh = self.get_queryset().get(pk=request.pk)
        return Response(ApprovalRequestDetailSerializer(fresh).data, status=code)


def _read(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    said = form(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
