"""When a step can be decided again, or somebody joins it, those whom it concerns hear of it."""

from datetime import datetime, timedelta

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
from requests_app.actions.review import stages, votes
from requests_app.models import Delegation, Notice, Policy, Stage
from requests_app.rules.desk import inbox
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from tests.conftest import ask_for
from tests.support.desk_client import member, publish, signed_in
from tests.support.page_client import Browser
from tests.support.page_client import page as text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(template: str) -> set[str]:
    rows = Notice.objects.filter(template=template)
    return {notice.recipient.full_name for notice in rows}


@pytest.fixture
def stuck(stage: Stage, rita: User, sam: User) -> Stage:
    """Both have stepped aside, two days after it opened."""
    with time_machine.travel(stage.opened_at + 2 * DAY, tick=False):
        for somebody in (rita, sam):
            votes.recuse(stage, by=somebody, reason="A friend.")
    return Stage.objects.get(pk=stage.pk)


def joined_by(name: str, reviewers: Group, at: datetime) -> User:
    with time_machine.travel(at, tick=False):
        new = member(name, reviewers)
        assert tasks.recheck_stages() == 1
        assert tasks.recheck_stages() == 0
    return new


def test_new_reviewer_and_requester_hear_that_a_deadlock_is_over(
    stuck: Stage, reviewers: Group
) -> None:
    joined_by("tom", reviewers, stuck.deadlocked_at + DAY)
    assert (told("stage_joined"), told("request_unlocked")) == ({"Tom"}, {"Alice"})
    with time_machine.travel(stuck.deadlocked_at + DAY, tick=False):
        tasks.send_notices()
    by_name = {message.to[0]: message for message in mail.outbox}
    assert "You can now decide on Alice's request" in by_name["tom@example.org"].body
    assert (
        by_name["alice@example.org"].subject
        == "The review continues: Claude Opus 3: Compare refusals."
    )


def test_requesters_page_no_longer_waits_for_reviewers(
    stuck: Stage, reviewers: Group, alice: User
) -> None:
    address = f"/requests/{stuck.access_request}/"
    assert "Not enough reviewers available" in text_of(Browser(alice).get(address))
    joined_by("tom", reviewers, stuck.deadlocked_at + timedelta(minutes=1))
    assert "Not enough reviewers available" not in text_of(Browser(alice).get(address))


def test_time_that_was_left_goes_on_when_a_deadlock_is_over(stuck: Stage, reviewers: Group) -> None:
    """Five of seven days were left; they would have one, and no reminder."""
    due_at, opened_at = stuck.due_at, stuck.opened_at
    joined_by("tom", reviewers, stuck.deadlocked_at + 4 * DAY)
    stuck.refresh_from_db()
    assert stuck.due_at == due_at + 4 * DAY == opened_at + 11 * DAY
    assert stuck.remind_at


def test_deadlocks_give_one_window_more_at_most(stuck: Stage, reviewers: Group) -> None:
    """However often too few are left and enough again."""
    opened_at = stuck.opened_at
    for days in range(3, 40, 3):
        with time_machine.travel(opened_at + days * DAY, tick=False):
            new = member(f"r{days}", reviewers)
            stages.recheck_all()
            User.objects.filter(pk=new.pk).update(is_staff=False)
            stages.recheck_all()
            stuck.refresh_from_db()
    assert stuck.due_at == opened_at + 14 * DAY


def test_deadlocks_bring_no_more_than_three_reminders(stuck: Stage, reviewers: Group) -> None:
    opened_at = stuck.opened_at
    for hours in range(72, 14 * 24, 6):
        with time_machine.travel(opened_at + timedelta(hours=hours), tick=False):
            new = member(f"r{hours}", reviewers)
            stages.recheck_all()
            tasks.remind_stages()
            if hours % 24 == 0:
                User.objects.filter(pk=new.pk).update(is_staff=False)
                User.objects.filter(full_name__startswith="R").update(is_staff=False)
                stages.recheck_all()
    stuck.refresh_from_db()
    assert stuck.reminders <= 3


def test_deadlock_that_stays_ends_in_its_time(stuck: Stage) -> None:
    assert votes.expire(stuck.pk, now=stuck.due_at)


def test_whoever_joins_a_step_that_is_open_is_asked(stage: Stage, reviewers: Group) -> None:
    joined_by("tom", reviewers, timezone.now())
    assert (told("stage_joined"), told("request_unlocked")) == ({"Tom"}, set())


# Delegates --------------------------------------------------------------------------------------


@pytest.fixture
def lou(policy: Policy) -> User:
    """In no group of this policy."""
    return member("lou", Group.objects.create(name="Elsewhere"))


def lend(lou: User, by: User, *, takes_open: bool) -> None:
    """As the action does; Lou is in no policy's group."""
    now = timezone.now()
    Delegation.objects.create(
        person=by, delegate=lou, starts_at=now, ends_at=now + 3 * DAY, takes_open=takes_open
    )


def test_delegation_takes_open_steps_along_and_the_delegate_is_told_in_whose_place(
    stage: Stage, lou: User, rita: User
) -> None:
    lend(lou, rita, takes_open=True)
    assert why_not("vote", VotingPanel(stage, timezone.now()), lou) is None
    assert list(inbox.waiting_for(lou, timezone.now())) == [stage]
    assert stages.recheck(stage.pk, now=timezone.now())
    tasks.send_notices()
    [message] = [each for each in mail.outbox if each.to == [lou.email]]
    assert "You are reviewing on behalf of Rita." in message.body


def test_delegation_leaves_open_steps_unless_asked(stage: Stage, lou: User, rita: User) -> None:
    lend(lou, rita, takes_open=False)
    assert why_not("vote", VotingPanel(stage, timezone.now()), lou)
    assert not stages.recheck(stage.pk, now=timezone.now())
    assert told("stage_joined") == set()


def test_whoever_lost_their_place_to_a_vote_is_asked_again_in_anothers(
    opus: AIModel, alice: User, rita: User, sam: User, pat: User, lee: User,
    reviewers: Group, owners: Group,
) -> None:  # fmt: skip
    """Lou votes for Sam; then Rita leaves her place to Sam."""
    lou = member("lou", Group.objects.create(name="Elsewhere"))
    both = policies.StepInput("Both", reviewers, quorum=2)
    publish(both, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    lend(lou, sam, takes_open=True)
    assert stages.recheck(stage.pk, now=timezone.now())
    votes.approve(stage, by=lou, reason="Good.", shown=stage.revision.digest())
    assert not stages.recheck(stage.pk, now=timezone.now())
    lend(sam, rita, takes_open=True)
    assert stages.recheck(stage.pk, now=timezone.now())
    assert not stages.recheck(stage.pk, now=timezone.now())
    assert told("stage_joined") == {"Lou", "Sam"}


def test_delegate_reads_in_whose_place_when_a_step_opens(
    policy: Policy, opus: AIModel, bob: User, lou: User, rita: User
) -> None:
    lend(lou, rita, takes_open=False)
    requests.save(ask_for(opus), by=bob, submit=True)
    tasks.send_notices()
    [message] = [each for each in mail.outbox if each.to == [lou.email]]
    assert "You are reviewing on behalf of Rita." in message.body
    [own] = [each for each in mail.outbox if each.to == [rita.email]]
    assert "on behalf of" not in own.body


def test_form_lends_open_steps_when_it_is_ticked(stage: Stage, rita: User, sam: User) -> None:
    typed = {
        "to": sam.pk,
        "starts_on": f"{timezone.now():%Y-%m-%d}",
        "ends_on": f"{timezone.now() + 9 * DAY:%Y-%m-%d}",
        "takes_open": "on",
    }
    address = "/admin/requests_app/delegation/"
    assert signed_in(rita).post(address, typed).status_code == 302
    assert rita.delegations.get().takes_open
