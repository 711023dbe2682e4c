"""Look up an organisation by name: those that the desk suggests, then the registry (ROR)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from lifecycle.people import ror_search
from lifecycle.people.models import Institution
from lifecycle.text.form_fields import LineField
from lifecycle.text.normalization import comparable
from requests_app.models import AccessRequest
from requests_app.web.drafting.field_helper import Typed, keep_typed

MAX_KNOWN = 5
NONE = "-"


class SearchForm(forms.Form):
    """The name to look for."""

    use_required_attribute = False
    prefix = "find"

    name = LineField(
        label=_("Name of your organisation"),
        max_length=200,
        error_messages={"required": _("Enter its name, or a part of it.")},
    )


@dataclass(frozen=True)
class Match:
    """One organisation, with what is known of it."""

    name: str
    ror: str = ""
    country: str = ""
    town: str = ""

    @property
    def value(self) -> str:
        """What its button sends."""
        return f"{self.ror or NONE} {self.country or NONE} {self.name}"


class OrganisationHelper:
    """The search, and what it found once it was asked for."""

    template = "pages/ask/organisation.html"
    buttons: tuple[str, ...] = ("look_up", "pick")
    field = "organisation"
    pointer: StrOrPromise = _("Look it up below.")
    anchor = "find"

    def __init__(self) -> None:
        self.form = SearchForm()
        self.matches: list[Match] | None = None
        self.is_away = False

    def act(self, page: forms.Form, typed: Typed) -> bool:
        """Look one up, or fill in the one that was picked."""
        if "pick" in typed:
            _fill_in(page, typed["pick"])
            return True
        wanted = typed.get("find-name", "").strip() or typed.get("organisation", "")
        self.form = SearchForm({"find-name": wanted})
        if not self.form.is_valid():
            return False
        self.matches = list(self._found(self.form.cleaned_data["name"]))
        return True

    def _found(self, name: str) -> Iterator[Match]:
        known = list(_known(name))
        yield from known
        seen = {comparable(match.name) for match in known}
        try:
            for found in ror_search.search(name):
                if comparable(found.name) not in seen:
                    yield Match(*found)
        except ror_search.Unavailable:
            self.is_away = True


def helper_for(access_request: AccessRequest, typed: Typed) -> OrganisationHelper | None:
    """Return the helper with what was typed; None if there is nothing to search."""
    if not settings.ROR_API_URL and not Institution.objects.filter(is_curated=True).exists():
        return None
    helper = OrganisationHelper()
    keep_typed(helper.form, typed)
    if not helper.form.initial["name"]:
        helper.form.initial["name"] = (
            typed.get("organisation") or access_request.revision.organisation
        )
    return helper


def _known(name: str) -> Iterator[Match]:
    rows = Institution.objects.filter(is_curated=True, comparable_name__contains=comparable(name))
    for row in rows.order_by("name")[:MAX_KNOWN]:
        yield Match(row.name)


def _fill_in(page: forms.Form, picked: str) -> None:
    """Fill the fields of an organisation; the form checks them when it is saved."""
    ror, _blank, rest = picked.partition(" ")
    country, _blank, name = rest.partition(" ")
    page.initial["organisation"] = name
    page.initial["organisation_id"] = "" if ror == NONE else ror
    if country != NONE:
        page.initial["country"] = page.initial["country"] or country
