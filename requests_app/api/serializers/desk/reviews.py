"""Requests under review, as one reviewer may see them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.desk.steps import (
    OpenStepSerializer,
    ReviewCommentSerializer,
    ReviewerSerializer,
    ReviewStepSerializer,
    TimelineEntrySerializer,
)
from requests_app.api.serializers.revisions import RevisionSerializer, ScopeSerializer
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.api.serializers.usage import UsageSerializer
from requests_app.models import DenialReason, Revision, Stage
from requests_app.reports.review.page import ReviewPage
from requests_app.rules.desk import inbox
from requests_app.states import RequestState
from requests_app.wording import titles


class RequesterSerializer(ReadOnlySerializer[User]):
    """Who requests it, by their profile now."""

    name = serializers.CharField(source="full_name", read_only=True)
    institution = serializers.CharField(read_only=True, allow_null=True)
    in_good_standing = serializers.BooleanField(source="is_active", read_only=True)

    class Meta:
        model = User
        fields = ("name", "email", "institution", "joined_at", "in_good_standing")


class InboxStageSerializer(ReadOnlySerializer[Stage]):
    """An open step that you may decide."""

    request = serializers.CharField(source="access_request.public_id", read_only=True)
    title = serializers.SerializerMethodField()
    requester = serializers.CharField(source="access_request.requester", read_only=True)
    institution = serializers.CharField(
        source="access_request.requester.institution", read_only=True, allow_null=True
    )
    policy = serializers.CharField(
        source="access_request.policy_version.policy.slug", read_only=True
    )
    step = serializers.CharField(source="step.name", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    marks = serializers.SerializerMethodField(
        help_text="Such as `due soon`, `overdue`, `escalated` or `not enough reviewers`."
    )
    last_comment = serializers.SerializerMethodField(
        help_text="The newest comment that you may see."
    )

    class Meta:
        model = Stage
        fields = (
            "request",
            "title",
            "requester",
            "institution",
            "policy",
            "step",
            "revision",
            "opened_at",
            "due_at",
            "marks",
            "last_comment",
        )

    def get_title(self, stage: Stage) -> str:
        return titles.of_revision(stage.revision)

    def get_marks(self, stage: Stage) -> list[str]:
        return inbox.badges(stage, timezone.now())

    @extend_schema_field(ReviewCommentSerializer(allow_null=True))
    def get_last_comment(self, stage: Stage) -> Any:
        last = self.context["last_comments"].get(stage.pk)
        return ReviewCommentSerializer(last).data if last else None


class ReviewedCollaboratorSerializer(serializers.Serializer[User]):
    """A collaborator named in the request."""

    name = serializers.CharField(source="full_name", read_only=True)
    email = serializers.EmailField(read_only=True)
    institution = serializers.CharField(read_only=True, allow_null=True)


class AnswerSerializer(serializers.Serializer[Any]):
    """A question of the policy, and its answer in words."""

    question = serializers.CharField(source="0", read_only=True)
    answer = serializers.CharField(source="1", read_only=True, help_text="Empty if unanswered.")


class ReviewNarrowingSerializer(serializers.Serializer[Any]):
    """What a reviewer took away from what an approval would grant."""

    at = serializers.DateTimeField(read_only=True)
    taken = serializers.ListField(child=serializers.CharField(), read_only=True)
    by = serializers.SerializerMethodField(help_text="Null while it is hidden with the vote.")
    reason = serializers.SerializerMethodField(help_text="Empty while it is hidden with the vote.")

    def get_by(self, cut: dict[str, Any]) -> str | None:
        return str(cut["by"]) if "by" in cut else None

    def get_reason(self, cut: dict[str, Any]) -> str:
        return str(cut.get("reason", ""))


class ReviewSerializer(serializers.Serializer[ReviewPage]):
    """A request as the review desk shows it to you. Hidden votes and comments are left out."""

    id = serializers.CharField(source="access_request.public_id", read_only=True)
    title = serializers.CharField(read_only=True)
    state = ChoiceField(RequestState, source="access_request.state")
    digest = serializers.SerializerMethodField(
        help_text="Of what you decide about: send it as `If-Match` with your decision. Null while "
        "no step is open."
    )
    step = serializers.SerializerMethodField(help_text="The open step.")
    why_not_decide = serializers.CharField(
        source="obstacle", read_only=True, help_text="Empty if you can decide."
    )
    why_not_approve = serializers.CharField(
        read_only=True, help_text="Why nobody can approve now; empty if that isn't so."
    )
    why_not_comment = serializers.CharField(
        read_only=True, allow_null=True, help_text="Null if you can comment."
    )
    policy = serializers.CharField(
        source="access_request.policy_version.policy.slug", read_only=True
    )
    policy_version = serializers.IntegerField(
        source="access_request.policy_version.number", read_only=True
    )
    requester = RequesterSerializer(source="access_request.requester", read_only=True)
    collaborators = ReviewedCollaboratorSerializer(
        source="revision.collaborators.all", many=True, read_only=True
    )
    revision = RevisionSerializer(read_only=True, help_text="What was sent for review last.")
    earlier_revisions = serializers.SerializerMethodField()
    answers = AnswerSerializer(many=True, read_only=True)
    asked = serializers.SerializerMethodField(help_text="What the latest revision requests.")
    scope = ScopeSerializer(
        source="current_scope", read_only=True, help_text="What an approval would grant."
    )
    narrowings = ReviewNarrowingSerializer(many=True, read_only=True)
    steps = ReviewStepSerializer(many=True, read_only=True)
    reviewers = ReviewerSerializer(
        many=True, read_only=True, help_text="Who decides the open step."
    )
    comments = ReviewCommentSerializer(many=True, read_only=True)
    timeline = TimelineEntrySerializer(source="entries", many=True, read_only=True)
    denial = ChoiceField(DenialReason, source="access_request.denial", allow_null=True)
    appeal_of = serializers.CharField(
        source="access_request.appeal_of.public_id", read_only=True, allow_null=True
    )
    continues = serializers.CharField(
        source="access_request.continues.public_id",
        read_only=True,
        allow_null=True,
        help_text="The grant that it would extend.",
    )
    usage = UsageSerializer(
        read_only=True, allow_null=True, help_text="Of the grant that it would extend."
    )

    def get_digest(self, page: ReviewPage) -> str | None:
        return page.decision_digest or None

    @extend_schema_field(OpenStepSerializer(allow_null=True))
    def get_step(self, page: ReviewPage) -> Any:
        return OpenStepSerializer(page.stage).data if page.stage else None

    @extend_schema_field(RevisionSerializer(many=True))
    def get_earlier_revisions(self, page: ReviewPage) -> Any:
        earlier: list[Revision] = page.revisions[:-1]
        return RevisionSerializer(earlier, many=True).data

    @extend_schema_field(ScopeSerializer)
    def get_asked(self, page: ReviewPage) -> Any:
        return ScopeSerializer(page.revision.asked()).data
