"""Recipes over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.api.desk import Body, TeamRows, asking, read
from models_registry.models import Recipe
from models_registry.services import recipes
from people.models import Team


class RecipeSerializer(serializers.ModelSerializer):
    """A recipe with its steps, every default written out."""

    team_name = serializers.CharField(source="team.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Recipe
        fields = (
            "id", "team", "team_name", "name", "number", "steps", "digest", "created_by",
            "created_by_name", "created_at",
        )  # fmt: skip


class RecipeBody(Body):
    """What a new recipe needs."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all())
    name = serializers.CharField()
    steps = serializers.JSONField()


class RecipeViewSet(TeamRows):
    """Recipes: declared, replayable preparation. A change is the next number of the name."""

    queryset = Recipe.objects.select_related("team", "created_by").order_by("-id")
    serializer_class = RecipeSerializer
    filterset_fields = ["team", "name", "number", "digest"]
    search_fields = ["name"]

    @extend_schema(request=RecipeBody, responses={201: RecipeSerializer})
    def create(self, request: Request) -> Response:
        """Declare a recipe. 400 names the step that cannot be read."""
        return self.created(recipes.create(by=asking(request), **read(RecipeBody, request)))
