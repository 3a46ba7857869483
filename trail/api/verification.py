"""Whether the trail stands: the last result, and verifying it again."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from trail.models import Head, VerificationRecord
from trail.services import reading, verifying

LARGEST_INLINE = 200_000


class TooLong(APIException):
    """The trail is too long to be verified while somebody waits."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "the trail is too long to verify in one request; run manage.py verify_trail"


class VerificationSerializer(serializers.ModelSerializer):
    """What a verification found."""

    class Meta:
        model = VerificationRecord
        fields = ["id", "at", "size", "root", "ok", "faults", "seconds"]


class VerificationViewSet(ViewSet):
    """GET the last recorded result; POST to verify again (auditors and superusers)."""

    serializer_class = VerificationSerializer

    @extend_schema(responses=VerificationSerializer)
    def list(self, request: Request) -> Response:
        """The last result; where something is wrong is told to those who read everything."""
        latest = verifying.latest()
        if latest is None:
            raise NotFound("the trail has not been verified yet")
        told = dict(VerificationSerializer(latest).data)
        if not reading.may_read_all(request.user):
            told["faults"] = []
        return Response(told)

    @extend_schema(request=None, responses=VerificationSerializer)
    def create(self, request: Request) -> Response:
        """Verify the whole trail now."""
        if not reading.may_read_all(request.user):
            raise PermissionDenied("only an auditor or a superuser may have the trail verified")
        if Head.objects.filter(size__gt=LARGEST_INLINE).exists():
            raise TooLong
        verifying.verify_and_record(by=request.user)
        return Response(VerificationSerializer(verifying.latest()).data)
