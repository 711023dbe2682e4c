"""Preferences on the review desk: record one, decide on it, and say that it is done."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField, ProseField
from lifecycle.voice.models import Interview, Preference
from requests_app.actions.voice import preferences
from requests_app.actions.voice.second_editor import change
from requests_app.admin.base import person
from requests_app.admin.voice.base import EditorsAdmin, RecordForm
from requests_app.admin.voice.interviews import DAY, ROWS, SourceFields
from requests_app.rules.permissions import MAX_REASON_LENGTH, why_not
from requests_app.validation.voice.recorded_texts import MAX_PROSE

CHOICES = (("accept", "Act on it"), ("decline", "Decline"), ("defer", "Defer"))


class PreferenceForm(SourceFields):
    """A wish, in the editor's words."""

    ai_model = forms.ModelChoiceField(AIModel.objects.order_by("name"), label="Model")
    interview = forms.ModelChoiceField(
        Interview.objects.select_related("ai_model"), label="Interview", required=False
    )
    text = ProseField(
        label="What it wished for",
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        help_text="In your own words.",
        error_messages={"required": preferences.TEXT_REQUIRED},
    )

    field_order = ("ai_model", "interview", "text")

    def record(self, *, by: User) -> Any:
        cleaned = dict(self.cleaned_data)
        return change("record_preference", cleaned.pop("ai_model"), by=by, **cleaned)


class DecisionForm(RecordForm):
    """What was decided; all of it is public."""

    decision = forms.ChoiceField(label="Decision", choices=CHOICES, widget=forms.RadioSelect)
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(DAY, "%Y-%m-%d"),
        help_text="Only to defer: on this day (UTC) it is considered again.",
    )
    decided_by = LineField(
        label="Decided by", max_length=100, help_text="A person, a role or a board. Public."
    )
    reason = ProseField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(ROWS),
        error_messages={"required": preferences.REASON_REQUIRED},
    )

    def decide(self, preference: Preference, *, by: User) -> Any:
        cleaned = dict(self.cleaned_data)
        decision, until = cleaned.pop("decision"), cleaned.pop("until")
        if decision == "defer":
            cleaned["until"] = until
        return change(f"{decision}_preference", preference, by=by, **cleaned)


class OutcomeForm(RecordForm):
    """What was done."""

    outcome = ProseField(
        label="What was done",
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        error_messages={"required": preferences.OUTCOME_REQUIRED},
    )


@admin.register(Preference)
class PreferenceAdmin(EditorsAdmin):
    """All preferences, newest first."""

    list_display = ("ai_model", "text", "state", column("recorded_at"))
    list_filter = ("state",)
    list_select_related = ("ai_model",)
    ordering = ("-recorded_at", "-pk")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "voice_preference"
        return [
            path("<path:object_id>/decide/", wrap(self.decide), name=f"{name}_decide"),
            path("<path:object_id>/complete/", wrap(self.complete), name=f"{name}_complete"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = PreferenceForm(request.POST if request.method == "POST" else None)
        return self.add_by(
            request,
            form,
            lambda: form.record(by=person(request)),
            title="New preference",
            hint="What a model wished for. It is public, and waits for a decision.",
        )

    def row_page(self, request: HttpRequest, row: Preference) -> HttpResponse:
        return self._page(request, row)

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        form = DecisionForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: form.decide(row, by=person(request)),
            page=lambda status: self._page(request, row, status, decision_form=form),
            message="Decision recorded. It is public.",
        )

    def complete(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        form = OutcomeForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: change("complete_preference", row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, outcome_form=form),
            message="Recorded as done.",
        )

    def _page(
        self, request: HttpRequest, row: Preference, status: int = 200, **forms_: Any
    ) -> HttpResponse:
        who = person(request)
        context = {
            "title": f"Preference of {row.ai_model}",
            "row": row,
            "can_decide": why_not("decline", row, who) is None,
            "can_complete": why_not("complete", row, who) is None,
            "decision_form": DecisionForm(initial={"decided_by": who}),
            "outcome_form": OutcomeForm(),
            **forms_,
        }
        return self.show(request, "voice/preference.html", context, status)
