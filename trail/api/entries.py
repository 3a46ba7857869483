"""The entries of the trail: listed, filtered, never changed."""

import json
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from trail.api.pagination import IndexPagination
from trail.models import Entry
from trail.services import reading


class EntryFilter(django_filters.FilterSet):
    """Filters, each backed by an index; times become numbers first."""

    actor = django_filters.CharFilter(method="by_actor", help_text="username or reference")
    event_prefix = django_filters.CharFilter(field_name="event", lookup_expr="startswith")
    since = django_filters.IsoDateTimeFilter(method="in_time")
    until = django_filters.IsoDateTimeFilter(method="in_time")

    class Meta:
        model = Entry
        fields = ["event", "subject_type", "subject_id", "request_id", "run_id", "outcome"]

    def by_actor(self, entries: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """By whom, named as people name them or as the trail does."""
        return entries.filter(actor=reading.actor_named(value))

    def in_time(self, entries: QuerySet[Entry], name: str, value: Any) -> QuerySet[Entry]:
        """From `since` until `until`, both included."""
        return entries.filter(reading.between(**{"since": None, "until": None, name: value}))


class EntryListSerializer(serializers.ListSerializer):
    """A page of entries; who acted is looked up once for all of them."""

    def to_representation(self, data: Any) -> list[dict[str, Any]]:
        """The entries with their actors' names."""
        entries, one = list(data), self.child
        assert isinstance(one, EntrySerializer)
        one.names = reading.names(entry.actor for entry in entries)
        return [one.to_representation(entry) for entry in entries]


class EntrySerializer(serializers.ModelSerializer):
    """One entry: its columns, the bytes that are hashed, and the payload for who may read it."""

    names: dict[str, str] | None = None
    actor_name = serializers.SerializerMethodField()
    envelope = serializers.SerializerMethodField()
    leaf_hash = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        list_serializer_class = EntryListSerializer
        fields = [
            "index", "event", "actor", "actor_name", "subject_type", "subject_id", "occurred_at",
            "request_id", "run_id", "outcome", "envelope", "leaf_hash", "payload",
        ]  # fmt: skip

    def get_actor_name(self, entry: Entry) -> str:
        """A name for people; the reference where the account is gone."""
        names = reading.names([entry.actor]) if self.names is None else self.names
        return names.get(entry.actor, entry.actor)

    def get_envelope(self, entry: Entry) -> dict[str, Any]:
        """The hashed bytes, decoded."""
        return dict(json.loads(bytes(entry.envelope)))

    def get_leaf_hash(self, entry: Entry) -> str:
        """In hexadecimal."""
        return bytes(entry.leaf_hash).hex()

    def get_payload(self, entry: Entry) -> dict[str, Any] | None:
        """Old and new values, reason, address; only where it was fetched along."""
        return reading.payload_of(entry) if "payload" in entry._state.fields_cache else None


class EntryViewSet(ReadOnlyModelViewSet):
    """What happened, by number. Auditors see all of it; others their own acts."""

    queryset = Entry.objects.none()
    serializer_class = EntrySerializer
    pagination_class = IndexPagination
    filter_backends = [django_filters.rest_framework.DjangoFilterBackend]
    filterset_class = EntryFilter
    lookup_field = "index"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Entry]:
        """What this user may see."""
        return reading.visible_to(self.request.user)
