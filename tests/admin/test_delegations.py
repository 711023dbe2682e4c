"""My delegations and my reminders on the desk."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.review import delegations
from requests_app.models import Delegation, Policy, ReviewerPreference
from tests.conftest import today
from tests.support.desk_client import member, signed_in, text_of

pytestmark = pytest.mark.django_db

MINE = "/admin/requests_app/delegation/"
REMINDERS = "/admin/requests_app/reviewerpreference/"


def asked(to: User, /, **fields: object) -> dict[str, object]:
    ends_on = today() + timedelta(days=3)
    return {"to": to.pk, "starts_on": today(), "ends_on": ends_on, "why": "Away.", **fields}


@pytest.fixture
def given(policy: Policy, rita: User, sam: User) -> Delegation:
    now = timezone.now()
    return delegations.delegate(sam, by=rita, starts_at=now, ends_at=now + timedelta(days=1))


def test_delegate_for_whole_days(policy: Policy, rita: User, sam: User) -> None:
    assert signed_in(rita).post(MINE, asked(sam)).status_code == 302
    row = Delegation.objects.get()
    assert (row.person, row.delegate, row.reason) == (rita, sam, "Away.")
    assert row.ends_at.date() == today() + timedelta(days=3)
    assert "Sam" in text_of(signed_in(rita).get(MINE))
    assert "<strong>Rita</strong>" in text_of(signed_in(sam).get(MINE))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ends_on": date(2020, 1, 1)}, "The end must be after the start"),
        ({"ends_on": ""}, "This field is required"),
        ({"why": "x" * 201}, "at most 200 characters"),
        ({"to": 0}, "not one of the available choices"),
    ],
)
def test_delegate_shows_what_is_wrong(
    policy: Policy, rita: User, sam: User, fields: dict[str, object], sentence: str
) -> None:
    response = signed_in(rita).post(MINE, asked(sam, **fields))
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Delegation.objects.exists()


def test_delegate_offers_reviewers_only(policy: Policy, rita: User, pat: User, alice: User) -> None:
    text = text_of(signed_in(rita).get(MINE))
    assert ">Sam</option>" in text
    for name in ("Rita", "Pat", "Alice"):
        assert f">{name}</option>" not in text
    for other in (rita, pat, alice):
        assert signed_in(rita).post(MINE, asked(other)).status_code == 422


def test_delegate_refuses_who_does_not_review(policy: Policy, pat: User, sam: User) -> None:
    text = text_of(signed_in(pat).get(MINE))
    assert 'disabled aria-describedby="why-delegate"' in text
    assert signed_in(pat).post(MINE, asked(sam)).status_code == 403
    assert not Delegation.objects.exists()


def test_end_takes_the_place_back(given: Delegation, rita: User) -> None:
    assert signed_in(rita).post(f"{MINE}{given.pk}/end/").status_code == 302
    given.refresh_from_db()
    assert given.ended_at is not None
    again = signed_in(rita).post(f"{MINE}{given.pk}/end/")
    assert again.status_code == 409
    assert "This delegation has ended." in text_of(again)


def test_end_is_for_who_gave_it(given: Delegation, sam: User, pat: User) -> None:
    assert signed_in(sam).post(f"{MINE}{given.pk}/end/").status_code == 403
    assert signed_in(pat).post(f"{MINE}{given.pk}/end/").status_code == 404
    given.refresh_from_db()
    assert given.ended_at is None


def test_end_by_its_address_alone_does_nothing(given: Delegation, rita: User) -> None:
    assert signed_in(rita).get(f"{MINE}{given.pk}/end/").headers["Location"] == MINE
    assert signed_in(rita).get(f"{MINE}{given.pk}/change/").headers["Location"] == MINE
    given.refresh_from_db()
    assert given.ended_at is None


def test_list_shows_only_ones_own(given: Delegation, pat: User) -> None:
    text = text_of(signed_in(pat).get(MINE))
    assert "Nobody is acting for you." in text
    assert "You aren't acting for anyone." in text


def test_prefer_a_daily_mail_and_back(policy: Policy, rita: User) -> None:
    client = signed_in(rita)
    for how, daily in (("daily", True), ("daily", True), ("each", False)):
        assert client.post(REMINDERS, {"how": how}).status_code == 302
        assert ReviewerPreference.objects.get().daily_digest is daily
    client.post(REMINDERS, {"how": "daily"})
    shown = text_of(client.get(REMINDERS))
    assert re.search(r'value="daily"[^>]* checked', shown)
    assert "A reminder that a daily email would bring too late is still sent when due" in shown


def test_prefer_refuses_nonsense_and_who_is_never_reminded(policy: Policy, rita: User) -> None:
    assert signed_in(rita).post(REMINDERS, {"how": "never"}).status_code == 422
    tom = member("tom")
    assert "Only reviewers get reminders." in text_of(signed_in(tom).get(REMINDERS))
    assert signed_in(tom).post(REMINDERS, {"how": "daily"}).status_code == 403
    assert not ReviewerPreference.objects.exists()
