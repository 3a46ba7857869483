"""A judgement over the API: each rule with its verdict, each approval with who gave it."""

from rest_framework import serializers


class RuleSerializer(serializers.Serializer):
    """One rule in plain words, its verdict, why, and the numbers it rests on (as text)."""

    key = serializers.CharField()
    text = serializers.CharField()
    verdict = serializers.CharField()
    why = serializers.CharField()
    evidence = serializers.IntegerField(source="evidence_id", allow_null=True)
    bound = serializers.CharField(allow_null=True)
    value = serializers.CharField(allow_null=True)
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)


class ApprovalNeedSerializer(serializers.Serializer):
    """How many in one role must agree, and who has."""

    key = serializers.CharField()
    role = serializers.CharField()
    text = serializers.CharField()
    needed = serializers.IntegerField()
    given = serializers.IntegerField()
    by = serializers.ListField(child=serializers.CharField())


class JudgementSerializer(serializers.Serializer):
    """What the policy says of a subject now. `ready`: no rule stands in the way."""

    rules = RuleSerializer(many=True)
    approvals = ApprovalNeedSerializer(many=True)
    ready = serializers.BooleanField()
