"""Models of the catalogue."""

from datetime import date
from typing import Any

from rest_framework import serializers

from lifecycle.catalogue.models import AIModel, DateChange, Replacement, Retirement
from requests_app.api.serializers.shown import Shown


class DateChangeSerializer(Shown[DateChange]):
    """One change of a retirement's date."""

    class Meta:
        model = DateChange
        fields = ("from_date", "to_date")


class RetirementSerializer(Shown[Retirement]):
    """The end of a model's serving on one platform."""

    notice_days = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="From the announcement to the retirement."
    )
    date_changes = DateChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Retirement
        fields = (
            "platform",
            "round",
            "announced",
            "retires",
            "retires_at",
            "precision",
            "extended_access_from",
            "notice_days",
            "date_changes",
        )


class ReplacementSerializer(Shown[Replacement]):
    """What the provider named as the successor."""

    class Meta:
        model = Replacement
        fields = ("identifier", "as_of")


class ModelSerializer(Shown[AIModel]):
    """A model of the catalogue."""

    provider = serializers.SlugRelatedField[Any](read_only=True, slug_field="slug")
    retired = serializers.SerializerMethodField(
        help_text="Whether a platform has stopped serving it by today (UTC)."
    )
    by_request = serializers.BooleanField(
        source="is_by_request", read_only=True, help_text="Whether access can be asked for."
    )
    access = serializers.SlugRelatedField[Any](
        source="access_routes", many=True, read_only=True, slug_field="kind"
    )
    retirements = RetirementSerializer(many=True, read_only=True)
    replacements = ReplacementSerializer(many=True, read_only=True)

    class Meta:
        model = AIModel
        fields = (
            "identifier",
            "name",
            "provider",
            "released",
            "retired",
            "by_request",
            "access",
            "withdrawn_at",
            "retirements",
            "replacements",
            "note",
            "sources",
        )

    def get_retired(self, ai_model: AIModel) -> bool:
        today: date = self.context["today"]
        return ai_model.is_retired(today)
