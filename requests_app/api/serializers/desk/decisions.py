"""A reviewer's decision, and what became of the request by it."""

from rest_framework import serializers

from requests_app.api.serializers.desk.steps import VoteSerializer
from requests_app.api.serializers.shown import ChoiceField
from requests_app.models import Vote
from requests_app.states import RequestState, StageState


class DecidedSerializer(VoteSerializer):
    """Your decision, and the states that it led to."""

    request = serializers.CharField(source="stage.access_request.public_id", read_only=True)
    state = ChoiceField(RequestState, source="stage.access_request.state")
    step = serializers.CharField(source="stage.step.name", read_only=True)
    step_state = ChoiceField(StageState, source="stage.state")
    grant = serializers.SerializerMethodField(help_text="What it granted, if it was the last.")

    def get_grant(self, vote: Vote) -> str | None:
        found = vote.stage.access_request.grants.first()
        return found.public_id if found else None
