"""The list of requests on the review desk: its columns, filters and search."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lifecycle.admin_columns import short
from lifecycle.people.models import User
from lifecycle.text.normalization import tidied
from requests_app.admin import desk_access, search
from requests_app.admin.base import ReadOnlyAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.filters import PolicyFilter
from requests_app.admin.review.listing.changelist import RequestList
from requests_app.admin.review.listing.filters import (
    DeadlineFilter,
    ModelFilter,
    StateFilter,
    WaitingFilter,
)
from requests_app.models import AccessRequest
from requests_app.rules.desk import inbox
from requests_app.rules.desk.visibility import requests_visible_to
from requests_app.wording import titles


class RequestListAdmin(ReadOnlyAdmin):
    """Submitted requests; drafts are visible only to their requester."""

    list_display = ("title", "requester", "state", "step", "deadline", "asked")
    list_filter = (WaitingFilter, StateFilter, DeadlineFilter, PolicyFilter, ModelFilter)
    list_select_related = ("requester",)
    search_fields = ("public_id",)  # shows the field; `search.matching` does the work
    search_help_text = "Public ID, name, email address, institution or model."
    date_hierarchy = "created_at"

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_requests

    def scope(self, who: User) -> Q:
        return requests_visible_to(who, timezone.now())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(submitted_at=None)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RequestList]:
        return RequestList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = tidied(search_term)
        return (queryset.filter(search.matching(term)) if term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        prefetch_related_objects([person(request)], "groups")  # once for the rows and the filters
        links = {"desk_links": desk_access.links(desk_access.of_reader(request))}
        return super().changelist_view(request, {**links, **(extra_context or {})})

    @admin.display(description="requested (UTC)")
    def asked(self, row: AccessRequest) -> str:
        assert row.submitted_at  # drafts aren't listed
        return short(row.submitted_at.date())

    @admin.display(description="request", ordering="public_id")
    def title(self, row: AccessRequest) -> SafeString:
        """With its models, which a title of the researcher's own may not name."""
        newest = [*row.revisions.all()][-1:]
        models = [str(each) for sent in newest if sent.title for each in sent.ai_models.all()]
        below = " · ".join([", ".join(models), str(row)] if models else [str(row)])
        return format_html('{} <span class="soft">{}</span>', titles.of_request(row), below)

    @admin.display(description="step", empty_value="")
    def step(self, row: Any) -> str | None:
        return str(row.open_stages[0].step) if row.open_stages else None

    @admin.display(description="decide by (UTC)", empty_value="")
    def deadline(self, row: Any) -> Any:
        if not row.open_stages:
            return None
        stage = row.open_stages[0]
        due = short(stage.due_at, "%-d %b, %H:%M")
        badges = ", ".join(inbox.badges(stage, timezone.now()))
        return format_html("{} ({})", due, badges) if badges else due
