"""Usage under a grant."""

from typing import Any

from rest_framework import serializers

from requests_app.reports.usage import GrantUsage


class NumbersSerializer(serializers.Serializer[Any]):
    """Amount used."""

    requests = serializers.IntegerField(read_only=True)
    input_tokens = serializers.IntegerField(read_only=True)
    output_tokens = serializers.IntegerField(read_only=True)
    cost_usd = serializers.DecimalField(20, 6, read_only=True)


class UseOfModelSerializer(serializers.Serializer[Any]):
    """One key and model, since the grant began."""

    key = serializers.CharField(read_only=True)
    last_four = serializers.CharField(read_only=True)
    model = serializers.CharField(read_only=True)
    used = NumbersSerializer(source="numbers", read_only=True)


class QuotaSerializer(serializers.Serializer[Any]):
    """One limit and what is left of it."""

    name = serializers.CharField(read_only=True)
    limit = serializers.IntegerField(read_only=True)
    used = serializers.DecimalField(20, 6, read_only=True)
    left = serializers.DecimalField(20, 6, read_only=True)


class UsageSerializer(serializers.Serializer[GrantUsage]):
    """Usage under a grant, and what is left. Without limits, `quotas` is empty."""

    total = NumbersSerializer(read_only=True)
    today = NumbersSerializer(source="used_today", read_only=True)
    quotas = QuotaSerializer(many=True, read_only=True)
    by_key = UseOfModelSerializer(source="lines", many=True, read_only=True)
