"""“I'm away until”: steps are handed over, the stand-in is told, the rest is muted, and it ends."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, votes
from requests_app.models import AccessRequest, Delegation, Event, Stage
from tests.conftest import ask_for
from tests.support.desk_client import INDEX, member, publish, signed_in, text_of

pytestmark = pytest.mark.django_db
MINE = "/admin/requests_app/delegation/"
DAY = timedelta(days=1)


@pytest.fixture
def kim(pat: User, lee: User, owners: Group) -> User:
    """Reviews for another policy."""
    elsewhere = Group.objects.create(name="Elsewhere")
    kim = member("kim", elsewhere)
    publish(policies.StepInput("Other", elsewhere), by=(pat, lee), owners=owners, ai_models=[])
    return kim


@pytest.fixture
def away(stage: Stage, rita: User, kim: User) -> Delegation:
    """Rita is away for a week, and Kim acts for her. All emails so far are sent."""
    tasks.send_notices()
    mail.outbox.clear()
    until = timezone.now() + 7 * DAY
    row = delegations.set_away(by=rita, until=until, to=kim, reason="On leave.")
    tasks.recheck_stages()
    tasks.send_notices()
    return row


def subjects(person: User) -> list[str]:
    return [str(message.subject) for message in mail.outbox if message.to == [person.email]]


def test_open_step_is_handed_over_and_the_stand_in_is_told(
    away: Delegation, stage: Stage, kim: User, rita: User
) -> None:
    told, asked = sorted(subjects(kim), reverse=True)
    assert told == "You act for Rita in reviews"
    assert asked.startswith("Please decide by")
    assert subjects(rita) == []
    votes.approve(stage, by=kim, reason="Sound.", shown=stage.revision.digest())
    assert AccessRequest.objects.get().state == "approved"


def test_whoever_is_away_gets_no_email_about_steps_that_open_or_end(
    away: Delegation, opus: AIModel, bob: User, kim: User, rita: User, sam: User
) -> None:
    asked = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    with time_machine.travel(asked.remind_at):
        tasks.remind_stages()
        tasks.send_notices()
    votes.approve(asked, by=sam, reason="Sound.", shown=asked.revision.digest())
    tasks.send_notices()
    assert len(subjects(kim)) > 3
    assert len(subjects(sam)) > 1
    assert subjects(rita) == []


def test_emails_go_on_where_the_stand_in_cannot_decide(
    away: Delegation, opus: AIModel, kim: User, rita: User, bob: User
) -> None:
    """Silence never decides: Kim asks herself, or has stepped aside."""
    own = requests.save(ask_for(opus), by=kim, submit=True)
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    votes.recuse(other, by=kim, reason="A friend.")
    tasks.send_notices()
    assert len(subjects(rita)) == 2
    with time_machine.travel(own.stages.get().remind_at + timedelta(minutes=1)):
        tasks.remind_stages()
        tasks.send_notices()
    assert len(subjects(rita)) == 4


def test_it_ends_by_itself(away: Delegation, opus: AIModel, bob: User, rita: User) -> None:
    with time_machine.travel(away.ends_at):
        requests.save(ask_for(opus), by=bob, submit=True)
        tasks.send_notices()
    [subject] = subjects(rita)
    assert subject.startswith("Decide by")


def test_it_is_ended_early_and_the_stand_in_is_told(
    away: Delegation, stage: Stage, kim: User, rita: User
) -> None:
    desk = signed_in(rita)
    assert "I'm back" in text_of(desk.get(MINE))
    assert desk.post(f"{MINE}{away.pk}/end/").status_code == 302
    tasks.send_notices()
    assert "You no longer act for Rita in reviews" in subjects(kim)
    assert "You're away" not in text_of(desk.get(INDEX))


def test_stand_in_isnt_told_of_an_absence_that_was_over_before(
    stage: Stage, rita: User, kim: User
) -> None:
    until = timezone.now() + DAY
    delegations.end(delegations.set_away(by=rita, until=until, to=kim), by=rita)
    tasks.send_notices()
    assert subjects(kim) == ["You no longer act for Rita in reviews"]


def test_form_sets_away_at_once(stage: Stage, rita: User, kim: User) -> None:
    desk, until = signed_in(rita), timezone.now() + 9 * DAY
    typed = {"ends_on": f"{until:%Y-%m-%d}", "to": kim.pk, "why": "On leave."}
    assert desk.post(f"{MINE}away/", typed).status_code == 302
    row = rita.delegations.get()
    assert (row.away, row.takes_open, row.ends_at.date()) == (True, True, until.date())
    assert "You're away</strong> until" in text_of(desk.get(INDEX))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("ends_on", "2020-01-01", "The end must be after the start and in the future."),
        ("ends_on", "", "This field is required."),
        ("to", "0", "not one of the available choices"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_the_rest(
    stage: Stage, rita: User, kim: User, field: str, value: str, sentence: str
) -> None:
    typed = {"ends_on": f"{timezone.now() + DAY:%Y-%m-%d}", "to": kim.pk, "why": "On leave."}
    response = signed_in(rita).post(f"{MINE}away/", {**typed, field: value})
    assert response.status_code == 422
    text = text_of(response)
    assert sentence in text
    assert text.count(sentence) < 3  # not in the other form too
    assert 'value="On leave."' in text
    assert not Delegation.objects.exists()


def test_absence_is_recorded_with_each_policy_once_and_told_once(
    away: Delegation, rita: User, kim: User
) -> None:
    rita.groups.add(kim.groups.get())
    delegations.end(away, by=rita)
    events = Event.objects.filter(kind="policy.seat_returned").order_by("pk")
    assert [event.details["tells"] for event in events] == [True, False]
    assert len({event.policy_id for event in events}) == 2
    assert Event.objects.get(kind="policy.seat_lent").details["away"] is True


def test_away_page_is_refused_to_whoever_reviews_nothing(pat: User, kim: User) -> None:
    typed = {"ends_on": f"{timezone.now() + DAY:%Y-%m-%d}", "to": kim.pk}
    assert signed_in(pat).post(f"{MINE}away/", typed).status_code == 403
    assert signed_in(kim).get(f"{MINE}away/").status_code == 302
