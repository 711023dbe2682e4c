"""Announcing, moving and reopening: one event each, one notice to whoever watches, and on time."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import AccessRoute, AIModel, DateChange, Provider, Retirement
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.catalogue import following, retirement_events
from requests_app.models import Event, Follow, Grant, Notice, Policy, Proposal, RetirementWatch
from requests_app.refusals import NotAllowed
from tests.catalogue.test_admin import WHY, as_posted
from tests.conftest import today
from tests.support import retirement_edits as retirements
from tests.support.concurrency import started
from tests.support.desk_client import signed_in, text_of
from tests.support.retirement_edits import End

pytestmark = pytest.mark.django_db
API = "Example API"


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def announce(ai_model: AIModel, by: User, days: int = 90, platform: str = API) -> Retirement:
    end = End(in_days(days))
    return retirements.announce(ai_model, platform, end, by=by, announced=today())


def kinds(ai_model: AIModel) -> list[str]:
    return list(Event.objects.filter(ai_model=ai_model).values_list("kind", flat=True))


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(recipient=person).values_list("template", flat=True))


def sweep(at: datetime | date) -> list[str]:
    """The subjects of what is sent then."""
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        tasks.tell_of_retirements()
        tasks.send_notices()
    return [str(message.subject) for message in mail.outbox]


def body_to(person: User) -> str:
    return next(str(letter.body) for letter in mail.outbox if letter.to == [person.email])


def test_announce_records_the_end_and_one_event(example: AIModel, erin: User) -> None:
    row = announce(example, erin)
    event = Event.objects.get(ai_model=example)
    assert (event.kind, event.actor, event.subject) == (
        "retirement.announced",
        erin,
        f"model-{example.pk}",
    )
    assert event.details["dates"] == [str(in_days(90))]
    assert event.details["platforms"] == [API]
    assert (row.announced, row.precision) == (today(), "day")
    assert row.set_by_people.keys() == {"platform", "announced", "retires", "precision"}


def test_announce_is_refused_to_who_is_no_editor(example: AIModel, alice: User) -> None:
    with pytest.raises(NotAllowed, match="Only members of the group Catalogue editors"):
        announce(example, alice)
    assert not Retirement.objects.exists()


def test_desk_refuses_odd_days_of_announcements_and_reopenings(
    example: AIModel, erin: User
) -> None:
    announce(example, erin)
    page = f"/admin/catalogue/aimodel/{example.pk}/change/"
    sent, earlier = as_posted(signed_in(erin).get(page)), str(in_days(-1))
    for fields, sentence in (
        ({"announced": str(in_days(1))}, "Choose today or a day in the past."),
        ({"retires": earlier}, f"This is after the retirement on {earlier}"),
        ({"retires": ""}, "says that there is no date yet, or needs one"),
        ({"reopened": str(in_days(91))}, "It isn't retired yet. Change its date instead."),
        ({"reopened": str(in_days(90))}, "This isn't after the retirement on"),
        ({"moved_reason": "More time."}, "Only a date that moves has this."),
        ({"moved_source": "no address", "retires": str(in_days(99))}, "Enter a valid URL."),
    ):
        changed = {f"retirements-0-{name}": value for name, value in fields.items()}
        assert sentence in text_of(signed_in(erin).post(page, sent | changed))
    assert kinds(example) == ["retirement.announced"]


def test_announce_takes_the_row_with_the_date_promised_before(example: AIModel, erin: User) -> None:
    Retirement.objects.create(
        ai_model=example, platform=API, retires=in_days(60), precision="not_sooner_than"
    )
    tasks.tell_of_retirements()
    row = announce(example, erin, 60)
    assert Retirement.objects.get() == row
    assert kinds(example) == ["retirement.announced"]
    assert DateChange.objects.get().to_precision == "day"


def test_moved_date_is_public_with_the_reason_and_source_that_its_editor_gives(
    example: AIModel, erin: User, alice: User, client: Client
) -> None:
    announce(example, erin)
    following.follow(example, by=alice)
    AccessRoute.objects.create(ai_model=example, kind="none")
    desk, page = signed_in(erin), f"/admin/catalogue/aimodel/{example.pk}/change/"
    why = {"reason": "More time.", "source": "https://example.org/a", "on": str(today())}
    moved = {f"retirements-0-moved_{name}": value for name, value in why.items()}
    sent = as_posted(desk.get(page)) | moved | {"retirements-0-retires": str(in_days(120))}
    assert desk.post(page, sent).status_code == 302
    change = DateChange.objects.get()
    assert (change.from_date, change.to_date) == (in_days(90), in_days(120))
    assert (change.reason, change.changed_on) == ("More time.", today())
    assert change.source
    assert (change.source.url, change.source.kind) == (why["source"], "provider")
    event = Event.objects.get(kind="retirement.date_moved")
    assert event.details["from_dates"] == [str(in_days(90))]
    assert (event.details["stated_reason"], event.details["source"]) == (
        "More time.",
        why["source"],
    )
    assert event.details["reason"] == WHY  # the editor's own, which isn't published
    for address in ("/models/example-1/", "/feeds/changes.atom", "/feeds/changes.json"):
        shown = client.get(address).content.decode()
        assert ("Reason: More time." in shown, why["source"] in shown) == (True, True), address
        assert WHY not in shown
    german = client.get("/models/example-1/", HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert "Grund: More time." in german
    row = client.get("/api/v1/models/example-1/").json()["retirements"][0]["date_changes"][0]
    assert (row["reason"], row["source"]["url"]) == ("More time.", why["source"])
    sweep(timezone.now())
    assert "More time." in mail.outbox[0].body
    assert "More time." in text_of(
        desk.get(f"/admin/catalogue/retirement/{change.retirement_id}/change/")
    )


def test_reason_of_a_proposed_date_waits_with_it(policy: Policy, opus: AIModel, erin: User) -> None:
    desk, page = signed_in(erin), f"/admin/catalogue/aimodel/{opus.pk}/change/"
    moved = {"retires": "2026-02-01", "moved_reason": "More.", "moved_source": "https://a.org/"}
    fields = {f"retirements-0-{name}": value for name, value in moved.items()}
    desk.post(page, as_posted(desk.get(page)) | fields)
    assert not DateChange.objects.exists()
    proposal = Proposal.objects.get()
    shown = text_of(desk.get(f"/admin/requests_app/proposal/{proposal.pk}/change/"))
    assert "added: reason More.; source https://a.org/" in shown
    retirements.accept(proposal)
    change = DateChange.objects.get()
    assert change.source
    assert (change.reason, change.source.url) == ("More.", "https://a.org/")


def test_reopen_tells_that_it_is_served_again(example: AIModel, erin: User, alice: User) -> None:
    row = announce(example, erin, 1)
    following.follow(example, by=alice)
    on = in_days(4)
    with time_machine.travel(in_days(5)):
        retirements.reopen(row, by=erin, on=on)
    assert sweep(in_days(6)) == ["Example 1 is served again"]
    assert sweep(in_days(40)) == []


def test_reminders_come_at_30_7_and_1_days_and_on_the_day(
    example: AIModel, erin: User, alice: User
) -> None:
    announce(example, erin)
    following.follow(example, by=alice)
    day = in_days(90)
    sent = {left: sweep(day - timedelta(days=left)) for left in range(40, -5, -1)}
    said = f"({day:%-d %B %Y}, UTC)"
    assert {left: subjects for left, subjects in sent.items() if subjects} == {
        30: [f"Example 1 retires in 30 days {said}"],
        7: [f"Example 1 retires in 7 days {said}"],
        1: [f"Example 1 retires tomorrow {said}"],
        0: [f"Example 1 retires today {said}"],
    }


def test_reminder_that_is_24_days_late_is_the_one_of_7_days(
    example: AIModel, erin: User, alice: User
) -> None:
    announce(example, erin)
    following.follow(example, by=alice)
    assert len(sweep(in_days(90 - 6))) == 1
    assert "retires in 6 days" in mail.outbox[0].subject
    assert Event.objects.filter(kind="retirement.coming").count() == 1
    assert sweep(in_days(90 - 5)) == []


def test_sweep_twice_tells_once(example: AIModel, erin: User, alice: User) -> None:
    announce(example, erin)
    following.follow(example, by=alice)
    now = timezone.now() + timedelta(days=62)
    assert retirement_events.tell(example.pk, now=now)
    assert not retirement_events.tell(example.pk, now=now)
    assert told(alice) == ["retirement_coming"]


def test_mail_about_a_date_that_moved_meanwhile_is_dropped(
    example: AIModel, erin: User, alice: User
) -> None:
    following.follow(example, by=alice)
    row = announce(example, erin)
    retirements.move_date(row, End(in_days(100)), by=erin)
    retirements.move_date(row, End(in_days(110)), by=erin)
    assert sweep(timezone.now()) == [
        f"Retirement of Example 1 moved to {in_days(110):%-d %B %Y} (UTC)"
    ]
    assert Notice.objects.filter(dropped_at__isnull=False).count() == 2


def test_reminder_whose_mail_waited_for_the_next_one_is_dropped(
    example: AIModel, erin: User, alice: User
) -> None:
    announce(example, erin)
    following.follow(example, by=alice)
    for left in (30, 7):
        with time_machine.travel(in_days(90 - left)):
            tasks.tell_of_retirements()
    assert [subject[:27] for subject in sweep(in_days(84))] == ["Example 1 retires in 6 days"]


def test_date_that_moved_past_every_action_is_told_before_it_is_reminded_of(
    example: AIModel, erin: User, alice: User
) -> None:
    row = announce(example, erin)
    following.follow(example, by=alice)
    Retirement.objects.filter(pk=row.pk).update(retires=in_days(200))
    assert sweep(in_days(61)) == [
        f"Retirement of Example 1 moved to {in_days(200):%-d %B %Y} (UTC)"
    ]
    assert kinds(example) == ["retirement.announced", "retirement.date_moved"]


def test_retirement_known_from_before_is_reminded_of_and_not_announced(
    example: AIModel, alice: User
) -> None:
    following.follow(example, by=alice)
    Retirement.objects.create(ai_model=example, platform=API, retires=in_days(20), precision="day")
    assert sweep(timezone.now()) == []
    assert RetirementWatch.objects.get().revision == 0
    assert len(sweep(in_days(13))) == 1


def test_retirement_on_two_platforms_is_one_mail(
    example: AIModel, erin: User, alice: User, lab: Provider
) -> None:
    for platform in (API, "Cloud"):
        announce(example, erin, platform=platform)
        following.follow(platform, by=alice)
    following.follow(example, by=alice)
    following.follow(lab, by=alice)
    assert len(sweep(in_days(60))) == 1
    body = mail.outbox[0].body
    assert f"- {API}: " in body
    assert "- Cloud: " in body
    assert "you follow: Example API, Cloud, Example 1, Example Lab." in body


def test_follower_of_another_platform_hears_nothing(
    example: AIModel, erin: User, alice: User
) -> None:
    announce(example, erin, 50)
    announce(example, erin, 90, "Cloud")
    following.follow("Cloud", by=alice)
    assert sweep(in_days(20)) == []
    assert len(sweep(in_days(60))) == 1


def test_holder_sharer_and_requester_are_told_without_following(
    grant: Grant, opus: AIModel, erin: User, alice: User
) -> None:
    following.follow(opus, by=alice)
    following.follow(opus.provider, by=alice)
    Notice.objects.all().delete()
    announce(opus, erin, platform="Cloud")
    assert told(alice) == ["retirement_announced"]
    sweep(timezone.now())
    assert "Your access to it through Emeritus doesn't change." in body_to(alice)


def test_mail_to_one_more_follower_takes_seven_queries(example: AIModel, erin: User) -> None:
    """Leased (four with the transaction), two about its reader, and marked as sent."""
    people = [User(email=f"f{number}@example.org", full_name="F") for number in range(13)]
    now = timezone.now()
    asked: list[int] = []
    User.objects.bulk_create(people)
    for some in (people[:3], people[3:]):
        Follow.objects.bulk_create(
            Follow(person=p, ai_model=example, followed_at=now) for p in some
        )
        announce(example, erin, platform=f"Cloud {len(asked)}")
        with CaptureQueriesContext(connection) as seen:
            tasks.send_notice(*Notice.objects.filter(sent_at=None).values_list("pk", flat=True))
        asked.append(len(seen))
    assert len(mail.outbox) == 3 + 13
    assert (asked[1] - asked[0]) / 10 == 7


def test_requester_in_review_is_told(in_review: Any, opus: AIModel, erin: User) -> None:
    announce(opus, erin, platform="Cloud")
    sweep(timezone.now())
    body = next(m.body for m in mail.outbox if "Retirement of" in m.subject)
    assert "because you have requested access to this model." in body
    assert "Your request for access stays with its reviewers." in body


def test_mail_says_from_when_access_can_be_requested(
    policy: Any, opus: AIModel, erin: User, bob: User
) -> None:
    Retirement.objects.all().delete()
    row = announce(opus, erin, platform="Claude API")
    following.follow(opus, by=bob)
    sweep(in_days(60))
    assert "Once it is retired, you can request access to it." in body_to(bob)
    assert row.retires
    sweep(row.retires)
    assert "You can request access to it now." in mail.outbox[0].body


def test_nobody_hears_of_a_correction_of_the_past(grant: Grant, opus: AIModel, alice: User) -> None:
    tasks.tell_of_retirements()
    Notice.objects.all().delete()
    Retirement.objects.update(retires=date(2026, 1, 6))
    tasks.tell_of_retirements()
    assert (kinds(opus), told(alice)) == (["model.corrected"], [])
    assert RetirementWatch.objects.get().revision == 1


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_are_two_events_in_one_chain(example: AIModel, erin: User) -> None:
    row = announce(example, erin)
    with transaction.atomic():
        retirements.move_date(row, End(in_days(100)), by=erin)
        other = started(lambda: retirements.move_date(row, End(in_days(110)), by=erin))
    assert other().retires == in_days(110)
    assert [change.to_date for change in DateChange.objects.all()] == [in_days(100), in_days(110)]
    sequences = Event.objects.filter(ai_model=example).values_list("sequence", flat=True)
    assert list(sequences) == [1, 2, 3]
