"""What a request says of its requester, and beside it what their profile says by now."""

from typing import NamedTuple

from django_countries import countries

from lifecycle.people.models import User
from lifecycle.people.orcid import SITE as ORCID
from lifecycle.people.ror import SITE as ROR
from lifecycle.text.normalization import comparable
from requests_app.models import Revision


class SentFact(NamedTuple):
    """One fact as it was sent; `now` is empty unless the profile says something else."""

    label: str
    text: str
    address: str
    now: str
    is_verified: bool = False


def of_requester(revision: Revision, requester: User) -> list[SentFact]:
    """Return each fact once: what was sent counts."""
    facts = (_organisation(revision, requester), _country(revision, requester))
    return [fact for fact in (*facts, _orcid(revision, requester)) if _says_something(fact)]


def _says_something(fact: SentFact) -> bool:
    return bool(fact.text or fact.address or fact.now)


def _organisation(revision: Revision, requester: User) -> SentFact:
    sent, number = revision.organisation, revision.organisation_id
    is_ror = number.startswith(ROR)
    text = ", ".join(filter(None, (sent, "" if is_ror else number)))
    profile = requester.institution.name if requester.institution else ""
    is_same = comparable(profile) == comparable(sent)
    return SentFact("Organisation", text, number if is_ror else "", "" if is_same else profile)


def _country(revision: Revision, requester: User) -> SentFact:
    sent, profile = revision.country, requester.country.code or ""
    now = "" if profile == sent else profile
    return SentFact("Country", countries.name(sent), "", countries.name(now))


def _orcid(revision: Revision, requester: User) -> SentFact:
    """An iD that ORCID itself gave for the account is verified, wherever it stands."""
    sent = revision.orcid.removeprefix(ORCID)
    now = "" if requester.orcid == sent else requester.orcid
    verified = requester.orcid_verified_at is not None
    return SentFact("ORCID iD", "", revision.orcid, now, verified)
