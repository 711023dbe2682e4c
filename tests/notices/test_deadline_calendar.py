"""Mails that ask for a decision carry its deadline for the reader's calendar."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import icalendar
import pytest
import time_machine
import vobject
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, stages, votes
from requests_app.models import Stage
from tests.conftest import ask_for
from tests.support.desk_client import member, publish
from tests.support.sent_mail import sent_to

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)

Ask = Callable[..., Stage]


@pytest.fixture
def asked(opus: AIModel, alice: User, pat: User, lee: User, owners: Group, reviewers: Group) -> Ask:
    """Alice's request under a policy of one step, which is open."""

    def asked(name: str, quorum: int) -> Stage:
        step = policies.StepInput(name, reviewers, quorum)
        publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
        return requests.save(ask_for(opus), by=alice, submit=True).stages.get()

    return asked


def calendars(to: User) -> list[str]:
    """The calendar files that a person gets now, as a mail program reads them."""
    return [text for one in sent_to(to) for text in attached(one.message().as_bytes())]


def attached(raw: bytes) -> Iterable[str]:
    for part in message_from_bytes(raw, policy=policy.SMTP).iter_attachments():
        assert (part.get_content_type(), part.get_filename()) == ("text/calendar", "deadline.ics")
        yield part.get_content()


def event_of(content: str) -> Any:
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return event


def test_request_for_a_decision_has_its_deadline_for_two_parsers(stage: Stage, rita: User) -> None:
    (content,) = calendars(rita)
    calendar, ours = icalendar.Calendar.from_ical(content), event_of(content)
    theirs = vobject.readOne(content)
    assert (calendar["METHOD"], theirs.method.value) == ("PUBLISH", "PUBLISH")
    assert not ours.errors
    assert stage.due_at
    due_at = stage.due_at.replace(microsecond=0)
    assert ours["DTEND"].dt == theirs.vevent.dtend.value == due_at
    assert ours["DTSTART"].dt == theirs.vevent.dtstart.value == due_at - timedelta(minutes=30)
    summary = "Decide “Research review”: Claude Opus 3"
    assert str(ours["SUMMARY"]) == theirs.vevent.summary.value == summary
    assert ours["URL"].endswith(f"/accessrequest/{stage.access_request_id}/change/")


def test_calendar_says_nothing_of_what_is_asked_for(stage: Stage, rita: User) -> None:
    (content,) = calendars(rita)
    for private in ("Compare refusals", "Alice", "alice@example.org", "Example University"):
        assert private not in content


def test_names_are_escaped_and_folded(asked: Ask, rita: User) -> None:
    name = "Safety; legal, and “再見” \\ " + "committee " * 5 + "of all"
    asked(name, 1)
    (content,) = calendars(rita)
    assert str(event_of(content)["SUMMARY"]) == f"Decide “{name}”: Claude Opus 3"
    assert max(len(line.encode()) for line in content.splitlines()) <= 75


def test_reminder_is_the_same_event_to_a_calendar(stage: Stage, rita: User) -> None:
    (first,) = (event_of(content) for content in calendars(rita))
    with time_machine.travel(stage.remind_at, tick=False):
        assert stages.remind(stage.pk, now=timezone.now())
        (again,) = (event_of(content) for content in calendars(rita))
    assert first["UID"] == again["UID"]
    assert first["DTEND"].dt == again["DTEND"].dt


def test_calendar_counts_no_events(stage: Stage, rita: User, sam: User) -> None:
    """They may be votes and comments of others, who are hidden on a blind step."""
    (first,) = (event_of(content) for content in calendars(rita))
    comments.comment(stage.access_request, by=sam, text="Between us.")
    assert stage.opened_at
    assert stage.remind_at
    with time_machine.travel(stage.remind_at, tick=False):
        assert stages.remind(stage.pk, now=timezone.now())
        (again,) = (event_of(content) for content in calendars(rita))
    seconds = (stage.remind_at - stage.opened_at) // timedelta(seconds=1)
    assert (first["SEQUENCE"], again["SEQUENCE"]) == (0, seconds)


def test_deadline_that_moves_replaces_the_one_before(
    asked: Ask, reviewers: Group, rita: User, sam: User
) -> None:
    """Sam steps aside, and the quorum of two waits for somebody."""
    stage = asked("Safety", 2)
    (before,) = (event_of(content) for content in calendars(rita))
    votes.recuse(stage, by=sam, reason="A friend.")
    calendars(rita)
    with time_machine.travel(timezone.now() + 2 * DAY, tick=False):
        new = member("tom", reviewers)
        assert tasks.recheck_stages() == 1
        (after,) = (event_of(content) for content in calendars(rita))
        told = {one.to[0]: one.subject for one in mail.outbox}
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert timedelta(days=1.9) < after["DTEND"].dt - before["DTEND"].dt < timedelta(days=2.1)
    assert told[rita.email].startswith("New deadline, decide by ")
    assert told[new.email].startswith("Please decide by ")
    assert sam.email not in told


def test_deadline_that_moves_by_minutes_is_no_news(
    asked: Ask, reviewers: Group, rita: User, sam: User
) -> None:
    stage = asked("Safety", 2)
    calendars(rita)
    votes.recuse(stage, by=sam, reason="A friend.")
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=False):
        member("tom", reviewers)
        assert tasks.recheck_stages() == 1
        assert calendars(rita) == []


def test_step_that_ends_is_cancelled_in_the_calendars_of_those_who_were_asked(
    stage: Stage, rita: User, sam: User
) -> None:
    (before,) = (event_of(content) for content in calendars(sam))
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    (content,) = calendars(sam)
    calendar, ours = icalendar.Calendar.from_ical(content), event_of(content)
    theirs = vobject.readOne(content)
    assert (calendar["METHOD"], theirs.method.value) == ("CANCEL", "CANCEL")
    assert (ours["STATUS"], theirs.vevent.status.value) == ("CANCELLED", "CANCELLED")
    assert ours["UID"] == theirs.vevent.uid.value == before["UID"]
    assert ours["ORGANIZER"] == theirs.vevent.organizer.value == before["ORGANIZER"]
    assert str(ours["ORGANIZER"]).startswith("mailto:")
    assert ours["SEQUENCE"] > before["SEQUENCE"]  # within the same second, too
    assert not ours.errors
    assert [one.subject for one in mail.outbox if one.to == [sam.email]] == [
        "Nothing left to decide: Claude Opus 3: Compare refusals."
    ]


def test_other_mails_have_no_calendar(stage: Stage, opus: AIModel, alice: User) -> None:
    assert calendars(alice) == []
    assert [one.subject for one in mail.outbox if one.to == [alice.email]]
