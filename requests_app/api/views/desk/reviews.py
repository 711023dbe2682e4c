"""Views of requests under review: the inbox, one request in full, its files and comments."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.review import comments, read_log
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY, CheckedCursorPagination
from requests_app.api.serializers.desk.reviews import InboxStageSerializer, ReviewSerializer
from requests_app.api.serializers.desk.steps import ReviewCommentSerializer
from requests_app.api.views.desk.base import DecidedAboutMixin, DeskView
from requests_app.api.views.desk.bodies import CommentBodySerializer
from requests_app.files import downloads
from requests_app.models import AccessRequest, Attachment, Stage
from requests_app.reports.review import thread
from requests_app.reports.review.page import RELATED, ReviewPage
from requests_app.rules.desk import inbox
from requests_app.rules.desk.visibility import requests_visible_to


class DeadlinePagination(CheckedCursorPagination):
    """Steps by deadline."""

    ordering = ("due_at", "pk")


class ReviewInbox(DeskView[Stage]):
    """Those that you can decide now, in your own seat or one delegated to you."""

    queryset = Stage.objects.none()
    serializer_class = InboxStageSerializer
    pagination_class = DeadlinePagination
    query = QUERY

    @extend_schema(
        operation_id="reviews_list",
        summary="Open steps that you can decide, by deadline",
        responses=listed(InboxStageSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = inbox.waiting_for(self.person, timezone.now())
        stages: list[Stage] = list(self.paginate_queryset(rows) or [])
        # Not joined: with so many conditions, PostgreSQL's planner would read all people.
        prefetch_related_objects(
            stages,
            "step",
            "revision__ai_models",
            "access_request__requester__institution",
            "access_request__policy_version__policy",
        )
        context = {"last_comments": thread.last_of_waiting(stages, self.person)}
        shown = InboxStageSerializer(stages, many=True, context=context)
        return self.get_paginated_response(shown.data)


class BaseReviewView(DeskView[AccessRequest]):
    """Requests that reached a step of yours, and those under policies that you own."""

    queryset = AccessRequest.objects.none()

    def get_queryset(self) -> QuerySet[AccessRequest]:
        """Select those that the list of the desk shows; drafts are their requesters' only."""
        rows = AccessRequest.objects.exclude(submitted_at=None).select_related(*RELATED)
        if self.person.is_superuser:
            return rows
        return rows.filter(requests_visible_to(self.person, timezone.now()))

    @cached_property
    def review(self) -> ReviewPage:
        return ReviewPage(self.get_object(), self.person, timezone.now())

    def log_look(self, file: Attachment | None = None) -> None:
        """Log before it is sent, as on the desk."""
        read_log.record_read(self.review.access_request, by=self.person, file=file)


class Review(DecidedAboutMixin, BaseReviewView):
    """What the review desk shows you. That you have read it is recorded, and the policy's owners
    see it."""

    def read(self) -> tuple[str, Any]:
        self.log_look()
        return self.review.decision_digest, ReviewSerializer(self.review).data

    @extend_schema(
        operation_id="reviews_retrieve",
        summary="One request in full, as a reviewer or an owner of its policy",
        responses={200: ReviewSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer_shown()


class ReviewFile(BaseReviewView):
    """That you have read it is recorded."""

    @extend_schema(
        operation_id="reviews_file",
        summary="The content of a file that was sent with the request",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str, file: str) -> FileResponse:
        sent = self.get_object().revisions.exclude(submitted_at=None)
        rows = Attachment.objects.filter(revisions__in=sent).distinct()
        row = get_object_or_404(rows, public_id=file)
        self.log_look(row)
        return downloads.answer(row)


class ReviewComments(BaseReviewView):
    """Comments are for reviewers and the policy's owners, except for those marked otherwise."""

    pagination_class = None

    @extend_schema(
        operation_id="reviews_comments",
        summary="The comments that you may see, oldest first",
        responses={200: ReviewCommentSerializer(many=True)},
    )
    def get(self, request: Request, id: str) -> Response:
        self.log_look()
        return self.thread()

    @extend_schema(
        operation_id="reviews_comment",
        summary="Comment on a request that hasn't been decided",
        request=CommentBodySerializer,
        responses={201: ReviewCommentSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        sent = self.clean(CommentBodySerializer).validated_data
        event = comments.comment(access_request, by=self.person, **sent)
        return Response(ReviewCommentSerializer(thread.line_of(event)).data, status=201)

    def thread(self) -> Response:
        found: Any = ReviewCommentSerializer(self.review.comments, many=True)  # type: ignore[arg-type]  # many
        return Response(found.data)
