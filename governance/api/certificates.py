"""Certificates and the gate over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.models import Certificate
from governance.services import certificates, gate
from people.states import Scope

_TEAM = "request__team"


class CertificateSerializer(serializers.ModelSerializer):
    """A certificate with the exact text that is signed."""

    class Meta:
        model = Certificate
        fields = ["id", "request", "subject_type", "subject_id", "subject_digest", "environment"]
        fields += ["statement", "digest", "signature", "key_id", "issued_at", "expires_at"]
        fields += ["revoked_at", "revoked_by", "revoked_reason"]


class RevokeSerializer(serializers.Serializer):
    """Why it is revoked."""

    reason = serializers.CharField()


class AnswerSerializer(serializers.Serializer):
    """May this digest run in this environment now? Anything but a clear yes is a no."""

    allowed = serializers.BooleanField()
    why = serializers.CharField()
    certificate = CertificateSerializer(allow_null=True)


class CertificateViewSet(ReadOnlyModelViewSet):
    """Certificates are issued by approval, and revoked."""

    queryset = Certificate.objects.order_by("-id")
    serializer_class = CertificateSerializer
    filterset_fields = ["subject_type", "subject_id", "subject_digest", "environment", "request"]
    scopes = {"revoke": Scope.DECIDE}

    def get_queryset(self) -> QuerySet[Certificate]:
        """The certificates of the person's teams."""
        return visible.to(self.request, super().get_queryset(), team=_TEAM)

    @extend_schema(request=RevokeSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take its effect away, for good."""
        said = RevokeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        revoked = certificates.revoke(
            self.get_object(), by=visible.asker(request), **said.validated_data
        )
        return Response(self.get_serializer(revoked).data)


class GateView(APIView):
    """The gate for any pipeline: 200 with `allowed` true or false, and why."""

    @extend_schema(
        parameters=[
            OpenApiParameter("digest", str, required=True),
            OpenApiParameter("environment", str, required=True),
        ],
        responses={200: AnswerSerializer},
    )
    def get(self, request: Request) -> Response:
        """Ask with the digest of a manifest and the name of an environment.

        Whoever knows the digest is answered; the certificate is shown to its own team.
        """
        asked = request.query_params
        answer = gate.ask(asked.get("digest", ""), asked.get("environment", ""))
        held = answer.certificate
        if (
            held
            and not visible.to(request, Certificate.objects.filter(pk=held.pk), team=_TEAM).exists()
        ):
            answer = answer._replace(certificate=None)
        return Response(AnswerSerializer(answer).data)
