"""Who asks: the organisation, its id and country, and where one may read about them."""

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
from requests_app.validation.request_input import Ask

LONGEST = {
    "organisation": 200,
    "organisation_id": 100,
    **dict.fromkeys(profile_links.LINKS, profile_links.LONGEST),
}
CLEANED = {"organisation_id": ror.clean, **profile_links.LINKS}


def cleaned(ask: Ask) -> Ask:
    """With ids and addresses in their usual form. What has none stays; `check` says why."""
    usual: dict[str, Any] = {}
    for name, clean in CLEANED.items():
        try:
            usual[name] = clean(getattr(ask, name)) if getattr(ask, name) else ""
        except ValidationError:
            continue
    organisation = one_line(ask.organisation)
    return replace(ask, **usual, organisation=organisation, country=ask.country.upper())


def check(ask: Ask) -> None:
    """Raises Invalid."""
    if errors := dict(_wrong(ask)):
        raise Invalid(errors)


def _wrong(ask: Ask) -> Iterator[tuple[str, str]]:
    for name, most in LONGEST.items():
        if sentence := _problem(name, getattr(ask, name), most):
            yield name, sentence
    if ask.country and ask.country not in countries:
        yield "country", _("Choose a country from the list, or leave it open.")


def _problem(name: str, written: str, most: int) -> str | None:
    if len(written) > most:
        return _("Please stay under %(most)s characters.") % {"most": most}
    try:
        validate_line(written)
        if written and name in CLEANED:
            CLEANED[name](written)
    except ValidationError as error:
        return str(error.message)
    return None
