"""Reports over HTTP: read, accepted, returned."""

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from audits.api.answers import person, read
from audits.models import Report
from audits.reports import content_security_policy
from audits.services import reports
from people.services import roles
from people.states import Scope


class ReportSerializer(serializers.ModelSerializer):
    """A report and what became of it."""

    kind = serializers.CharField(source="evidence.kind", read_only=True)
    team = serializers.IntegerField(source="run.team_id", read_only=True)
    reviewed_by_name = serializers.CharField(
        source="reviewed_by.__str__", read_only=True, default=None
    )

    class Meta:
        model = Report
        fields = ["id", "title", "kind", "team", "run", "evidence", "digest", "state"]
        fields += ["drafted_at", "reviewed_by", "reviewed_by_name", "reviewed_at"]
        fields += ["review_reason"]
        read_only_fields = fields


class AcceptSerializer(serializers.Serializer):
    """The password that signs, and a word if there is one."""

    password = serializers.CharField(write_only=True, trim_whitespace=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class ReturnSerializer(AcceptSerializer):
    """The password that signs, and why it is returned."""

    reason = serializers.CharField()


class ReportViewSet(ReadOnlyModelViewSet):
    """Reports. They are drafted by runs and reviewed by people who did not ask for the run."""

    queryset = Report.objects.select_related(
        "run__team", "run__requested_by", "evidence", "reviewed_by"
    ).order_by("-id")
    serializer_class = ReportSerializer
    filterset_fields = ["state", "run", "evidence", "run__kind", "run__team"]
    search_fields = ["title"]
    scopes = {"accept": Scope.DECIDE, "return_": Scope.DECIDE}

    def get_queryset(self) -> QuerySet[Report]:
        """The reports of the person's teams."""
        seen = roles.visible_teams(person(self.request))
        rows = super().get_queryset().filter(run__team__in=seen)
        return rows.defer("run__spec", "run__result", "run__bundle", "run__traceback",
                          "evidence__measures", "evidence__details")  # fmt: skip

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.STR})
    @action(detail=True)
    def content(self, request: Request, pk: str) -> HttpResponse:
        """The page itself."""
        html = reports.html(self.get_object())
        page = HttpResponse(html, content_type="text/html; charset=utf-8")
        page["Content-Security-Policy"] = content_security_policy(html)
        return page

    @extend_schema(request=AcceptSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accept it, signing. 403 and 409 say why not."""
        said = read(AcceptSerializer, request)
        return self._told(reports.accept(self.get_object(), by=person(request), **said))

    @extend_schema(request=ReturnSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_(self, request: Request, pk: str) -> Response:
        """Return it, saying why and signing."""
        said = read(ReturnSerializer, request)
        return self._told(reports.return_(self.get_object(), by=person(request), **said))

    def _told(self, report: Report) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=report.pk)).data)
