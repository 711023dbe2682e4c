"""Form fields and base classes of the site's forms."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from lifecycle.text.form_fields import ProseField
from lifecycle.text.word_count import count
from requests_app.refusals import Invalid
from requests_app.validation import text_limits

INVALID_DATE = _("Enter the date as year, month, day, like 2026-11-22.")


class IsoDateField(forms.DateField):
    """A date, entered with the browser's date picker if there is one."""

    def __init__(self, *, missing: StrOrPromise, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d"],
            error_messages={"required": missing, "invalid": INVALID_DATE},
            **kwargs,
        )


class CheckboxesField(forms.MultipleChoiceField):
    """Several checkboxes; an unknown value is left to the action to refuse."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        ProhibitNullCharactersValidator()(value)
        return True


class WordCountBoundField(BoundField):
    """A text field that shows its number of words."""

    @property
    def words(self) -> int:
        return count(str(self.value() or ""))

    @property
    def max_words(self) -> int:
        return getattr(self.field, "max_words", 0) or text_limits.MAX_WORDS[self.name]


class WordLimitedField(ProseField):
    """A text limited in words; the limit is shown beside it or in its label."""

    def __init__(self, *, rows: int, max_words: int = 0, **kwargs: Any) -> None:
        self.max_words = max_words
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(required=False, widget=widget, **kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return WordCountBoundField(form, self, field_name)


class RefusableForm(forms.Form):
    """A form whose action may refuse its input."""

    use_required_attribute = False

    def refuse(self, refusal: Invalid) -> None:
        """Show the action's sentences beside their fields."""
        for name, sentence in refusal.errors.items():
            self.add_error(name if name in self.fields else None, sentence)
