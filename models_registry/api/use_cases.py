"""Use cases over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.api.desk import Body, TeamRows, asking, read, revision_seen
from models_registry.models import UseCase
from models_registry.services import use_cases
from people.models import Team


class UseCaseSerializer(serializers.ModelSerializer):
    """A use case, and why it has its tier."""

    team_name = serializers.CharField(source="team.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)
    risk_reason = serializers.SerializerMethodField()

    class Meta:
        model = UseCase
        fields = (
            "id", "team", "team_name", "name", "slug", "purpose", "domain", "jurisdictions",
            "questionnaire", "answers", "risk_tier", "risk_reason", "created_by",
            "created_by_name", "created_at", "revision",
        )  # fmt: skip

    def get_risk_reason(self, use_case: UseCase) -> str:
        """The sentence the questionnaire's answers lead to."""
        return use_cases.risk_reason(use_case)


class UseCaseChanges(Body):
    """What can be changed of a use case."""

    name = serializers.CharField()
    purpose = serializers.CharField()
    domain = serializers.CharField()
    jurisdictions = serializers.ListField(child=serializers.CharField(), default=list)
    answers = serializers.JSONField()


class UseCaseBody(UseCaseChanges):
    """What a new use case needs."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all())


class QuestionSerializer(serializers.Serializer):
    """One question, answered by true or false."""

    key = serializers.CharField()
    text = serializers.CharField()
    tier_if_yes = serializers.CharField()


class QuestionnaireSerializer(serializers.Serializer):
    """The questions a use case must answer."""

    version = serializers.IntegerField()
    questions = QuestionSerializer(many=True)


class UseCaseViewSet(TeamRows):
    """Use cases: AI systems with their purpose, domain and risk tier."""

    queryset = UseCase.objects.select_related("team", "created_by").order_by("-id")
    serializer_class = UseCaseSerializer
    filterset_fields = ["team", "domain", "risk_tier", "slug"]
    search_fields = ["name", "purpose"]

    @extend_schema(request=UseCaseBody, responses={201: UseCaseSerializer})
    def create(self, request: Request) -> Response:
        """Enter a use case; its risk tier follows from the answers."""
        return self.created(use_cases.create(by=asking(request), **read(UseCaseBody, request)))

    @extend_schema(request=UseCaseChanges(partial=True), responses=UseCaseSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a use case. `If-Match` names the revision seen; 412 if there is a newer one."""
        use_case = self.get_object()
        changes = read(UseCaseChanges, request, partial=True)
        seen = revision_seen(request, use_case)
        return self.changed(
            use_cases.update(use_case, revision=seen, by=asking(request), **changes)
        )

    @extend_schema(responses=QuestionnaireSerializer)
    @action(detail=False, filterset_fields=None, pagination_class=None)
    def questionnaire(self, request: Request) -> Response:
        """The questions from whose answers the risk tier follows."""
        return Response(QuestionnaireSerializer(use_cases.questionnaire()).data)
