"""Checks of what is recorded of a model; a transcript is kept exactly as it was."""

from collections.abc import Callable
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from lifecycle.catalogue.models import Source
from lifecycle.catalogue.validators import validate_day, validate_day_or_part
from lifecycle.text.normalization import UNSTORABLE, is_readable, one_line, tidied
from lifecycle.text.validation import validate_line
from requests_app.refusals import Invalid
from requests_app.validation.text_limits import has_key

MAX_VERBATIM = 1_000_000  # characters
MAX_PROSE = 10_000


def verbatim(name: str, text: str, *, needed: StrPromise | str = "") -> str:
    """Return the text unchanged. Raises Invalid if it can't be kept as it is."""
    if needed and not is_readable(text):
        raise Invalid({name: needed})
    if UNSTORABLE.search(text):
        raise Invalid({name: _("This text contains characters that can't be stored.")})
    if sentence := _too_long(text, MAX_VERBATIM) or has_key(text):
        raise Invalid({name: sentence})
    return text


def prose(name: str, text: str, *, needed: StrPromise | str = "") -> str:
    """Return the normalized text of a person."""
    text = tidied(text)
    if needed and not is_readable(text):
        raise Invalid({name: needed})
    if sentence := _too_long(text, MAX_PROSE) or has_key(text):
        raise Invalid({name: sentence})
    return text


def line(name: str, text: str, *, needed: StrPromise | str = "", most: int = 100) -> str:
    """Return a normalized name or role."""
    text = one_line(text)
    if needed and not is_readable(text):
        raise Invalid({name: needed})
    if sentence := _too_long(text, most):
        raise Invalid({name: sentence})
    _validated(name, lambda: validate_line(text))
    return text


def partial_day(name: str, text: str) -> str:
    """Return a day, a month or a year as text; empty if unknown."""
    if text:
        _validated(name, lambda: validate_day_or_part(text))
    return text


def day(name: str, when: date) -> date:
    """Return a day of our age."""
    _validated(name, lambda: validate_day(when))
    return when


def past_day(name: str, day: date, today: date) -> date:
    """Return a day that has begun (UTC)."""
    _validated(name, lambda: validate_day(day))
    if day > today:
        raise Invalid({name: _("Enter a date that isn't in the future.")})
    return day


def future_day(name: str, day: date | None, today: date) -> date:
    """Return a day after today (UTC)."""
    if day is None or day <= today:
        raise Invalid({name: _("Enter a date in the future.")})
    _validated(name, lambda: validate_day(day))
    return day


def web_address(name: str, address: str) -> str:
    """Return the address of a page; empty if there is none."""
    address = one_line(address)
    if address:
        _validated(name, lambda: Source._meta.get_field("url").run_validators(address))
    return address


def _too_long(text: str, most: int) -> str | None:
    if len(text) <= most:
        return None
    longest = number_format(most, force_grouping=True)
    return _("Use at most %(most)s characters.") % {"most": longest}


def _validated(name: str, validate: Callable[[], object]) -> None:
    try:
        validate()
    except ValidationError as error:
        raise Invalid({name: error.messages[0]}) from None
