"""What can't be undone is previewed, and confirmed by typing its name."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from lifecycle.people.email.normalization import comparable_address
from lifecycle.text.form_fields import CodeField, ProseField
from lifecycle.text.normalization import one_line
from requests_app.admin.base import ActingAdmin, ActionForm
from requests_app.rules.permissions import MAX_REASON_LENGTH
from requests_app.transitions.affected import Affected

PREVIEW_ROWS = 100
CHANGED = (
    "Something changed after the preview. This was done for everything that was there when you "
    "confirmed it (grants: {grants}, keys: {keys})."
)


class TypedForm(ActionForm):
    """`name` typed once more; `shown` is the digest of the preview above the form."""

    shown = CodeField(max_length=64, required=False, widget=forms.HiddenInput)
    typed = CodeField(widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None, *, name: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.name = name
        self.fields["typed"].label = f"To confirm, enter: {name}"

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"]
        # Spaces in names and the spelling of email addresses may differ.
        if one_line(typed) != one_line(self.name) and comparable_address(typed) != self.name:
            raise forms.ValidationError(f"That doesn't match. Enter: {self.name}")
        return self.name


class TypedReasonForm(TypedForm):
    """The reason, and the name typed."""

    reason = ProseField(
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 3}),
        help_text="Everyone who loses access will see this.",
        error_messages={"required": "Give a reason. Everyone who loses access will see it."},
    )

    field_order = ("reason", "typed", "shown")


def preview(below: Affected) -> dict[str, Any]:
    """Return what `bulkrevocation/preview.html` shows of everything that would end."""
    grants = below.grants.select_related("holder").order_by("pk")
    return {
        "extent": below.extent(),
        "people": below.people.count(),
        "grants": grants.prefetch_related("granted_models__ai_model")[:PREVIEW_ROWS],
        "places": below.places.select_related("person", "grant").order_by("pk")[:PREVIEW_ROWS],
        "requests": below.closed_requests.order_by("pk")[:PREVIEW_ROWS],
        "tokens": below.tokens.order_by("pk")[:PREVIEW_ROWS],
        "rules": below.rules.order_by("pk")[:PREVIEW_ROWS],
        "kept": below.kept_requests.count(),
        "listed": PREVIEW_ROWS,
    }


def confirm(
    admin: ActingAdmin,
    request: HttpRequest,
    form: TypedForm,
    below: Affected,
    act: Callable[[], Any],
    *,
    page: Mapping[str, Any],
    message: str,
    was_done: Callable[[], bool] = lambda: False,
) -> HttpResponse:
    """Act once the form is confirmed, and return to `page["back"]`; else show the preview."""
    extent = below.extent()

    def go_on(done: Any) -> HttpResponse:
        # Nothing is compared when an earlier click did it.
        if done is not None and form.cleaned_data["shown"] != extent.digest:
            counts = {"grants": len(extent.grants), "keys": len(extent.keys)}
            messages.warning(request, CHANGED.format(**counts))
        return redirect(page["back"])

    def show(status: int) -> HttpResponse:
        context = {**preview(below), **page, "form": form}
        return admin.show(request, "confirm_typed.html", context, status)

    return admin.perform(
        request, form, act, page=show, go_on=go_on, message=message, was_done=was_done
    )
