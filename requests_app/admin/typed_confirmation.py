"""Forms that confirm what can't be undone: its name has to be typed."""

from typing import Any

from django import forms
from django.http import QueryDict

from lifecycle.people.email.normalization import comparable_address
from lifecycle.text.form_fields import CodeField, ProseField
from lifecycle.text.normalization import one_line
from requests_app.admin.base import ActionForm
from requests_app.rules.permissions import MAX_REASON_LENGTH


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
