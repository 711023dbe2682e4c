"""Interviews on the review desk: record one, who took part, and each session's transcript."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, LineField, ProseField, VerbatimField
from lifecycle.voice.models import Interview, ProtocolVersion
from requests_app.actions.voice import interviews
from requests_app.actions.voice.second_editor import change
from requests_app.admin.base import person
from requests_app.admin.voice.base import EditorsAdmin, RecordForm, TextFileField
from requests_app.rules.permissions import MAX_REASON_LENGTH
from requests_app.validation.voice.recorded_texts import MAX_PROSE

ROWS = {"rows": 4}
DAY = {"type": "date"}


class SourceFields(RecordForm):
    """The page that states what is recorded."""

    source = CodeField(label="Source", required=False, help_text="The address of a public page.")
    source_kind = forms.ChoiceField(
        label="Whose page it is", choices=Source.Kind.choices, initial=Source.Kind.PROVIDER
    )


class InterviewForm(SourceFields):
    """What is known of an interview."""

    ai_model = forms.ModelChoiceField(
        AIModel.objects.select_related("provider").order_by("name"), label="Model"
    )
    conducted_by = LineField(label="Conducted by", max_length=100)
    took_place = CodeField(
        label="When",
        required=False,
        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
    )
    protocol_version = forms.ModelChoiceField(
        ProtocolVersion.objects.select_related("protocol"), label="Protocol", required=False
    )
    summary = ProseField(
        label="Summary",
        required=False,
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        help_text="In your own words. Quote only what a source says.",
    )
    caveat = ProseField(
        label="Caveat",
        required=False,
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        help_text="What may have shaped the answers. Every page has the general caveat anyway.",
    )

    field_order = ("ai_model", "conducted_by", "took_place", "protocol_version", "summary")

    def record(self, *, by: User) -> Any:
        cleaned = dict(self.cleaned_data)
        ai_model = cleaned.pop("ai_model")
        return change("record_interview", ai_model, by=by, **cleaned)


class CorrectionForm(RecordForm):
    """Our own words about it, corrected."""

    summary = ProseField(
        label="Summary", required=False, max_length=MAX_PROSE, widget=forms.Textarea(ROWS)
    )
    reason = ProseField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(ROWS),
        error_messages={"required": interviews.CORRECTION_REASON},
    )


class ParticipantForm(RecordForm):
    """Somebody who took part."""

    name = LineField(label="Name", max_length=100)
    role = LineField(label="Role", max_length=100, help_text="Such as interviewer or observer.")
    person = CodeField(
        label="Account",
        required=False,
        max_length=254,
        help_text="The email address of their account here, if they have one. They then can't "
        "vote on the model's essays.",
    )

    def clean_person(self) -> User | None:
        return addresses.account_at(self.cleaned_data["person"])


class SessionForm(RecordForm):
    """One session; the transcript is a file, so that nothing changes it on the way."""

    held_on = forms.DateField(label="Day (UTC)", widget=forms.DateInput(DAY, "%Y-%m-%d"))
    context = VerbatimField(
        label="What the model was given",
        required=False,
        widget=forms.Textarea(ROWS),
        help_text="System prompt, documents and tools.",
    )
    transcript = TextFileField(
        label="Transcript",
        help_text="A text file in UTF-8, up to 1 MB. It is kept exactly as it is, and can't be "
        "changed afterwards.",
        error_messages={"required": interviews.TRANSCRIPT_REQUIRED},
    )


@admin.register(Interview)
class InterviewAdmin(EditorsAdmin):
    """All interviews, newest first."""

    list_display = ("ai_model", "number", "took_place", "conducted_by")
    list_select_related = ("ai_model",)
    ordering = ("-recorded_at", "-pk")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "voice_interview"
        return [
            path("<path:object_id>/people/", wrap(self.participant), name=f"{name}_participant"),
            path("<path:object_id>/correct/", wrap(self.correct), name=f"{name}_correct"),
            path("<path:object_id>/session/", wrap(self.session), name=f"{name}_session"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = InterviewForm(request.POST if request.method == "POST" else None)
        return self.add_by(
            request,
            form,
            lambda: form.record(by=person(request)),
            title="New interview",
            hint="Record that it took place. You add participants and transcripts next.",
        )

    def row_page(self, request: HttpRequest, row: Interview) -> HttpResponse:
        return self._page(request, row)

    def participant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        form = ParticipantForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: change("add_participant", row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, participant_form=form),
            message="{} added.",
        )

    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        form = CorrectionForm(request.POST)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: change("correct_summary", row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, correction_form=form),
            message="Summary corrected.",
        )

    def session(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        form = SessionForm(request.POST, request.FILES)
        return self.act_on_page(
            request,
            row,
            form,
            lambda: change("add_session", row, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, row, status, session_form=form),
            message="Transcript recorded. Its SHA-256 is {.digest}.",
        )

    def _page(
        self, request: HttpRequest, row: Interview, status: int = 200, **forms_: Any
    ) -> HttpResponse:
        today = timezone.now().date()
        context = {
            "title": str(row),
            "row": row,
            "participants": row.participants.select_related("person"),
            "sessions": row.sessions.defer("transcript", "context"),
            "participant_form": ParticipantForm(),
            "correction_form": CorrectionForm(initial={"summary": row.summary}),
            "session_form": SessionForm(initial={"held_on": today}),
            **forms_,
        }
        return self.show(request, "voice/interview.html", context, status)
