"""Protocols of interviews on the review desk: publish one, and its next versions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from lifecycle.catalogue.models import Provider
from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField, ProseField
from lifecycle.voice.models import Protocol
from requests_app.actions.voice import protocols
from requests_app.admin.base import person
from requests_app.admin.voice.base import EditorsAdmin, RecordForm
from requests_app.validation.voice.recorded_texts import MAX_PROSE


class VersionForm(RecordForm):
    """The text of the next version."""

    text = ProseField(
        label="Text",
        max_length=MAX_PROSE,
        widget=forms.Textarea({"rows": 16}),
        help_text="What interviewers do, say and ask. It can't be changed once it is published.",
    )


class ProtocolForm(VersionForm):
    """A new protocol with its first version."""

    provider = forms.ModelChoiceField(Provider.objects.order_by("name"))
    name = LineField(label="Name", max_length=100)
    slug = forms.SlugField(label="Name in its address", max_length=50)

    field_order = ("provider", "name", "slug", "text")

    def publish(self, *, by: User) -> Protocol:
        cleaned = dict(self.cleaned_data)
        return protocols.publish(cleaned.pop("provider"), by=by, **cleaned).protocol


@admin.register(Protocol)
class ProtocolAdmin(EditorsAdmin):
    """All protocols."""

    list_display = ("name", "provider")
    list_select_related = ("provider",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = ProtocolForm(request.POST if request.method == "POST" else None)
        return self.add_by(
            request,
            form,
            lambda: form.publish(by=person(request)),
            title="New protocol",
            hint="It is public at once.",
        )

    def row_page(self, request: HttpRequest, row: Protocol) -> HttpResponse:
        versions = list(row.versions.order_by("-number"))
        form = VersionForm(
            request.POST if request.method == "POST" else None, initial={"text": versions[0].text}
        )
        context = {"title": str(row), "row": row, "versions": versions, "form": form}
        return self.perform(
            request,
            form,
            lambda: protocols.publish(
                row.provider, by=person(request), slug=row.slug, name=row.name, **form.cleaned_data
            ),
            page=lambda status: self.show(request, "voice/protocol.html", context, status),
            go_on=lambda _: self.response_post_save_change(request, row),
            message="{} published.",
        )
