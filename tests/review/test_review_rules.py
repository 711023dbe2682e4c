"""One rule of the review each: denials, recusal, seats, and what stays passed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, stages, votes
from requests_app.models import AccessRequest, Policy, Stage
from requests_app.refusals import NotAllowed, WrongState
from requests_app.transitions.transition import move
from tests.conftest import ask_for, person
from tests.support import accepted_collaborators

pytestmark = pytest.mark.django_db

Ask = Callable[..., AccessRequest]


def vote(act: Callable[..., Stage], access_request: AccessRequest, by: User) -> None:
    stage = access_request.stages.open().get()
    act(stage, by=by, reason="Because.", shown=stage.revision.digest())


@pytest.fixture
def tom(reviewers: Group) -> User:
    tom = person("tom", staff=True)
    tom.groups.add(reviewers)
    return tom


@pytest.fixture
def ask(policy: Policy, opus: AIModel, alice: User, tom: User, pat: User, lee: User) -> Ask:
    """Publish these steps and send a request to them."""

    def ask(*steps: StepInput) -> AccessRequest:
        text = policies.VersionInput("Terms.", steps)
        policies.publish(policies.draft(policy, text, by=pat), by=lee)
        return requests.save(ask_for(opus), by=alice, submit=True)

    return ask


@pytest.fixture
def passed_once(ask: Ask, reviewers: Group, rita: User) -> AccessRequest:
    """Rita passed the first of two steps, which reads the purpose only."""
    row = ask(
        StepInput("First", reviewers, rereview_on=["purpose"]), StepInput("Second", reviewers)
    )
    vote(votes.approve, row, rita)
    return row


def send_anew(row: AccessRequest, opus: AIModel, sam: User, purpose: str, days: int) -> list[str]:
    """Return it, send it with these changes, and say how its stages stand."""
    vote(votes.ask_for_changes, row, sam)
    text = ask_for(opus, purpose=purpose, days=days)
    requests.save(text, by=row.requester, access_request=row, submit=True)
    return list(row.stages.filter(revision__number=2).values_list("state", flat=True))


def test_deny_waits_for_as_many_as_the_step_says(
    ask: Ask, reviewers: Group, rita: User, sam: User
) -> None:
    row = ask(StepInput("Review", reviewers, denials_to_fail=2))
    vote(votes.deny, row, rita)
    assert AccessRequest.objects.get().state == "in_review"
    vote(votes.deny, row, sam)
    assert AccessRequest.objects.get().state == "denied"


def test_recuse_lasts_to_the_next_step(ask: Ask, reviewers: Group, rita: User, sam: User) -> None:
    row = ask(StepInput("First", reviewers), StepInput("Second", reviewers))
    votes.recuse(row.stages.open().get(), by=rita, reason="We share a project.")
    vote(votes.approve, row, sam)
    with pytest.raises(NotAllowed, match="recused yourself"):
        vote(votes.approve, row, rita)


def test_submit_carries_a_step_that_reads_nothing_of_the_change(
    passed_once: AccessRequest, opus: AIModel, sam: User
) -> None:
    states = send_anew(passed_once, opus, sam, "Compare refusals.", 60)
    assert states == ["passed", "open"]


def test_submit_runs_a_step_again_when_what_it_reads_changed(
    passed_once: AccessRequest, opus: AIModel, sam: User
) -> None:
    states = send_anew(passed_once, opus, sam, "Study its essays.", 90)
    assert states == ["open", "waiting"]


def test_submit_carries_nothing_after_a_narrowing(
    ask: Ask, opus: AIModel, reviewers: Group, rita: User, sam: User
) -> None:
    row = ask(
        StepInput("First", reviewers, rereview_on=["purpose"]), StepInput("Second", reviewers)
    )
    stage = row.stages.open().get()
    less = replace(stage.revision.scope(), duration=timedelta(days=9))
    digest = stage.revision.digest()
    votes.approve(stage, by=rita, reason="Less.", shown=digest, narrowed_to=less)
    assert send_anew(row, opus, sam, "Compare refusals.", 90) == ["open", "waiting"]


def test_seat_is_used_once_by_its_owner_or_their_delegate(
    ask: Ask, reviewers: Group, rita: User, sam: User, tom: User
) -> None:
    """Eve has no seat of her own here, and votes in Rita's."""
    eve = person("eve", staff=True)
    eve.groups.add(Group.objects.create(name="Second"))
    second = StepInput("Second", Group.objects.get(name="Second"))
    now = timezone.now()
    row = ask(StepInput("First", reviewers, quorum=2), second)
    stage = row.stages.open().get()
    with time_machine.travel(now - timedelta(hours=1), tick=False):
        delegations.delegate(
            eve, by=rita, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=9)
        )
    vote(votes.approve, row, eve)
    with pytest.raises(NotAllowed, match="on your behalf"):
        vote(votes.approve, row, rita)
    assert stage.votes.count() == 1


def test_delegation_made_later_gives_no_vote_on_an_open_stage(
    ask: Ask, reviewers: Group, rita: User
) -> None:
    eve = person("eve", staff=True)
    eve.groups.add(Group.objects.create(name="Second"))
    row = ask(StepInput("First", reviewers), StepInput("Second", Group.objects.get(name="Second")))
    now = timezone.now()
    delegations.delegate(eve, by=rita, starts_at=now, ends_at=now + timedelta(days=9))
    with pytest.raises(NotAllowed, match="Only members"):
        vote(votes.approve, row, eve)


def test_appeal_is_decided_by_others(ask: Ask, reviewers: Group, rita: User) -> None:
    denied = ask(StepInput("Review", reviewers))
    vote(votes.deny, denied, rita)
    appeal = requests.appeal(denied, by=denied.requester, reason="Look again.")
    with pytest.raises(NotAllowed, match="this one appeals"):
        vote(votes.approve, appeal, rita)


def test_collaborator_decides_nothing(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    text = replace(ask_for(opus), collaborators=(rita.email,))
    row = accepted_collaborators.save(text, by=alice, submit=True)
    with pytest.raises(NotAllowed, match="collaborator"):
        vote(votes.approve, row, rita)


def test_submit_runs_the_last_step_that_is_needed_again(
    ask: Ask, opus: AIModel, reviewers: Group, rita: User, sam: User
) -> None:
    long = StepInput("Second", reviewers, condition="longer_than", condition_value="30")
    row = ask(StepInput("First", reviewers, rereview_on=["purpose"]), long)
    vote(votes.approve, row, rita)
    assert send_anew(row, opus, sam, "Compare refusals.", 20) == ["open", "waiting"]


def test_remind_is_refused_from_the_end_on(stage: Stage) -> None:
    assert not stages.remind(stage.pk, now=stage.due_at)
    assert stages.remind(stage.pk, now=stage.due_at - timedelta(microseconds=1))


def test_move_leaves_no_end(draft: AccessRequest, alice: User) -> None:
    """Even for an action that forgot to look."""
    row = requests.withdraw(draft, by=alice)
    with pytest.raises(WrongState, match="withdrawn"):
        move(row, "submit", by=alice, at=timezone.now())
    assert AccessRequest.objects.get().state == "withdrawn"
