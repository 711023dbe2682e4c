"""ORCID iDs: format and check digit."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.text.form_fields import CodeField

SITE = "https://orcid.org/"
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?orcid\.org/([^/]*)/?", re.IGNORECASE)


def check_digit(digits: str) -> str:
    """Return the last character for 15 digits (ISO 7064 mod 11-2).

    Source: ORCID, "Structure of the ORCID Identifier".
    """
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)


def cleaned(written: str) -> str:
    """Return the iD in its canonical form; accepts a lower-case x and the URL of its page.

    Raises ValidationError; "" stays.
    """
    found = _ADDRESS.fullmatch(written.strip())
    given = (found[1] if found else written.strip()).upper()
    if given:
        validate(given)
    return given


def validate(orcid: str) -> None:
    """Raise ValidationError unless this is a well-formed iD with the right check digit."""
    digits = orcid.replace("-", "")
    if not _SHAPE.fullmatch(orcid):
        raise ValidationError(
            _("Enter the ORCID iD as four groups of four characters, like 0000-0002-1825-0097."),
            code="shape",
        )
    if check_digit(digits[:-1]) != digits[-1]:
        raise ValidationError(
            _("Check this ORCID iD for a typo: its last character doesn't match the others."),
            code="check_digit",
        )


class OrcidField(CodeField):
    """Accepts an iD or its URL and returns the canonical form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=gettext_lazy("ORCID iD"), max_length=60, **kwargs)

    def to_python(self, value: Any) -> Any:
        return cleaned(super().to_python(value))
