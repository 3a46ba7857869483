"""How a run that was asked for is answered: 202, and where to look."""

from typing import Any, cast

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from audits.models import Run
from people.models import User


class RunSerializer(serializers.ModelSerializer):
    """A run as a list shows it."""

    team_name = serializers.CharField(source="team.name", read_only=True)
    requested_by_name = serializers.CharField(source="requested_by.__str__", read_only=True)

    class Meta:
        model = Run
        fields = ["id", "kind", "team", "team_name", "subject_type", "subject_id"]
        fields += ["subject_label", "subject_digest", "state", "progress", "progress_note"]
        fields += ["attempt", "requested_by", "requested_by_name", "requested_at"]
        fields += ["started_at", "ended_at", "cancel_requested_at", "result_digest", "error"]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run with what it was told, what came out and what is needed to repeat it."""

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "spec", "spec_version", "spec_digest"]
        fields += ["result", "bundle"]
        read_only_fields = fields


def accepted(run: Run, request: Request) -> Response:
    """The run, and its address in `Location`."""
    match = request.resolver_match
    name = ":".join([*(match.namespaces if match else []), "runs-detail"])
    location = reverse(name, args=[run.pk], request=request)
    shown = RunDetailSerializer(run).data
    return Response(shown, status=status.HTTP_202_ACCEPTED, headers={"Location": location})


def person(request: Request) -> User:
    """Who asks; the API's permission has let nobody in who is not signed in."""
    return cast(User, request.user)


def read(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """What was sent, in the form asked for."""
    said = form(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
