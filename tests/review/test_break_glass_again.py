"""Who may break the glass, and not twice before somebody has looked at the first time."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import break_glass
from requests_app.models import AccessRequest, BreakGlass, Grant
from requests_app.refusals import NotAllowed, Refusal
from requests_app.wording import moments
from tests.conftest import ask_for, broken_by, confirmed, person
from tests.support.concurrency import at_once
from tests.support.desk_client import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LIST = "/admin/requests_app/breakglass/"


@pytest.fixture
def other(opus: AIModel, in_review: AccessRequest, bob: User) -> AccessRequest:
    """Of somebody else than who has the first."""
    return requests.save(ask_for(opus), by=bob, submit=True)


@pytest.fixture
def yan(zoe: User, settings: Settings) -> User:
    """Named for emergencies too."""
    settings.BREAK_GLASS_EMAILS |= {"yan@example.org"}
    return confirmed(person("yan", staff=True))


def judged(emergency_grant: BreakGlass, by: User, verdict: str) -> BreakGlass:
    return break_glass.review(emergency_grant, by=by, verdict=verdict, words="Looked at it.")


def ended(emergency_grant: BreakGlass) -> None:
    """So that the same person could ask for the model again."""
    Grant.objects.filter(pk=emergency_grant.grant_id).update(
        state="ended", closed_at=timezone.now(), closing_reason="Over."
    )
    emergency_grant.grant.granted_models.update(is_live=False)


def test_an_account_renamed_to_a_listed_address_is_refused(
    in_review: AccessRequest, zoe: User, eve: User
) -> None:
    """By a superuser, on the desk: an address of the list that nobody has yet."""
    EmailAddress.objects.filter(user=zoe).delete()
    User.objects.filter(pk=zoe.pk).update(email="gone@example.org")
    EmailAddress.objects.create(user=eve, email=eve.email, verified=True)
    User.objects.filter(pk=eve.pk).update(email="zoe@example.org", is_staff=True)
    with pytest.raises(NotAllowed, match="authorised for emergency access"):
        broken_by(User.objects.get(pk=eve.pk), in_review)


def test_an_address_that_was_never_confirmed_is_refused(
    in_review: AccessRequest, zoe: User
) -> None:
    EmailAddress.objects.filter(user=zoe).update(verified=False)
    with pytest.raises(NotAllowed, match="authorised for emergency access"):
        broken_by(zoe, in_review)
    assert "Grant emergency access" not in signed_in(zoe).get(LIST).content.decode()


def test_the_same_person_waits_for_the_review_of_the_last(
    emergency_grant: BreakGlass, other: AccessRequest, zoe: User, rita: User
) -> None:
    with pytest.raises(NotAllowed, match=f"{emergency_grant.grant}.* still needs its review"):
        broken_by(zoe, other)
    judged(emergency_grant, rita, "in_order")
    assert broken_by(zoe, other).state == "active"


def test_the_same_requester_waits_for_the_review_of_the_last(
    emergency_grant: BreakGlass, opus: AIModel, alice: User, yan: User
) -> None:
    ended(emergency_grant)
    again = requests.save(ask_for(opus), by=alice, submit=True)
    with pytest.raises(NotAllowed, match="still needs its review"):
        broken_by(yan, again)


def test_others_grant_meanwhile(
    emergency_grant: BreakGlass, other: AccessRequest, yan: User
) -> None:
    assert broken_by(yan, other).state == "active"


def test_not_in_order_bars_for_the_time_that_the_setting_names(
    emergency_grant: BreakGlass, other: AccessRequest, zoe: User, rita: User, settings: Settings
) -> None:
    settings.BREAK_GLASS_BAR = 3 * DAY
    judged(emergency_grant, rita, "not_in_order")
    with pytest.raises(NotAllowed, match="was not justified"):
        broken_by(zoe, other)
    until = BreakGlass.objects.get().reviewed_at + 3 * DAY
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        on_their_clock = re.escape(moments.moment(until))
        with pytest.raises(NotAllowed, match=on_their_clock):
            broken_by(zoe, other)
    with time_machine.travel(timezone.now() + 3 * DAY + timedelta(seconds=1), tick=False):
        assert broken_by(zoe, other).state == "active"


def test_database_refuses_a_second_one_before_the_review(
    emergency_grant: BreakGlass,
    other: AccessRequest,
    rita: User,
    approve: Callable[[AccessRequest, User], Grant],
) -> None:
    text = {"at": timezone.now(), "remind_at": timezone.now(), "reason": "Again."}
    with pytest.raises(IntegrityError, match="waits for the review"):
        BreakGlass.objects.create(grant=approve(other, rita), by=emergency_grant.by, **text)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_one_person_grant_once(
    in_review: AccessRequest, other: AccessRequest, zoe: User
) -> None:
    results = at_once(lambda: broken_by(zoe, in_review), lambda: broken_by(zoe, other))
    assert sum(isinstance(result, Refusal) for result in results) == 1
    assert BreakGlass.objects.count() == 1
