"""A reviewer's decision, and what became of the request by it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.api.serializers.desk.steps import VoteSerializer
from requests_app.api.serializers.shown import ChoiceField
from requests_app.models import Vote
from requests_app.states import RequestState, StageState


class DecidedSerializer(VoteSerializer):
    """Your decision, and the states that it led to."""

    request = serializers.CharField(source="stage.access_request.public_id", read_only=True)
    state = serializers.SerializerMethodField()
    step = serializers.CharField(source="stage.step.name", read_only=True)
    step_state = serializers.SerializerMethodField(
        help_text="Still `open` when you only try a decision on a blind step."
    )
    grant = serializers.SerializerMethodField(help_text="What it granted, if it was the last.")

    @property
    def hides_count(self) -> bool:
        return bool(self.context.get("hides_count"))

    @extend_schema_field(ChoiceField(RequestState))
    def get_state(self, vote: Vote) -> str:
        return RequestState.IN_REVIEW if self.hides_count else vote.stage.access_request.state

    @extend_schema_field(ChoiceField(StageState))
    def get_step_state(self, vote: Vote) -> str:
        return StageState.OPEN if self.hides_count else vote.stage.state

    def get_grant(self, vote: Vote) -> str | None:
        found = None if self.hides_count else vote.stage.access_request.grants.first()
        return found.public_id if found else None
