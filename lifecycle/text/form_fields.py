"""Form fields that normalize text before its length is checked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lifecycle.text.normalization import canonical, is_readable, one_line, tidied
from lifecycle.text.validation import validate_line


class LineField(forms.CharField):
    """A name or another single line of text."""

    default_validators = [validate_line]  # noqa: RUF012

    def to_python(self, value: Any) -> Any:
        return super().to_python(one_line(value) if isinstance(value, str) else value)


class ProseField(forms.CharField):
    """Text over several lines; if required, it needs a letter or a digit."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return super().to_python(tidied(value) if isinstance(value, str) else value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.required and not is_readable(value):
            raise ValidationError(self.error_messages["required"], code="required")


class CodeField(forms.CharField):
    """An id, code, address or search term: for machines, so letters aren't required."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(canonical(value) if isinstance(value, str) else value)


class VerbatimField(forms.CharField):
    """Text that is kept as it is, such as a prompt; only line ends are those of a text file."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        # Browsers send every line end as CR LF, whatever was in the text.
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)
