"""Validation of names and other single lines of text."""

import re
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lifecycle.text.normalization import is_readable

NON_JOINER, JOINER = "\u200c", "\u200d"
VIRAMA = 9  # combining class of the sign that joins two consonants in Indic scripts
# Scripts with joining letters, where a joiner between two letters changes their shape.
CURSIVE = ("ARABIC", "SYRIAC", "MANDAIC", "MONGOLIAN", "NKO", "PHAGS-PA", "ADLAM", "HANIFI")
MAX_MARKS = 10  # on one letter; Vietnamese has two, pointed Hebrew four, Tibetan up to eight
# Controls, direction marks and other formats, surrogates, private use, line separators.
NOT_IN_A_LINE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def validate_line(text: str) -> None:
    """Refuse text that is unreadable, spans lines, or could imitate another name.

    Joiners are allowed where the script needs them, as in RFC 5892 (appendix A). Raises
    ValidationError.
    """
    if text and not is_readable(text):
        told = _("Use letters or digits.")
        raise ValidationError(told, code="unreadable")
    if not all(_fits(text, place) for place in range(len(text))):
        raise ValidationError(_("Remove line breaks and invisible characters."), code="one_line")
    if max(_runs_of_marks(text), default=0) > MAX_MARKS:
        raise ValidationError(_("Remove some of the accents stacked on one letter."), code="marks")


def line_problem(text: str) -> str | None:
    """Return the message of `validate_line`, or None if the text is valid."""
    try:
        validate_line(text)
    except ValidationError as error:
        return str(error.message)
    return None


def _fits(text: str, place: int) -> bool:
    sign = text[place]
    if sign in (NON_JOINER, JOINER):
        return _joins(text[:place], text[place + 1 :], sign)
    return unicodedata.category(sign) not in NOT_IN_A_LINE


def _joins(before: str, after: str, sign: str) -> bool:
    if unicodedata.combining(before[-1:] or "x") == VIRAMA:
        return True
    letter = next((each for each in reversed(before) if not unicodedata.combining(each)), "")
    if letter and after and _is_cursive(letter) and _is_cursive(after[0]):
        return True
    return sign == JOINER and _is_picture(before[-1:]) and _is_picture(after[:1])


def _is_cursive(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(CURSIVE)


def _is_picture(sign: str) -> bool:
    """Return whether this is part of a joined emoji: a picture, its colour or its style."""
    return sign == "\ufe0f" or bool(sign) and unicodedata.category(sign) in ("So", "Sk", "Sm")


def _runs_of_marks(text: str) -> Iterator[int]:
    marks = "".join("m" if unicodedata.category(sign) in ("Mn", "Me") else " " for sign in text)
    return (len(run) for run in re.findall("m+", marks))
