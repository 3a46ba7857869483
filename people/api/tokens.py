"""API tokens: had for a password, shown once, revoked at any time."""

from datetime import timedelta
from typing import Any, cast

from django.contrib.auth import authenticate
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from people.models import ApiToken, User
from people.services import tokens
from people.states import Scope
from trail import services as trail

DAYS = 30
MOST_DAYS = 36_500  # how many are given is the service's to say


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without its secret."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), read_only=True)

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "label",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        ]
        read_only_fields = fields


class TokenRequestSerializer(serializers.Serializer[None]):
    """Who asks, and for what."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=4096, trim_whitespace=False, write_only=True, style={"input_type": "password"}
    )
    label = serializers.CharField(  # type: ignore[assignment]  # a field's own name
        max_length=100, required=False, default="", allow_blank=True
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), allow_empty=False, default=[Scope.READ]
    )
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=DAYS)
    account = serializers.CharField(
        max_length=150,
        required=False,
        help_text="A service account to issue for, instead of one's own.",
    )


class IssuedTokenSerializer(serializers.Serializer[tokens.IssuedToken]):
    """A new token. Nobody can read it again."""

    id = serializers.IntegerField(source="token.id")
    token = serializers.CharField(source="secret")
    scopes = serializers.ListField(
        source="token.scopes", child=serializers.ChoiceField(Scope.choices)
    )
    expires_at = serializers.DateTimeField(source="token.expires_at")


class TokenViewSet(ReadOnlyModelViewSet[ApiToken]):
    """One's own API tokens."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    filterset_fields = ["label"]
    idempotent = False  # a secret is not kept, not even for a day

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Those of the account that asks."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=cast(User, self.request.user))

    def get_permissions(self) -> list[BasePermission]:
        """A first token is had with a password alone."""
        if self.action == "create":
            return [permissions.AllowAny()]
        return cast(list[BasePermission], super().get_permissions())

    @extend_schema(request=TokenRequestSerializer, responses={201: IssuedTokenSerializer}, auth=[])
    def create(self, request: Request) -> Response:
        """Issue a token for account and password. It is shown this once."""
        wanted = TokenRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        issued = _issue(request, **wanted.validated_data)
        return Response(IssuedTokenSerializer(issued).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=TokenSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a token at once."""
        revoked = tokens.revoke(self.get_object(), by=cast(User, request.user))
        return Response(self.get_serializer(revoked).data)


def _issue(
    request: Request, *, username: str, password: str, account: str = "", **wanted: Any
) -> tokens.IssuedToken:
    by = authenticate(request._request, username=username, password=password)
    if by is None:
        raise AuthenticationFailed("that name and password do not belong together")
    trail.set_actor(by, auth={"method": "password"})
    holder = User.objects.filter(username=account).first() if account else by
    if holder is None:
        raise serializers.ValidationError({"account": [f"there is no account {account!r}"]})
    return tokens.issue(
        holder=holder,
        by=by,
        label=wanted["label"],
        scopes=wanted["scopes"],
        valid_for=timedelta(days=wanted["days"]),
    )
