"""Steps of a review: votes, reviewers, comments and the timeline, as one reviewer may see them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.api.serializers.shown import ChoiceField
from requests_app.models import Stage, Vote
from requests_app.reports.review.reviewers import ReviewerStatus
from requests_app.reports.review.thread import CommentLine
from requests_app.reports.review.timeline import ReviewTimelineEntry
from requests_app.states import StageState


class OpenStepSerializer(serializers.Serializer[Stage]):
    """The step that is open, and what decides it."""

    name = serializers.CharField(source="step.name", read_only=True)
    opened_at = serializers.DateTimeField(read_only=True)
    due_at = serializers.DateTimeField(read_only=True)
    escalated_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Since when the alternates can decide too."
    )
    deadlocked_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Since when too few reviewers can decide."
    )
    approvals_to_pass = serializers.IntegerField(source="step.quorum", read_only=True)
    declines_to_fail = serializers.IntegerField(source="step.denials_to_fail", read_only=True)
    blind = serializers.BooleanField(
        source="step.blind", read_only=True, help_text="Whether votes are hidden until it closes."
    )


class VoteSerializer(serializers.Serializer[Vote]):
    """One vote."""

    by = serializers.CharField(source="voter", read_only=True)
    on_behalf_of = serializers.SerializerMethodField(
        help_text="Whose seat it was cast in, if they delegated it."
    )
    choice = ChoiceField(Vote.Choice)
    reason = serializers.CharField(read_only=True)
    cast_at = serializers.DateTimeField(read_only=True)

    def get_on_behalf_of(self, vote: Vote) -> str | None:
        return str(vote.seat) if vote.seat_id != vote.voter_id else None


class ReviewStepSerializer(serializers.Serializer[Any]):
    """A step on one revision, with the votes that you may see."""

    name = serializers.CharField(source="stage.step.name", read_only=True)
    revision = serializers.IntegerField(source="stage.revision.number", read_only=True)
    state = ChoiceField(StageState, source="stage.state")
    reviewers = serializers.CharField(source="stage.step.reviewers", read_only=True)
    alternates = serializers.CharField(
        source="stage.step.alternates", read_only=True, allow_null=True
    )
    opened_at = serializers.DateTimeField(source="stage.opened_at", read_only=True, allow_null=True)
    due_at = serializers.DateTimeField(source="stage.due_at", read_only=True, allow_null=True)
    closed_at = serializers.DateTimeField(source="stage.closed_at", read_only=True, allow_null=True)
    votes = serializers.SerializerMethodField(help_text="Those that you may see.")
    votes_hidden = serializers.BooleanField(
        read_only=True, help_text="Whether votes of others are hidden from you."
    )

    @extend_schema_field(VoteSerializer(many=True))
    def get_votes(self, step: dict[str, Any]) -> Any:
        votes: Any = [vote for vote, _word in step["votes"]]
        return VoteSerializer(votes, many=True).data


class ReviewerSerializer(serializers.Serializer[ReviewerStatus]):
    """A reviewer of the open step: whether they have voted, can, or why not."""

    name = serializers.CharField(source="person", read_only=True)
    status = serializers.CharField(read_only=True, help_text="In words.")
    has_conflict = serializers.BooleanField(source="is_conflict", read_only=True)
    note = serializers.CharField(read_only=True)


class ReviewCommentSerializer(serializers.Serializer[CommentLine]):
    """A comment by a reviewer or an owner of the policy."""

    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(read_only=True, allow_null=True)
    text = serializers.CharField(read_only=True)
    step = serializers.CharField(read_only=True, help_text="Empty if none was open.")
    shown_to_requester = serializers.BooleanField(source="is_shared", read_only=True)


class TimelineEntrySerializer(serializers.Serializer[ReviewTimelineEntry]):
    """What happened. The same by the same person several times in a row is one entry."""

    at = serializers.DateTimeField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    by = serializers.CharField(read_only=True, help_text="Empty for what happened automatically.")
    reason = serializers.CharField(read_only=True)
    times = serializers.IntegerField(read_only=True)
    last = serializers.DateTimeField(read_only=True, allow_null=True)
