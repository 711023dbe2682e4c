"""Custody of weights on the desk: who keeps what, and recording a check."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import WeightsCustody
from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField, ProseField
from requests_app.actions.catalogue import weights
from requests_app.admin.base import person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.voice.base import EditorsAdmin, RecordForm
from requests_app.admin.voice.interviews import DAY, ROWS
from requests_app.rules.catalogue import is_editor
from requests_app.rules.permissions import MAX_REASON_LENGTH


class CheckForm(RecordForm):
    """What a check found."""

    digest = LineField(max_length=200, help_text="Algorithm and digest, like sha256:9f86d0….")
    on = forms.DateField(
        label="Checked on", widget=forms.DateInput(DAY, "%Y-%m-%d"), help_text="A UTC date."
    )
    is_intended = forms.BooleanField(
        label="The weights were changed on purpose, such as converted",
        required=False,
        help_text="If the digest differs and you don't select this, the check has failed. That "
        "is public.",
    )
    reason = ProseField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=forms.Textarea(ROWS),
        help_text="Only if the digest differs from that of the last check.",
    )


@admin.register(WeightsCustody)
class WeightsCustodyAdmin(EditorsAdmin):
    """All custody; whoever is responsible for one sees it too."""

    list_display = ("ai_model", "custodian", column("checked_on"), column("check_due_on"))
    list_select_related = ("ai_model",)
    ordering = ("check_due_on", "pk")

    def scope(self, who: User) -> Q:
        return Q() if is_editor(who) else Q(responsible=who)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ai_model", "responsible")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return person(request).is_staff

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.edits_catalogue and desk.is_filled(WeightsCustody)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.record_check)
        name = "catalogue_weightscustody_check"
        return [path("<path:object_id>/check/", view, name=name), *super().get_urls()]

    def row_page(self, request: HttpRequest, row: WeightsCustody) -> HttpResponse:
        return self._page(request, row)

    def record_check(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, form = self.load(request, object_id), CheckForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: weights.record_check(row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, form=form),
            message="Check recorded.",
        )

    def _page(
        self, request: HttpRequest, row: WeightsCustody, status: int = 200, **forms_: Any
    ) -> HttpResponse:
        form = CheckForm(initial={"on": timezone.now().date()})
        context = {"title": f"Weights of {row.ai_model}", "row": row, "form": form, **forms_}
        return self.show(request, "weights/page.html", context, status)
