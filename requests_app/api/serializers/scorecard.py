"""Serializers of promised and given notice."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.catalogue.models import Retirement
from requests_app.api.serializers.catalogue import DateChangeSerializer
from requests_app.reports.promises.scorecard import (
    ProviderScore,
    Unknown,
    Verdict,
    rule_for,
    score_of,
)
from requests_app.wording import scorecard

VERDICT_TEXT = "`none` where the promise or the announcement is unknown."


class ProviderScoreSerializer(serializers.Serializer[ProviderScore]):
    """How many of a provider's retirements got the promised notice."""

    provider = serializers.CharField(source="slug", read_only=True)
    name = serializers.CharField(read_only=True)
    retirements = serializers.IntegerField()
    kept = serializers.IntegerField()
    short = serializers.IntegerField()
    no_verdict = serializers.IntegerField(source="none")


class ScorecardSerializer(serializers.Serializer[dict[str, Any]]):
    """All providers that have retirements. Up to five minutes old."""

    rule = serializers.CharField(help_text="How notice is counted.", read_only=True)
    providers = ProviderScoreSerializer(many=True)


class NoticeRuleSerializer(serializers.Serializer[Any]):
    """The promise that a retirement was measured by."""

    days = serializers.IntegerField()
    kind = serializers.CharField(
        help_text="The kind of model it is for. Empty: for all.", read_only=True
    )


class ScoreSerializer(serializers.Serializer[Retirement]):
    """One retirement's notice."""

    model = serializers.CharField(source="ai_model.identifier", read_only=True)
    platform = serializers.CharField(read_only=True)
    round = serializers.IntegerField()
    announced = serializers.DateField(allow_null=True, help_text="A UTC date.")
    first_firm_date = serializers.DateField(
        source="first_firm", allow_null=True, help_text="A UTC date."
    )
    retires = serializers.DateField(allow_null=True, help_text="A UTC date.")
    date_changes = DateChangeSerializer(many=True)
    promised = serializers.SerializerMethodField(help_text="Null if nothing was promised.")
    given = serializers.SerializerMethodField(help_text="In days. Null if unknown.")
    short_by = serializers.SerializerMethodField(help_text="In days, 0 unless it was short.")
    verdict = serializers.SerializerMethodField(help_text=VERDICT_TEXT)
    reason = serializers.SerializerMethodField(help_text="Why there is no verdict.")

    @extend_schema_field(NoticeRuleSerializer(allow_null=True))
    def get_promised(self, row: Retirement) -> dict[str, Any] | None:
        rule = rule_for(row.ai_model.provider.notice_days, row.ai_model.kind)
        return rule._asdict() if rule else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_given(self, row: Retirement) -> int | None:
        return score_of(row, self.context["since"]).given

    @extend_schema_field(serializers.IntegerField())
    def get_short_by(self, row: Retirement) -> int:
        return score_of(row, self.context["since"]).short_by

    @extend_schema_field(serializers.ChoiceField(choices=list(Verdict)))
    def get_verdict(self, row: Retirement) -> str:
        return score_of(row, self.context["since"]).verdict

    @extend_schema_field(serializers.ChoiceField(choices=list(Unknown), allow_null=True))
    def get_reason(self, row: Retirement) -> str | None:
        return score_of(row, self.context["since"]).unknown


def rule() -> str:
    return str(scorecard.RULE)
