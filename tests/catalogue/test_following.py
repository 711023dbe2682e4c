"""Following models, providers and platforms, and stopping from an email."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.catalogue import following
from requests_app.actions.endings import account_deletion
from requests_app.models import Follow, Notice
from requests_app.notices import unfollow_links
from requests_app.refusals import Invalid, NotAllowed
from requests_app.reports import data_export
from tests.conftest import today
from tests.support import retirement_edits as retirements
from tests.support.page_client import Browser, page
from tests.support.retirement_edits import End

pytestmark = pytest.mark.django_db
PLATFORM = "Example API"


@pytest.fixture
def ending(example: AIModel) -> AIModel:
    """Retires in 90 days."""
    Retirement.objects.create(
        ai_model=example, platform=PLATFORM, retires=today() + timedelta(days=90), precision="day"
    )
    tasks.tell_of_retirements()
    return example


@pytest.fixture
def notice(ending: AIModel, alice: User, erin: User) -> Notice:
    """Alice follows all three and is told of another date."""
    for what in (ending, ending.provider, PLATFORM):
        following.follow(what, by=alice)
    later = End(today() + timedelta(days=99))
    retirements.move_date(ending.retirements.get(), later, by=erin)
    return Notice.objects.get()


def test_follow_twice_is_followed_once(ending: AIModel, alice: User) -> None:
    rows = {following.follow(ending, by=alice).pk for _ in range(2)}
    assert len(rows) == Follow.objects.count() == 1
    assert following.unfollow(ending, by=alice)
    assert not following.unfollow(ending, by=alice)


def test_account_out_of_good_standing_is_told_nothing(
    ending: AIModel, alice: User, erin: User
) -> None:
    following.follow(ending, by=alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    retirements.move_date(ending.retirements.get(), End(today() + timedelta(days=99)), by=erin)
    assert not Notice.objects.exists()


def test_follow_refuses_an_unknown_platform_and_an_account_that_is_gone(
    ending: AIModel, alice: User
) -> None:
    with pytest.raises(Invalid, match="The catalogue doesn't have this platform."):
        following.follow("Nowhere", by=alice)
    account_deletion.delete_account(alice, by=alice)
    with pytest.raises(NotAllowed, match="not in good standing"):
        following.follow(ending, by=alice)


def test_database_refuses_a_follow_of_two_things_or_of_none(ending: AIModel, alice: User) -> None:
    now = timezone.now()
    for columns in ({}, {"ai_model": ending, "platform": PLATFORM}):
        with pytest.raises(IntegrityError, match="one_thing"), transaction.atomic():
            Follow.objects.create(person=alice, followed_at=now, **columns)


def test_account_knows_what_it_follows_until_it_is_deleted(ending: AIModel, alice: User) -> None:
    following.follow(ending, by=alice)
    exported = data_export.of_person(alice)["following"]
    assert [row["name"] for row in exported] == ["Example 1"]
    account_deletion.delete_account(alice, by=alice)
    assert not Follow.objects.exists()


def test_buttons_of_a_models_page_follow_and_stop(ending: AIModel, alice: User) -> None:
    browser, address = Browser(alice), "/models/example-1/"
    for kind, value, name in (
        ("model", "example-1", "Example 1"),
        ("provider", "example-lab", "Example Lab"),
        ("platform", PLATFORM, PLATFORM),
    ):
        fields = {"kind": kind, "value": value, "page": "example-1"}
        assert f"Follow {name}" in page(browser.get(address))
        shown = page(browser.post("/follow/", fields, follow=True))
        assert f"You now follow {name} by email." in shown
        assert f"Stop following {name}" in shown
    listed = page(browser.get("/account/following/"))
    assert listed.count("Stop following") == 3
    shown = page(
        browser.post("/unfollow/", {"kind": "provider", "value": "example-lab"}, follow=True)
    )
    assert "You no longer follow Example Lab." in shown
    assert Follow.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "value"), [("model", "gpt-0"), ("provider", "\x00"), ("person", "alice")]
)
def test_what_the_catalogue_does_not_have_is_not_found(
    ending: AIModel, alice: User, kind: str, value: str
) -> None:
    answer = Browser(alice).post("/follow/", {"kind": kind, "value": value})
    assert answer.status_code == 404
    assert not Follow.objects.exists()


def test_stranger_who_follows_signs_in_first(ending: AIModel) -> None:
    answer = Client().post("/follow/", {"kind": "model", "value": "example-1"})
    assert answer["Location"].startswith("/accounts/login/")
    assert not Follow.objects.exists()


def test_get_changes_nothing_and_leads_to_the_list(ending: AIModel, alice: User) -> None:
    for address in ("/follow/", "/unfollow/"):
        assert Browser(alice).get(address)["Location"] == "/account/following/"


def test_link_in_the_mail_asks_first_and_stops_all_by_post(notice: Notice, alice: User) -> None:
    link, visitor = unfollow_links.path_of(notice), Client(enforce_csrf_checks=True)
    shown = page(visitor.get(link))
    assert "because you follow: Example 1 Example Lab Example API" in shown
    assert alice.email not in shown
    assert alice.full_name not in shown
    assert Follow.objects.count() == 3
    assert "Done. You no longer get emails" in page(visitor.post(link))
    assert not Follow.objects.exists()
    assert "You don't follow this any more." in page(visitor.post(link))


def test_mail_program_stops_it_with_one_click(notice: Notice, settings: Settings) -> None:
    settings.HTTPS, settings.SITE_URL = True, "https://emeritus.example"
    mail.outbox.clear()
    tasks.send_notices()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://emeritus.example/unfollow/")
    assert link in mail.outbox[0].body
    answer = Client(enforce_csrf_checks=True).post(
        link.removeprefix("https://emeritus.example"),
        "List-Unsubscribe=One-Click",
        "application/x-www-form-urlencoded",
        secure=True,
    )
    assert (answer.status_code, Follow.objects.count()) == (200, 0)


def test_link_ends_only_what_its_reader_follows(notice: Notice, bob: User) -> None:
    other = AIModel.objects.create(
        identifier="other", name="Other", provider=AIModel.objects.get().provider
    )
    following.follow(AIModel.objects.get(identifier="example-1"), by=bob)
    following.follow(other, by=notice.recipient)
    Client().post(unfollow_links.path_of(notice))
    assert {(row.person, str(row)) for row in Follow.objects.all()} == {
        (bob, "Example 1"),
        (notice.recipient, "Other"),
    }


def test_link_that_was_changed_is_not_found(notice: Notice) -> None:
    link = unfollow_links.path_of(notice)
    for broken in (link.replace(f"/{notice.pk}.", f"/{notice.pk + 1}."), "/unfollow/a.b/"):
        assert Client().post(broken).status_code == 404
    assert Follow.objects.count() == 3


def test_holder_who_does_not_follow_gets_no_link(grant: object, opus: AIModel, erin: User) -> None:
    end = End(date(2030, 1, 1))
    Notice.objects.all().delete()
    retirements.announce(opus, "Cloud", end, by=erin, announced=today())
    mail.outbox.clear()
    tasks.send_notices()
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers
    assert "Stop following" not in mail.outbox[0].body


def test_mail_is_dropped_once_its_reader_stopped(notice: Notice) -> None:
    Follow.objects.all().delete()
    mail.outbox.clear()
    tasks.send_notices()
    notice.refresh_from_db()
    assert (mail.outbox, notice.problem) == ([], "No longer relevant.")


def test_mail_and_pages_are_in_german_for_who_reads_german(notice: Notice, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="de")
    mail.outbox.clear()
    tasks.send_notices()
    assert mail.outbox[0].subject.startswith("Abschaltung von Example 1 auf den ")
    german = Client(headers={"accept-language": "de"})
    assert "Diese E-Mails beenden" in page(german.get(unfollow_links.path_of(notice)))
