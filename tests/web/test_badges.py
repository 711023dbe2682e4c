"""What stands beside an access and wants its reader's eye."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import keys
from requests_app.models import Grant
from requests_app.web.access import badges
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

END = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)


def texts(grant: Grant, person: User, now: datetime | None = None) -> list[str]:
    return [badge.text for badge in badges.of_grant(grant, person, now or timezone.now())]


def test_an_access_without_a_key_says_to_make_it(grant: Grant, alice: User) -> None:
    assert texts(grant, alice) == ["create your key"]
    keys.claim(grant, by=alice)
    assert texts(Grant.objects.get(), alice) == []


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (timedelta(days=14, seconds=1), []),
        (timedelta(days=14), ["ends in 14 days"]),
        (timedelta(days=1), ["ends in 1 day"]),
        (timedelta(hours=18), ["ends today"]),
        (timedelta(hours=19), ["ends in 1 day"]),
    ],
)
def test_the_last_days_are_counted_by_the_calendar(
    grant: Grant, alice: User, before: timedelta, message: list[str]
) -> None:
    keys.claim(grant, by=alice)
    Grant.objects.update(ends_at=END)
    assert texts(Grant.objects.get(), alice, END - before) == message


def test_what_is_over_stands_apart_and_wants_nothing(grant: Grant, alice: User) -> None:
    grants.end(grant, by=alice)
    shown = page(Browser(alice).get("/access/"))
    assert "You have no active access." in shown
    assert f"Past access Claude Opus 3 {grant} Claude Opus 3: Compare refusals. Ended" in shown
    assert "create your key" not in shown
