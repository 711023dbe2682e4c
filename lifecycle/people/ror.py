"""ROR ids of organisations: format and check digits."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SITE = "https://ror.org/"
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_SHAPE = re.compile(rf"0[{_SIGNS}]{{6}}[0-9]{{2}}")
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?ror\.org/(.*?)/?", re.IGNORECASE)


def check_digits(signs: str) -> str:
    """Return the last two characters for the first seven (ISO 7064 mod 97-10).

    Source: ROR, "ROR identifier pattern".
    """
    number = 0
    for sign in signs:
        number = number * 32 + _SIGNS.index(sign)
    return f"{98 - number * 100 % 97:02}"


def clean(written: str) -> str:
    """Return a ROR id as its URL, and any other id unchanged.

    Raises ValidationError for a malformed ROR id.
    """
    written = written.strip()
    address = _ADDRESS.fullmatch(written)
    ror = (address[1] if address else written).lower()
    if not _SHAPE.fullmatch(ror):
        if address:
            raise ValidationError(
                _("Enter a ROR ID of nine characters, like https://ror.org/02mhbdp94."),
                code="shape",
            )
        return written
    if check_digits(ror[:7]) != ror[7:]:
        raise ValidationError(
            _("Check this ROR ID for a typo: its last two digits don't match the others."),
            code="check_digits",
        )
    return SITE + ror
