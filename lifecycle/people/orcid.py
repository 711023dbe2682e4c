"""ORCID iDs: form and check digit."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")


def check_digit(digits: str) -> str:
    """The last character for 15 digits, by ISO 7064 mod 11-2.

    Source: ORCID, "Structure of the ORCID Identifier".
    """
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)


def validate(orcid: str) -> None:
    """Raises ValidationError unless this is a well-formed iD whose check digit fits."""
    digits = orcid.replace("-", "")
    if not _SHAPE.fullmatch(orcid):
        raise ValidationError(
            _("Write the ORCID iD as four groups of four, like 0000-0002-1825-0097."), code="shape"
        )
    if check_digit(digits[:-1]) != digits[-1]:
        raise ValidationError(
            _("This ORCID iD has a typing mistake: its last character doesn't fit the others."),
            code="check_digit",
        )
