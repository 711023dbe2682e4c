"""Validators for catalogue columns in the admin: the same rules as for files."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from pydantic_core import PydanticCustomError

from lifecycle.catalogue.file_format import values as file_values

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)
MAX_NOTICE = 3650
_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
# For the database, which lets 2024-02-30 pass; the validator doesn't.
DAY_OR_PART = rf"^(19|20)[0-9][0-9](-{_MONTH}(-{_DAY})?)?$"


def _checked(check: Callable[[Any], Any], value: object) -> None:
    try:
        check(value)
    except PydanticCustomError as refusal:
        sentence = refusal.message().replace("{", "{{")
        raise ValidationError(f"{sentence[0].upper()}{sentence[1:]}.") from None


def validate_day_or_part(value: str) -> None:
    _checked(file_values.day_or_part, value)


def validate_time_zone(value: str) -> None:
    _checked(file_values.zone, value)


def validate_identifier(value: str) -> None:
    _checked(file_values.identifier, value)


def validate_base_url(value: str) -> None:
    _checked(file_values.base_url, value)


def validate_day(value: date) -> None:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValidationError(f"Enter a date from {FIRST_DAY} to {LAST_DAY}.")


def validate_notice_days(value: object) -> None:
    """Accept days like `60`, or days by kind like `{"general": 180, "preview": 14}`."""
    days = list(value.values()) if isinstance(value, dict) else [value]
    kinds = list(value) if isinstance(value, dict) else ["general"]
    if not kinds or not all(map(_is_number_of_days, days)):
        raise ValidationError(
            f"Enter a whole number from 0 to {MAX_NOTICE}, like 60, or one for each kind, like "
            '{"general": 180, "preview": 14}.'
        )
    for kind in kinds:
        _checked(file_values.line, kind)


def _is_number_of_days(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_NOTICE  # a bool is no number here
