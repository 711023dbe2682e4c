"""Validate the requester's organisation, its id and country, and profile links."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_countries import countries

from lifecycle.people import profile_links, ror
from lifecycle.text.normalization import one_line
from lifecycle.text.validation import validate_line
from requests_app.refusals import Invalid
from requests_app.validation.request_input import RequestInput

MAX_LENGTHS = {
    "organisation": 200,
    "organisation_id": 100,
    **dict.fromkeys(profile_links.LINKS, profile_links.MAX_LENGTH),
}
CLEANERS = {"organisation_id": ror.clean, **profile_links.LINKS}


def cleaned(request_input: RequestInput) -> RequestInput:
    """Return ids and links in canonical form; invalid ones stay and are refused by `check`."""
    usual: dict[str, Any] = {}
    for name, clean in CLEANERS.items():
        try:
            usual[name] = (
                clean(getattr(request_input, name)) if getattr(request_input, name) else ""
            )
        except ValidationError:
            continue
    organisation = one_line(request_input.organisation)
    return replace(
        request_input, **usual, organisation=organisation, country=request_input.country.upper()
    )


def check(request_input: RequestInput) -> None:
    """Raise Invalid for an invalid id or link."""
    if errors := dict(_problems(request_input)):
        raise Invalid(errors)


def _problems(request_input: RequestInput) -> Iterator[tuple[str, str]]:
    for name, most in MAX_LENGTHS.items():
        if sentence := _problem(name, getattr(request_input, name), most):
            yield name, sentence
    if request_input.country and request_input.country not in countries:
        yield "country", _("Choose a country from the list, or leave this blank.")


def _problem(name: str, written: str, most: int) -> str | None:
    if len(written) > most:
        return _("Use at most %(most)s characters.") % {"most": most}
    try:
        validate_line(written)
        if written and name in CLEANERS:
            CLEANERS[name](written)
    except ValidationError as error:
        return str(error.message)
    return None
