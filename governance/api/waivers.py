"""Waivers over the API."""

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.models import ApprovalRequest, Waiver
from governance.services import waivers

_REQUEST = (
    ApprovalRequest.objects.filter(
        subject_type="waiver", subject_id=Cast(OuterRef("pk"), CharField(max_length=64))
    )
    .order_by("-id")
    .values("pk")[:1]
)


class WaiverSerializer(serializers.ModelSerializer):
    """A waiver, and the request that decides on it."""

    approval_request = serializers.IntegerField(read_only=True)
    proposed_by_name = serializers.CharField(source="proposed_by.__str__", read_only=True)

    class Meta:
        model = Waiver
        fields = ["id", "team", "subject_type", "subject_id", "subject_label", "subject_digest"]
        fields += ["environment", "policy_digest", "rule", "reason", "compensating_measures"]
        fields += ["ends_at", "state", "proposed_by", "proposed_by_name", "proposed_at"]
        fields += ["approval_request"]


class ProposalSerializer(serializers.Serializer):
    """Which rule is set aside for what, why, and until when."""

    subject_type = serializers.CharField(default="model_version")
    subject_id = serializers.CharField()
    environment = serializers.SlugField()
    rule = serializers.CharField()
    reason = serializers.CharField()
    compensating_measures = serializers.CharField(required=False, allow_blank=True, default="")
    ends_at = serializers.DateTimeField()


class WithdrawWaiverSerializer(serializers.Serializer):
    """Why it ends early."""

    reason = serializers.CharField()


class WaiverViewSet(ReadOnlyModelViewSet):
    """Waivers are proposed, approved by others, and end."""

    queryset = (
        Waiver.objects.select_related("proposed_by")
        .annotate(approval_request=Subquery(_REQUEST))
        .order_by("-id")
    )
    serializer_class = WaiverSerializer
    filterset_fields = ["state", "team", "environment", "subject_type", "subject_id", "rule"]
    search_fields = ["subject_label", "rule"]

    def get_queryset(self) -> QuerySet[Waiver]:
        """The waivers of the person's teams."""
        return visible.to(self.request, super().get_queryset())

    @extend_schema(request=ProposalSerializer, responses={201: WaiverSerializer})
    def create(self, request: Request) -> Response:
        """Propose a waiver; its approval request is opened with it."""
        form = ProposalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = dict(form.validated_data)
        about = visible.subject(request, asked.pop("subject_type"), asked.pop("subject_id"))
        proposed = waivers.propose(subject=about, by=visible.asker(request), **asked)
        shown = self.get_serializer(self.get_queryset().get(pk=proposed.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=WithdrawWaiverSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """End it before its date."""
        said = WithdrawWaiverSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        ended = waivers.withdraw(
            self.get_object(), by=visible.asker(request), **said.validated_data
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=ended.pk)).data)
