"""Sources on the desk: which are due to be read again, and a button for having done so."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.catalogue import sources
from lifecycle.catalogue.models import Source
from requests_app.actions.catalogue.sources import verify
from requests_app.admin.base import Button, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.rules.catalogue import is_editor

PAGE = "admin:catalogue_source_change"


class DueFilter(admin.SimpleListFilter):
    """Sources that nobody has read for too long."""

    title, parameter_name = "due", "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Due to be verified")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> QuerySet[Source]:
        due = sources.due(timezone.now().date())
        return queryset.filter(pk__in=due.values("pk")) if self.value() else queryset


@admin.register(Source)
class SourceAdmin(RowPageAdmin):
    """All sources; editors note that they have read one."""

    list_display = ("url", "kind", column("verified_on"), "verified_by")
    list_filter = (DueFilter, "kind")
    search_fields = ("url",)
    list_select_related = ("verified_by",)
    ordering = ("verified_on", "url")

    def scope(self, who: Any) -> Q:
        return Q() if is_editor(who) else Q(pk=None)

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.edits_catalogue and desk.is_filled(Source)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verify)
        name = "catalogue_source_verify"
        return [path("<path:object_id>/verify/", view, name=name), *super().get_urls()]

    def row_page(self, request: HttpRequest, source: Source) -> HttpResponse:
        return self._page(request, source, 200)

    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        source = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, source.pk)
        return self.perform(
            request,
            Button(request),
            lambda: verify(source, by=person(request)),
            page=lambda status: self._page(request, source, status),
            go_on=lambda _: redirect(PAGE, source.pk),
            message="Verified today: {}",
        )

    def _page(self, request: HttpRequest, source: Source, status: int) -> HttpResponse:
        context = {"title": "Source", "source": source, "ai_models": sources.citing(source)}
        return self.show(request, "source/page.html", context, status)
