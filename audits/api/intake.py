"""What is brought in over HTTP: joined with the registry's viewsets that show what became of it.

Each answers 202 with the run that reads it; what is wrong inside a file, the run says.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.answers import RunDetailSerializer, accepted, person, read
from audits.services import intake, scheduling
from audits.services.intake import File
from audits.states import RunKind
from people.states import Scope

DELIMITERS = (",", ";", "\t", "|")


class FileSerializer(serializers.Serializer):
    """A file, and how it is to be read."""

    file = serializers.FileField(allow_empty_file=True)
    delimiter = serializers.ChoiceField(
        choices=DELIMITERS, required=False, help_text="of a CSV file; a comma if not said"
    )
    null_values = serializers.ListField(
        child=serializers.CharField(allow_blank=True), required=False
    )


class SnapshotFileSerializer(FileSerializer):
    """A file for a dataset."""

    dataset = serializers.IntegerField()


class DeploymentFileSerializer(FileSerializer):
    """A file about a deployment."""

    deployment = serializers.IntegerField()


class PredictionSerializer(serializers.Serializer):
    """What a live deployment is asked: rows, or a snapshot of them."""

    deployment = serializers.IntegerField()
    rows = serializers.ListField(child=serializers.DictField(), required=False)
    snapshot = serializers.IntegerField(required=False)


class OutcomeSerializer(serializers.Serializer):
    """What really happened, by prediction."""

    deployment = serializers.IntegerField()
    outcomes = serializers.ListField(child=serializers.DictField(), allow_empty=False)


def _file(said: dict[str, Any]) -> File:
    sent: UploadedFile = said["file"]
    options = {name: said[name] for name in ("delimiter", "null_values") if said.get(name)}
    return File(sent.file, sent.name or "", options)  # type: ignore[arg-type]


def _has_file(request: Request) -> bool:
    return str(request.content_type).startswith("multipart/")


class SnapshotUpload:
    """POST a CSV or Parquet file for a dataset."""

    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        request={"multipart/form-data": SnapshotFileSerializer},
        responses={202: RunDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Bring in a file. 413 and 415 say what is not taken."""
        said = read(SnapshotFileSerializer, request)
        return accepted(intake.snapshot(said["dataset"], _file(said), by=person(request)), request)


class PredictionRequests:
    """POST rows to a live deployment, or a file of predictions made elsewhere."""

    parser_classes = [JSONParser, MultiPartParser, FormParser]
    scopes = {"create": Scope.PREDICT}

    @extend_schema(
        request={
            "application/json": PredictionSerializer,
            "multipart/form-data": DeploymentFileSerializer,
        },
        responses={202: RunDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Ask for predictions. 409 if the gate is closed for the deployed version."""
        if _has_file(request):
            said = read(DeploymentFileSerializer, request)
            run = intake.predictions(said["deployment"], _file(said), by=person(request))
        else:
            wanted = read(PredictionSerializer, request)
            run = scheduling.request_run(RunKind.PREDICT, wanted, by=person(request))
        return accepted(run, request)


class OutcomeUpload:
    """POST what really happened, as JSON or as a file."""

    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(
        request={
            "application/json": OutcomeSerializer,
            "multipart/form-data": DeploymentFileSerializer,
        },
        responses={202: RunDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Bring in outcomes; each names its prediction."""
        if _has_file(request):
            said = read(DeploymentFileSerializer, request)
            run = intake.outcomes(said["deployment"], _file(said), by=person(request))
        else:
            said = read(OutcomeSerializer, request)
            run = intake.outcomes_said(said["deployment"], said["outcomes"], by=person(request))
        return accepted(run, request)
