"""Evidence and attestations over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.models import Evidence, EvidenceReview
from governance.services import attestations
from governance.states import Producer
from people.states import Scope

LISTED = [
    "id",
    "kind",
    "team",
    "subject_type",
    "subject_id",
    "subject_label",
    "subject_digest",
    "producer",
    "produced_by",
    "effective_from",
    "expires_at",
    "digest",
    "filed_at",
    "reviews",
]


class ReviewSerializer(serializers.ModelSerializer):
    """What a reviewer said of the report that shows the evidence."""

    reviewer_name = serializers.CharField(source="reviewer.__str__", read_only=True)

    class Meta:
        model = EvidenceReview
        fields = ["id", "verdict", "reviewer", "reviewer_name", "reason", "shown_digest"]
        fields += ["reviewed_at"]


class EvidenceSerializer(serializers.ModelSerializer):
    """One piece of evidence, without its measures."""

    reviews = ReviewSerializer(many=True, read_only=True)

    class Meta:
        model = Evidence
        fields = LISTED


class EvidenceDetailSerializer(EvidenceSerializer):
    """One piece of evidence with its measures, tables and attachments."""

    class Meta:
        model = Evidence
        fields = [*LISTED, "measures", "details", "attachments"]


class AttestationRequestSerializer(serializers.Serializer):
    """What a person states about a subject, signing."""

    kind = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    statement = serializers.CharField()
    password = serializers.CharField(write_only=True, trim_whitespace=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class EvidenceViewSet(ReadOnlyModelViewSet):
    """Evidence is filed by runs and people, and never edited."""

    queryset = (
        Evidence.objects.select_related("team")
        .prefetch_related("reviews__reviewer")
        .order_by("-id")
    )
    filterset_fields = ["kind", "team", "subject_type", "subject_id", "subject_digest", "producer"]
    search_fields = ["subject_label", "kind"]
    ordering_fields = ["id", "filed_at"]

    def get_queryset(self) -> QuerySet[Evidence]:
        """Evidence about what the person may see; a list leaves the tables out."""
        rows = visible.to(self.request, super().get_queryset())
        return rows.defer("details", "measures") if self.action == "list" else rows

    def get_serializer_class(self) -> type[EvidenceSerializer]:
        """Measures and tables are shown one piece at a time."""
        return EvidenceSerializer if self.action == "list" else EvidenceDetailSerializer


class AttestationViewSet(EvidenceViewSet):
    """Evidence by a person, who signed what they state."""

    queryset = EvidenceViewSet.queryset.filter(producer=Producer.PERSON)
    scopes = {"create": Scope.DECIDE}

    @extend_schema(request=AttestationRequestSerializer, responses={201: EvidenceDetailSerializer})
    def create(self, request: Request) -> Response:
        """Attest, signing with the password."""
        said = AttestationRequestSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        stated = dict(said.validated_data)
        about = visible.subject(request, stated.pop("subject_type"), stated.pop("subject_id"))
        filed = attestations.attest(subject=about, by=visible.asker(request), **stated)
        return Response(EvidenceDetailSerializer(filed).data, status=status.HTTP_201_CREATED)
