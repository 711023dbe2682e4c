"""Series of essays on the review desk: begin one, and hand in its essays."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField, ProseField, VerbatimField
from lifecycle.text.numbers import WholeField
from lifecycle.voice.models import EssaySeries
from requests_app.actions.voice import essays
from requests_app.actions.voice.second_editor import change
from requests_app.admin.base import person
from requests_app.admin.voice.base import EditorsAdmin, RecordForm, TextFileField
from requests_app.admin.voice.interviews import DAY, ROWS, SourceFields
from requests_app.models import Policy
from requests_app.validation.voice.recorded_texts import MAX_PROSE

ESSAY_PAGE = "admin:voice_essay_change"


class SeriesForm(SourceFields):
    """A series and the run that is promised; all of it is public."""

    ai_model = forms.ModelChoiceField(AIModel.objects.order_by("name"), label="Model")
    title = LineField(label="Title", max_length=100)
    slug = forms.SlugField(label="Name in its address", max_length=50)
    disclaimer = ProseField(
        label="Disclaimer",
        max_length=MAX_PROSE,
        widget=forms.Textarea(ROWS),
        help_text="Shown on each page: for whom the essays don't speak.",
        error_messages={"required": essays.DISCLAIMER_REQUIRED},
    )
    starts_on = forms.DateField(label="First day (UTC)", widget=forms.DateInput(DAY, "%Y-%m-%d"))
    promised_weeks = WholeField(
        label="Promised weeks",
        required=False,
        min_value=1,
        max_value=essays.MAX_WEEKS,
        help_text="One essay a week, for at least so many weeks. Blank if no run is promised.",
    )
    policy = forms.ModelChoiceField(
        Policy.objects.order_by("name"),
        help_text="Its steps decide on each essay. A veto takes two people whatever a step says.",
    )

    field_order = ("ai_model", "title", "slug", "disclaimer", "starts_on", "promised_weeks")

    def begin(self, *, by: User) -> Any:
        cleaned = dict(self.cleaned_data)
        return change("begin_series", cleaned.pop("ai_model"), by=by, **cleaned)


class EssayForm(RecordForm):
    """An essay; its text is a file, so that nothing changes it on the way."""

    title = LineField(label="Title", max_length=200, help_text="As the model gave it.")
    body = TextFileField(
        label="Text",
        help_text="A text file in UTF-8, up to 1 MB. It is published exactly as it is, or not.",
        error_messages={"required": essays.BODY_REQUIRED},
    )
    prompt = VerbatimField(
        label="What the model was asked",
        widget=forms.Textarea(ROWS),
        error_messages={"required": essays.PROMPT_REQUIRED},
    )
    context = VerbatimField(
        label="What else it was given",
        required=False,
        widget=forms.Textarea(ROWS),
        help_text="System prompt, documents, earlier essays.",
    )


@admin.register(EssaySeries)
class EssaySeriesAdmin(EditorsAdmin):
    """All series."""

    list_display = ("title", "ai_model", column("starts_on"), "promised_weeks")
    list_select_related = ("ai_model",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        hand_in = self.admin_site.admin_view(self.hand_in)
        name = "voice_essayseries_hand_in"
        return [path("<path:object_id>/hand-in/", hand_in, name=name), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = SeriesForm(request.POST if request.method == "POST" else None)
        return self.add_by(
            request,
            form,
            lambda: form.begin(by=person(request)),
            title="New series",
            hint="Its page is public. You hand in essays next.",
        )

    def row_page(self, request: HttpRequest, row: EssaySeries) -> HttpResponse:
        return self._page(request, row, EssayForm())

    def hand_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.load(request, object_id)
        if request.method != "POST":
            return redirect(self.page_name(), row.pk)
        form = EssayForm(request.POST, request.FILES)
        return self.perform(
            request,
            form,
            lambda: essays.hand_in(row, essays.EssayInput(**form.cleaned_data), by=person(request)),
            page=lambda status: self._page(request, row, form, status),
            go_on=lambda essay: redirect(ESSAY_PAGE, essay.pk),
            message="Handed in. Its reviewers are told now.",
        )

    def _page(
        self, request: HttpRequest, row: EssaySeries, form: EssayForm, status: int = 200
    ) -> HttpResponse:
        context = {
            "title": str(row),
            "row": row,
            "essays": row.essays.order_by("-number").defer("body", "context", "prompt"),
            "review": getattr(row, "review", None),
            "form": form,
        }
        return self.show(request, "voice/series.html", context, status)
