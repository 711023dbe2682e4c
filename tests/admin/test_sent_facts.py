"""What a request says of its requester is on the review page once, with what differs by now."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest
from tests.conftest import ask_for
from tests.support.desk_client import seen

pytestmark = pytest.mark.django_db

ORCID, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"
ROR = "https://ror.org/05gq02987"


def profile(who: User, institution: str = "", orcid: str = "", country: str = "") -> None:
    profiles.update_profile(
        who, full_name=str(who), institution=institution, orcid=orcid, country=country
    )


@pytest.fixture
def row(policy: object, opus: AIModel, alice: User) -> AccessRequest:
    sent = {"organisation_id": ROR, "country": "CA", "orcid": f"https://orcid.org/{ORCID}"}
    return requests.save(replace(ask_for(opus), **sent), by=alice, submit=True)


def facts(who: User, row: AccessRequest) -> dict[str, str]:
    """As they are read, without the tags within."""
    page = seen(who, row)
    for name in ("Organisation", "Country", "ORCID iD"):
        assert page.count(f"<dt>{name}</dt>") <= 1
    found = re.findall(r"<dt>(Organisation|Country|ORCID iD|Institution)</dt><dd>(.*?)</dd>", page)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for name, text in found}


def test_sent_facts_stand_once(row: AccessRequest, alice: User, rita: User) -> None:
    profile(alice, "EXAMPLE university", ORCID, "CA")
    assert facts(rita, row) == {
        "Organisation": f"Example University, {ROR}",
        "Country": "Canada",
        "ORCID iD": f"https://orcid.org/{ORCID}",
    }
    assert "Now:" not in seen(rita, row)


def test_empty_profile_contradicts_nothing(row: AccessRequest, rita: User) -> None:
    assert "Now:" not in seen(rita, row)
    assert "not given" not in seen(rita, row)


def test_later_change_of_the_profile_is_shown_beside(
    row: AccessRequest, alice: User, rita: User
) -> None:
    profile(alice, "Else <Lab>", OTHER, "FR")
    User.objects.filter(pk=alice.pk).update(orcid_verified_at=timezone.now())
    assert facts(rita, row) == {
        "Organisation": f"Example University, {ROR} Now: Else &lt;Lab&gt;",
        "Country": "Canada Now: France",
        "ORCID iD": f"https://orcid.org/{ORCID} Now: {OTHER} verified with ORCID",
    }
    assert seen(rita, row).count("France") == 1


def test_what_was_not_sent_is_named_from_the_profile(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    profile(alice, "", ORCID, "")
    assert facts(rita, in_review) == {
        "Organisation": "Example University",
        "ORCID iD": f"– Now: {ORCID}",
    }


def test_what_nobody_said_has_no_line(in_review: AccessRequest, rita: User) -> None:
    assert facts(rita, in_review) == {"Organisation": "Example University"}
