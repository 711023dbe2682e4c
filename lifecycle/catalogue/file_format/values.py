"""Formats of single values in a catalogue file: dates, times, names, URLs."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_slug
from pydantic import AfterValidator, PlainValidator
from pydantic_core import PydanticCustomError

from lifecycle.text.normalization import canonical, one_line
from lifecycle.text.validation import line_problem

_DAY = r"(?:19|20)\d\d-\d\d-\d\d"
_MOMENT = re.compile(rf"({_DAY}T\d\d:\d\d) (\S+)", re.ASCII)
_EXAMPLE = "2025-07-21T09:00 America/Los_Angeles"
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# A host, a port and a path of plain letters, without a slash at its end.
BASE_URL = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*$"
_is_url = URLValidator(schemes=["http", "https"])


def quoted(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _refusal(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("catalogue", "{sentence}", {"sentence": sentence})


def _is_day(text: str) -> bool:
    if not re.fullmatch(_DAY, text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(value: object) -> date:
    if isinstance(value, str) and _is_day(value):
        return date.fromisoformat(value)
    raise _refusal(f"not a date: {quoted(value)}; write it like 2026-01-05")


def day_or_part(value: object) -> str:
    if isinstance(value, str) and len(value) in (4, 7, 10) and _is_day(f"{value}-01-01"[:10]):
        return value
    raise _refusal(f"not a date: {quoted(value)}; write it like 2026, 2026-01 or 2026-01-05")


def _moment(value: object) -> datetime:
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise _refusal(f"not a local time: {quoted(value)}; write it like {_EXAMPLE}")
    time_zone = zone(found[2])
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=time_zone)
    except ValueError:
        raise _refusal(f"not a local time: {quoted(value)}; the clocks skipped it") from None
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise _refusal(f"ambiguous because of a clock change: {quoted(value)}; write it in UTC")
    return moment


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        raise _refusal(f"unknown time zone: {quoted(name)}; write it like {_EXAMPLE}") from None


def line(value: str, *, max_length: int = 100) -> str:
    value = canonical(value)
    if not 0 < len(value) <= max_length or value != one_line(value) or line_problem(value):
        raise _refusal(f"must be one line of 1 to {max_length} characters, not {quoted(value)}")
    return value


def _long_line(value: str) -> str:
    return line(value, max_length=200)


def _short_line(value: str) -> str:
    return line(value, max_length=50)


def identifier(value: str) -> str:
    if re.search(r"\s", value):
        raise _refusal(f"must have no spaces: {quoted(value)}")
    if not {"", ".", ".."}.isdisjoint(value.split("/")):
        raise _refusal(f"can't be part of an address: {quoted(value)}")
    return line(value)


def _prose(value: str) -> str:
    if _NOT_TEXT.search(value):
        raise _refusal("contains a character that isn't text; remove it")
    return canonical(value)


def _text(value: str) -> str:
    if not value.strip():
        raise _refusal("must say something")
    return _prose(value)


def _address(value: str) -> str:
    try:
        _is_url(value)
    except ValidationError:
        raise _refusal(f"not an http or https address: {quoted(value)}") from None
    if len(value) > 500:
        raise _refusal("must be at most 500 characters long")
    return _prose(value)


def base_url(value: str) -> str:
    """Accept what a client library takes as base URL; it stands in the commands that people copy.

    So no letter of it may mean something to a shell.
    """
    try:
        _is_url(value)
    except ValidationError:
        raise _refusal(f"not an http or https address: {quoted(value)}") from None
    if not re.fullmatch(BASE_URL, value) or value.endswith("/v1") or len(value) > 200:
        raise _refusal(f"must be like https://models.example.org, without /v1: {quoted(value)}")
    return value


def _price(value: object) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        price = Decimal(str(value))
        if price.is_finite() and 0 <= price < 100_000 and price == round(price, 4):
            return price
    raise _refusal(f"not a price: {quoted(value)}; write USD per million tokens, like 15 or 0.25")


def _slug(value: str) -> str:
    try:
        validate_slug(value)
    except ValidationError:
        raise _refusal(f"can only have letters, digits, - and _: {quoted(value)}") from None
    if len(value) > 50:
        raise _refusal("must be at most 50 characters long")
    return value


Day = Annotated[date, PlainValidator(_day)]
DayOrPart = Annotated[str, PlainValidator(day_or_part)]
LocalMoment = Annotated[datetime, PlainValidator(_moment)]
Line = Annotated[str, AfterValidator(line)]
ShortLine = Annotated[str, AfterValidator(_short_line)]
LongLine = Annotated[str, AfterValidator(_long_line)]
Identifier = Annotated[str, AfterValidator(identifier)]
Prose = Annotated[str, AfterValidator(_prose)]
Text = Annotated[str, AfterValidator(_text)]
Address = Annotated[str, AfterValidator(_address)]
Price = Annotated[Decimal, PlainValidator(_price)]
BaseURL = Annotated[str, AfterValidator(base_url)]
Slug = Annotated[str, AfterValidator(_slug)]
