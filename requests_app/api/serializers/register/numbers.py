"""The public numbers, with the same rows held back as on the page."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from requests_app.reports.public_numbers.statistics import COLUMNS, RequestCounts


class NumbersRowSerializer(serializers.Serializer[RequestCounts]):
    """Requests sent for review. Outcomes are null where they would tell of individuals."""

    requests = serializers.IntegerField(source="asked", read_only=True)
    open = serializers.IntegerField(read_only=True, allow_null=True)
    granted = serializers.IntegerField(read_only=True, allow_null=True)
    denied = serializers.IntegerField(read_only=True, allow_null=True)
    expired = serializers.IntegerField(read_only=True, allow_null=True)
    withdrawn = serializers.IntegerField(read_only=True, allow_null=True)
    median_seconds = serializers.SerializerMethodField(
        help_text="Median time from the last submission to the decision. Null with too few."
    )

    def to_representation(self, row: RequestCounts) -> dict[str, Any]:
        shown = super().to_representation(row)
        hidden = () if row.shows_outcomes else (*COLUMNS, "median_seconds")
        return {**shown, **dict.fromkeys(hidden)}

    def get_median_seconds(self, row: RequestCounts) -> int | None:
        return None if row.median is None else row.median // timedelta(seconds=1)


class PolicyNumbersSerializer(NumbersRowSerializer):
    """The requests under all versions of one policy."""

    policy = serializers.CharField(source="name", read_only=True, help_text="Its name.")


class ModelNumbersSerializer(NumbersRowSerializer):
    """The requests for one model. One for two models counts for each."""

    model = serializers.CharField(source="identifier", read_only=True)
    name = serializers.CharField(read_only=True)


class StandingNumbersSerializer(serializers.Serializer[Any]):
    """People with standing access. Null below five."""

    started = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Who ever started it."
    )
    live = serializers.IntegerField(read_only=True, allow_null=True, help_text="Who has it now.")


class PublicNumbersSerializer(serializers.Serializer[Any]):
    """All published tables."""

    overall = NumbersRowSerializer(read_only=True)
    by_policy = PolicyNumbersSerializer(many=True, read_only=True)
    by_model = ModelNumbersSerializer(many=True, read_only=True)
    standing = StandingNumbersSerializer(
        read_only=True, allow_null=True, help_text="Null while there has been no standing rule."
    )
