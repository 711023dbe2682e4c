"""Parse whole numbers as people type them in their language, and write sizes of files."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SIGNED = re.compile(r"([+\u2212-]?)\s*(.+)", re.DOTALL)
# Spaces and apostrophes separate thousands in some languages, and decimals in none.
PLAIN_SEPARATORS = " \xa0\u2009\u202f'\u2019"
GROUPED = re.compile(rf"[1-9][0-9]{{0,2}}(?:([.,{PLAIN_SEPARATORS}])[0-9]{{3}}(?:\1[0-9]{{3}})*)?")


class Ambiguous(ValidationError):
    """Input that is one number in some languages and another in others."""

    def __init__(self) -> None:
        told = _("Enter a number without dots or commas, like 1000.")
        super().__init__(told, code="ambiguous")


def read_whole(written: str) -> int:
    """Return the number; thousands may be separated as in the active language.

    Raises ValueError if it isn't a whole number, and Ambiguous for `1.000` in English, which some
    readers mean as a thousand and others as one.
    """
    found = SIGNED.fullmatch(written.strip())
    sign, digits = (found[1], found[2].strip()) if found else ("", "")
    number = _digits(digits)
    return number if sign in ("", "+") else -number


def _digits(written: str) -> int:
    if written.isdecimal():
        return int(written)
    found = GROUPED.fullmatch(written)
    if found is None:
        raise ValueError(written)
    separator = found[1]
    is_certain = separator in PLAIN_SEPARATORS or written.count(separator) > 1
    if not is_certain and separator != get_format("THOUSAND_SEPARATOR"):
        raise Ambiguous
    return int(written.replace(separator, ""))


class WholeField(forms.IntegerField):
    """A whole number in a text input.

    A number input follows the browser's language instead of the page's, drops what doesn't fit it
    while one types, and sends `1.000` for a German reader's thousand.
    """

    widget = forms.TextInput
    default_error_messages = {  # noqa: RUF012
        "invalid": gettext_lazy("Enter a whole number in digits, like 250.")
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "numeric", "size": "10"}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str) and value.strip():
            try:
                value = read_whole(value)
            except ValueError:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)


def file_size(size: int) -> str:
    """Return a size in bytes as people write it: 10 MB, where Django writes 10.0 MB."""
    return re.sub(r"[.,]0(?!\d)", "", filesizeformat(size))
