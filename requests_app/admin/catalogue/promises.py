"""Promises on the desk: record one, name who looks after it, note what became of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import AIModel, Promise, Provider
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, LineField, ProseField
from requests_app.actions.catalogue import promises
from requests_app.admin.base import person
from requests_app.admin.voice.base import EditorsAdmin, RecordForm
from requests_app.admin.voice.interviews import DAY, ROWS, SourceFields
from requests_app.models import Proposal
from requests_app.reports.promises import ledger
from requests_app.rules.permissions import MAX_REASON_LENGTH
from requests_app.validation.voice.recorded_texts import MAX_PROSE

ONE_OF_THEM = "Choose a model or a provider, not both."
DUE_HELP = "A UTC date. Leave it blank for a promise that stands."
KINDS = (("", "---------"), *Promise.Kind.choices)
WAYS = (("", "Any"), ("product", "In a paid product"), ("request", "By request"))
NOTED = (("kept", "It was kept"), ("broken", "It was broken"), ("ended", "It has ended"))


class ReasonField(RecordForm):
    """Why, for the second editor of a model that people can request."""

    reason = ProseField(
        label="Reason for this change",
        required=False,  # the action asks for it where the change waits
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(ROWS),
        help_text="Needed if people can request the model: another editor reads it.",
    )


class PeopleFields(ReasonField):
    """Who looks after a promise here."""

    owner = CodeField(
        required=False,
        max_length=254,
        help_text="The email address of the account that is reminded while it is overdue.",
    )
    escalate_to = CodeField(
        label="Above them",
        required=False,
        max_length=254,
        help_text="The email address of the account that is reminded after the owner.",
    )

    def clean_owner(self) -> User | None:
        return addresses.account_at(self.cleaned_data["owner"])

    def clean_escalate_to(self) -> User | None:
        return addresses.account_at(self.cleaned_data["escalate_to"])


class PromiseForm(SourceFields, PeopleFields):
    """What was promised, to whom, by whom and until when."""

    ai_model = forms.ModelChoiceField(
        AIModel.objects.order_by("name"), label="Model", required=False
    )
    provider = forms.ModelChoiceField(
        Provider.objects.all(), required=False, help_text="For a promise about all its models."
    )
    kind = forms.ChoiceField(label="About", choices=KINDS)
    access_kind = forms.ChoiceField(label="Way", choices=WAYS, required=False)
    text = ProseField(
        label="What was promised",
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        error_messages={"required": promises.TEXT_REQUIRED},
    )
    promised_by = LineField(label="Promised by", max_length=100)
    promised_on = CodeField(
        label="Promised on", max_length=10, required=False, help_text="2026, 2026-01 or 2026-01-05."
    )
    due_on = forms.DateField(
        label="Due on", required=False, widget=forms.DateInput(DAY, "%Y-%m-%d"), help_text=DUE_HELP
    )
    condition = LineField(
        label="Stands as long as", max_length=200, required=False, help_text="If it has no due day."
    )

    field_order = (
        *("ai_model", "provider", "kind", "access_kind", "text", "promised_by", "promised_on"),
        *("due_on", "condition", "source", "source_kind", "owner", "escalate_to", "reason"),
    )

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("ai_model")) == bool(cleaned.get("provider")):
            self.add_error("ai_model", ONE_OF_THEM)
        return cleaned

    def record(self, *, by: User) -> Promise | Proposal:
        cleaned = dict(self.cleaned_data)
        about = cleaned.pop("ai_model") or cleaned.pop("provider")
        cleaned.pop("provider", None)
        more = {name: cleaned.pop(name) for name in ("owner", "escalate_to", "reason")}
        return promises.add(about, promises.PromiseInput(**cleaned), by=by, **more)


class NoteForm(RecordForm):
    """What became of a promise."""

    outcome = forms.ChoiceField(choices=NOTED, widget=forms.RadioSelect)
    on = forms.DateField(
        label="On", widget=forms.DateInput(DAY, "%Y-%m-%d"), help_text="A UTC date."
    )
    words = ProseField(
        label="What happened",
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        error_messages={"required": promises.OUTCOME_REQUIRED},
    )


@admin.register(Promise)
class PromiseAdmin(EditorsAdmin):
    """All promises, newest first."""

    list_display = ("text", "kind", "ai_model", "provider", column("due_on"), "owner")
    list_filter = ("kind",)
    list_select_related = ("ai_model", "provider", "owner")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ai_model", "provider", "source")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "catalogue_promise"
        return [
            path("<path:object_id>/assign/", wrap(self.assign), name=f"{name}_assign"),
            path("<path:object_id>/note/", wrap(self.note), name=f"{name}_note"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = PromiseForm(request.POST if request.method == "POST" else None)
        return self.add_by(
            request,
            form,
            lambda: form.record(by=person(request)),
            title="New promise",
            hint="What somebody promised about a model. It is public at once.",
        )

    def row_page(self, request: HttpRequest, row: Promise) -> HttpResponse:
        return self._page(request, row)

    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, form = self.load(request, object_id), PeopleFields(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: promises.assign(row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, people_form=form),
            message="Saved.",
        )

    def note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, form = self.load(request, object_id), NoteForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: promises.note(row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, note_form=form),
            message="Noted. It is public.",
        )

    def _page(
        self, request: HttpRequest, row: Promise, status: int = 200, **forms_: Any
    ) -> HttpResponse:
        found = ledger.states([row], timezone.now().date())[row.pk]
        people = {"owner": row.owner and row.owner.email}
        people["escalate_to"] = row.escalate_to and row.escalate_to.email
        context = {
            "title": "Promise",
            "row": row,
            "state": found.state,
            "basis": found.basis,
            "can_note": not (row.kept_on or row.broken_on or row.ended_on),
            "people_form": PeopleFields(initial=people),
            "note_form": NoteForm(initial={"on": timezone.now().date()}),
            **forms_,
        }
        return self.show(request, "promise/page.html", context, status)
