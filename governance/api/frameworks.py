"""Frameworks, requirements and coverage over the API."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.models import Control, Framework, Requirement
from governance.services import coverage


class ControlSerializer(serializers.ModelSerializer):
    """Something an organisation does, and the evidence that shows it."""

    class Meta:
        model = Control
        fields = ["id", "slug", "title", "text", "evidence_kinds"]


class RequirementSerializer(serializers.ModelSerializer):
    """One demand, in our own words, with its citation and how sure that is (`basis`)."""

    framework_slug = serializers.CharField(source="framework.slug", read_only=True)
    controls = ControlSerializer(many=True, read_only=True)

    class Meta:
        model = Requirement
        fields = ["id", "framework", "framework_slug", "slug", "title", "text", "citation"]
        fields += ["basis", "scope", "evidence_kinds", "controls"]


class FrameworkSerializer(serializers.ModelSerializer):
    """A law, regulation or standard."""

    class Meta:
        model = Framework
        fields = ["id", "slug", "title", "version", "jurisdiction", "text"]


class KindAnswerSerializer(serializers.Serializer):
    """Whether one kind of evidence is held, and which."""

    kind = serializers.CharField()
    verdict = serializers.CharField()
    why = serializers.CharField()
    evidence = serializers.IntegerField(source="evidence.pk", allow_null=True, default=None)
    certificate = serializers.IntegerField(source="certificate.pk", allow_null=True, default=None)


class CoverageSerializer(serializers.Serializer):
    """One requirement, its verdict, and what answers it."""

    requirement = serializers.IntegerField(source="requirement.pk")
    slug = serializers.CharField(source="requirement.slug")
    title = serializers.CharField(source="requirement.title")
    citation = serializers.CharField(source="requirement.citation")
    basis = serializers.CharField(source="requirement.basis")
    scope = serializers.CharField(source="requirement.scope")
    verdict = serializers.CharField()
    why = serializers.CharField()
    answers = KindAnswerSerializer(many=True)


class FrameworkViewSet(ReadOnlyModelViewSet):
    """The frameworks that are loaded."""

    queryset = Framework.objects.order_by("-id")
    serializer_class = FrameworkSerializer
    filterset_fields = ["slug", "jurisdiction"]
    search_fields = ["title"]


class RequirementViewSet(ReadOnlyModelViewSet):
    """The requirements of the frameworks, and the controls that answer them."""

    queryset = (
        Requirement.objects.select_related("framework").prefetch_related("controls").order_by("-id")
    )
    serializer_class = RequirementSerializer
    filterset_fields = ["framework", "framework__slug", "scope", "basis"]
    search_fields = ["title", "text", "citation"]


class CoverageView(APIView):
    """What of a framework the evidence about a subject answers. It is no legal opinion."""

    @extend_schema(
        parameters=[
            OpenApiParameter("framework", str, required=True),
            OpenApiParameter("subject_type", str, default="model_version"),
            OpenApiParameter("subject_id", str, required=True),
        ],
        responses={200: CoverageSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Each requirement with its verdict."""
        asked = request.query_params
        slug = serializers.SlugField().run_validation(asked.get("framework", ""))
        framework = get_object_or_404(Framework, slug=slug)
        kind = asked.get("subject_type", "model_version")
        about = visible.subject(request, kind, asked.get("subject_id", ""))
        return Response(CoverageSerializer(coverage.of(framework, about), many=True).data)
