"""Runs over HTTP."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from audits.api.answers import RunDetailSerializer, RunSerializer, accepted, person, read
from audits.models import Run
from audits.services import scheduling
from audits.states import RunKind
from people.errors import Malformed
from people.services import roles

#: Kinds with a door of their own, and where it is.
ELSEWHERE: dict[str, str] = {
    RunKind.INGEST: "POST the file to snapshots, predictions or outcomes",
    RunKind.PREDICT: "POST the rows or the snapshot to predictions",
}


class WantedSerializer(serializers.Serializer):
    """What kind of run is wanted, and its spec."""

    kind = serializers.CharField()
    spec = serializers.DictField()

    def validate_kind(self, kind: str) -> str:
        """Files are brought in where they are looked at first; predictions need their own scope."""
        if kind in ELSEWHERE:
            raise Malformed(f"a run of kind {kind} is not asked for here; {ELSEWHERE[kind]}")
        return kind


class RunViewSet(ReadOnlyModelViewSet):
    """Runs. They are asked for and cancelled, never edited or deleted."""

    queryset = Run.objects.select_related("team", "requested_by").order_by("-id")
    serializer_class = RunDetailSerializer
    filterset_fields = ["kind", "state", "team", "subject_type", "subject_id", "requested_by"]
    search_fields = ["subject_label"]
    ordering_fields = ["id", "requested_at", "ended_at"]

    def get_queryset(self) -> QuerySet[Run]:
        """The runs of the person's teams."""
        rows = super().get_queryset().filter(team__in=roles.visible_teams(person(self.request)))
        return rows.defer("spec", "result", "bundle", "traceback") if self._lists else rows

    def get_serializer_class(self) -> type[RunSerializer]:
        """Specs and results can be large: one run at a time."""
        return RunSerializer if self._lists else RunDetailSerializer

    @property
    def _lists(self) -> bool:
        return self.action == "list"

    @extend_schema(request=WantedSerializer, responses={202: RunDetailSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a run. 400 names what is wrong with the spec, 403 says what role is needed."""
        wanted = read(WantedSerializer, request)
        return accepted(scheduling.request_run(**wanted, by=person(request)), request)

    @extend_schema(request=None, responses={200: RunDetailSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Call it off. 409 if it has ended."""
        cancelled = scheduling.cancel(self.get_object(), by=person(request))
        return Response(self.get_serializer(cancelled).data)
