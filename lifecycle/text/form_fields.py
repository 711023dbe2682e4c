"""Form fields for texts. Whatever is typed is brought into its one form before it is counted."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lifecycle.text.normalization import canonical, is_readable, one_line, tidied
from lifecycle.text.validation import validate_line


class LineField(forms.CharField):
    """A name, or another text on one line."""

    default_validators = [validate_line]  # noqa: RUF012

    def to_python(self, value: Any) -> Any:
        return super().to_python(one_line(value) if isinstance(value, str) else value)


class ProseField(forms.CharField):
    """A text over several lines. Where one is needed, it has to have something to read."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return super().to_python(tidied(value) if isinstance(value, str) else value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.required and not is_readable(value):
            raise ValidationError(self.error_messages["required"], code="required")


class CodeField(forms.CharField):
    """An id, an address, a code, a search: for machines, so that nobody asks for letters in it."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(canonical(value) if isinstance(value, str) else value)
