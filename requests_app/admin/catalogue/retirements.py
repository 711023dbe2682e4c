"""Retirements on the desk, each with the history of its date."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import Retirement
from requests_app.actions.catalogue import editing
from requests_app.admin import desk_access
from requests_app.admin.base import person
from requests_app.admin.catalogue.inlines import DateChangeInline
from requests_app.admin.catalogue.moved_dates import MovedDateForm
from requests_app.admin.catalogue.rows import CatalogueRowAdmin, FactsForm
from requests_app.models import Proposal


class RetirementForm(MovedDateForm, FactsForm):
    """A retirement's own page."""


@admin.register(Retirement)
class RetirementAdmin(CatalogueRowAdmin):
    """One retirement, with the history of its date."""

    form = RetirementForm
    list_display = (
        "ai_model",
        "platform",
        "round",
        column("announced"),
        column("retires"),
        "precision",
    )
    list_filter = ("precision", "platform")
    list_select_related = ("ai_model",)
    search_fields = ("ai_model__identifier", "platform")
    search_comparable = ("ai_model__comparable_name",)
    readonly_fields = ("ai_model", "round")
    inlines = (DateChangeInline,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Offer the list once it has rows; new ones are added with their model."""
        desk = desk_access.of_reader(request)
        return desk.edits_catalogue and desk.is_filled(Retirement)

    def act(
        self, request: HttpRequest, row: Any, write: Callable[[], Any], reason: str
    ) -> Proposal | None:
        return editing.edit(row.ai_model, write, by=person(request), reason=reason)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.explain()

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Never: retirements are added on their model's page."""
        return False
