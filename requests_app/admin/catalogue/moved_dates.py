"""The public reason of a moved date, asked for where a retirement is changed."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.validators import URLValidator
from django.utils import timezone

from lifecycle.catalogue import editing
from lifecycle.catalogue.models import Retirement, Source
from lifecycle.catalogue.validators import validate_day
from lifecycle.text.form_fields import CodeField, ProseField
from requests_app.validation.text_limits import has_key
from requests_app.validation.voice.recorded_texts import MAX_PROSE

NOT_MOVED = "Only a date that moves has this. Change the date too, or leave this blank."
NOT_ANNOUNCED_YET = "Choose today or a day in the past."
NOT_RETIRED_YET = "It isn't retired yet. Change its date instead."


class MovedDateForm(forms.ModelForm[Retirement]):
    """A retirement; of a date that moves also when and why it did, and who says so."""

    moved_on = forms.DateField(
        label="If you move the date: changed on",
        required=False,
        validators=[validate_day],
        widget=AdminDateWidget,
        help_text="The day (UTC) on which its provider changed it, if that is known.",
    )
    moved_reason = ProseField(
        label="Reason for the new date",
        required=False,
        max_length=MAX_PROSE,
        widget=forms.Textarea({"rows": 3}),
        help_text="Public: on the model's page, in its feeds, and in emails. Give the reason "
        "that its provider named.",
    )
    moved_source = CodeField(
        label="Source of the new date",
        required=False,
        validators=[URLValidator(("http", "https"))],
        max_length=500,
        help_text="Public. The address of the page that states it.",
    )
    moved_source_kind = forms.ChoiceField(
        label="Whose page that is",
        choices=Source.Kind.choices,
        initial=Source.Kind.PROVIDER,
        required=False,
    )

    def clean_moved_reason(self) -> str:
        text: str = self.cleaned_data["moved_reason"]
        if sentence := has_key(text):
            raise forms.ValidationError(sentence)
        return text

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        for name in ("moved_on", "moved_reason", "moved_source"):
            if cleaned.get(name) and not self._is_moved():
                self.add_error(name, NOT_MOVED)
        return cleaned

    def _is_moved(self) -> bool:
        is_known = self.instance.pk is not None
        return is_known and bool({"retires", "precision"} & set(self.changed_data))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # as Django has it
        row, today = self.instance, timezone.now().date()
        if row.announced and row.announced > today:
            self._refuse("announced", NOT_ANNOUNCED_YET)
        if row.reopened and row.retires and row.retires > today:
            self._refuse("reopened", NOT_RETIRED_YET)

    def _refuse(self, name: str, sentence: str) -> None:
        """Refuse a value that was changed here, unless something else is wrong with it."""
        if name in self.changed_data and name not in self.errors:
            self.add_error(name, sentence)

    def explain(self) -> None:
        """Keep the explanation of the move, once the retirement is saved."""
        if self._is_moved():
            told = self.cleaned_data
            editing.explain_move(
                self.instance,
                changed_on=told["moved_on"],
                reason=told["moved_reason"],
                source=told["moved_source"],
                source_kind=told["moved_source_kind"] or Source.Kind.PROVIDER,
            )
