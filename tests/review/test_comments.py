"""Comments on a request: who may write one, what it keeps, and who is told."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.endings import account_deletion
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, delegations, votes
from requests_app.models import AccessRequest, Event, Notice, ReviewerPreference, Stage
from requests_app.notices.mail import send_digest
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, person
from tests.support import accepted_collaborators
from tests.support.concurrency import at_once, one_won
from tests.support.desk_client import member, publish
from tests.support.sent_mail import sent, sent_to

pytestmark = pytest.mark.django_db

WORDS = "Did we ask them about the data?"


def comment(
    row: AccessRequest, by: User, text: str = WORDS, *, to_requester: bool = False
) -> Event:
    return comments.comment(row, by=by, text=text, shown_to_requester=to_requester)


def told() -> set[str]:
    """Who gets an email of a comment among reviewers."""
    found = Notice.objects.filter(template="comment_written", dropped_at=None)
    return {notice.recipient.full_name for notice in found if notice.recipient}


@pytest.fixture
def blind(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User,
    rita: User, sam: User,
) -> Stage:  # fmt: skip
    """A step with hidden votes that needs two."""
    step = policies.StepInput("Blind", reviewers, quorum=2, denials_to_fail=2, blind=True)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    return requests.save(ask_for(opus), by=alice, submit=True).stages.get()


def test_comment_is_an_event_of_the_request(in_review: AccessRequest, rita: User) -> None:
    event = comment(in_review, rita)
    assert (event.kind, event.actor) == ("comment.written", rita)
    assert event.details == {"text": WORDS, "step": "Research review"}
    assert list(audit_chain.problems()) == []


def test_comment_takes_owners_and_delegates_too(
    in_review: AccessRequest, pat: User, sam: User
) -> None:
    dan, now = member("dan", Group.objects.create(name="Board")), timezone.now()
    version = in_review.policy_version.policy.versions.create(number=2, author=pat)
    version.steps.create(position=1, name="Makes Dan a reviewer", reviewers=dan.groups.get())
    delegations.delegate(
        dan, by=sam, starts_at=now, ends_at=now + timedelta(days=1), takes_open=True
    )
    assert comment(in_review, dan).subject == f"stage-{in_review.stages.get().pk}"
    assert comment(in_review, pat).subject == in_review.public_id


@pytest.mark.parametrize("who", ["alice", "bob", "eve", "ada", "former", "closed", "no_desk"])
def test_comment_refuses_everybody_else(
    policy: object, opus: AIModel, alice: User, bob: User, rita: User, reviewers: Group, who: str
) -> None:
    """Neither those who take part, nor a superuser without a part in the review."""
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    row = accepted_collaborators.save(ask, by=alice, submit=True)
    bob.groups.add(reviewers)
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_staff=True)
    if who == "ada":
        person("ada").groups.clear()
        User.objects.filter(email="ada@example.org").update(is_superuser=True, is_staff=True)
    if who in ("former", "closed", "no_desk", "eve"):
        person(who, staff=who != "no_desk")
    by = User.objects.get(email=f"{who}@example.org")
    if who in ("closed", "no_desk"):
        by.groups.add(reviewers)
        by.is_active = who != "closed"
        by.save()
    with pytest.raises(NotAllowed):
        comment(row, by)
    assert not Event.objects.filter(kind__startswith="comment.").exists()


def test_comment_refuses_whoever_has_recused(
    stage: Stage, rita: User, sam: User, owners: Group
) -> None:
    rita.groups.add(owners)  # owning the policy doesn't make up for it
    votes.recuse(stage, by=rita, reason="A friend.")
    with pytest.raises(NotAllowed, match="conflict of interest"):
        comment(stage.access_request, rita)
    comment(stage.access_request, sam)
    assert told() == set()


def test_comment_refuses_a_request_that_has_ended(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    requests.withdraw(in_review, by=alice)
    with pytest.raises(WrongState, match="This request is withdrawn, so it can't be commented on"):
        comment(in_review, rita)


def test_comment_takes_a_returned_request(stage: Stage, rita: User, sam: User) -> None:
    shown = stage.revision.digest()
    votes.ask_for_changes(stage, by=rita, reason="Which data?", shown=shown)
    event = comment(stage.access_request, sam)
    assert (event.subject, event.details) == (stage.access_request.public_id, {"text": WORDS})


@pytest.mark.parametrize("text", ["", " \n", "​", "…", "x" * 5001])
def test_comment_refuses_a_text_that_says_nothing_or_too_much(
    in_review: AccessRequest, rita: User, text: str
) -> None:
    with pytest.raises(Invalid):
        comment(in_review, rita, text)


def test_comment_keeps_text_as_every_text_is_kept(in_review: AccessRequest, rita: User) -> None:
    key = "emk_" + "a" * 36
    event = comment(in_review, rita, f" cafe\u0301 🎈\r\n{key} ")
    assert event.details["text"].startswith("café 🎈\n")
    assert key not in event.details["text"]


def test_comment_twice_in_a_moment_is_one(in_review: AccessRequest, rita: User, sam: User) -> None:
    comment(in_review, rita)
    with pytest.raises(WrongState, match="You have just written this comment"):
        comment(in_review, rita, f" {WORDS}")
    comment(in_review, rita, "Another.")
    comment(in_review, rita, to_requester=True)  # the tick was forgotten before
    comment(in_review, sam)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        comment(in_review, rita)
    assert in_review.events.filter(kind="comment.written").count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_leave_one_comment(in_review: AccessRequest, rita: User) -> None:
    assert one_won(at_once(*[partial(comment, in_review, rita)] * 2))
    assert in_review.events.filter(kind="comment.written").count() == 1


@pytest.mark.django_db(transaction=True)
def test_comment_and_withdrawal_at_once_leave_none_after_the_end(
    in_review: AccessRequest, rita: User, alice: User
) -> None:
    at_once(partial(comment, in_review, rita), partial(requests.withdraw, in_review, by=alice))
    last = in_review.events.order_by("sequence").last()
    assert last
    assert last.kind in ("request.withdrawn", "stage.closed")


# Who is told.


def test_comment_is_told_to_who_may_vote_and_who_commented(
    in_review: AccessRequest, rita: User, pat: User
) -> None:
    comment(in_review, pat, "Mine.")
    assert told() == {"Rita", "Sam"}
    Notice.objects.all().delete()
    comment(in_review, rita)
    assert told() == {"Sam", "Pat"}


def test_comment_is_not_told_to_who_has_voted_and_said_nothing(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User,
    rita: User, sam: User,
) -> None:  # fmt: skip
    step = policies.StepInput("Two", reviewers, quorum=2)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    comment(stage.access_request, pat)
    assert told() == {"Sam"}


def test_comment_on_a_blind_step_is_told_to_none_of_its_reviewers(
    blind: Stage, rita: User, sam: User, pat: User
) -> None:
    comment(blind.access_request, pat, "All owners read this.")
    assert told() == {"Rita", "Sam"}
    Notice.objects.all().delete()
    votes.approve(blind, by=rita, reason="Yes.", shown=blind.revision.digest())
    comment(blind.access_request, rita)
    assert told() == {"Pat"}


def test_mail_of_a_comment_says_who_wrote_what_and_who_reads_it(
    in_review: AccessRequest, rita: User, sam: User
) -> None:
    comment(in_review, rita, "One.\n\nTwo <b>.")
    [message] = [each for each in sent_to(sam) if "One." in each.body]
    assert message.subject == "Rita commented: Claude Opus 3: Compare refusals."
    assert "Two <b>." in message.body
    assert "Only reviewers and the policy's owners see this comment." in message.body
    assert f"/accessrequest/{in_review.pk}/change/#comments" in message.body


def test_mail_of_a_comment_isnt_sent_to_who_may_not_read_it_by_then(
    stage: Stage, rita: User, sam: User
) -> None:
    comment(stage.access_request, rita)
    votes.recuse(stage, by=sam, reason="A friend.")
    assert not [message for message in sent() if WORDS in message.body]


def test_comment_waits_for_the_digest_of_who_wants_one(
    in_review: AccessRequest, rita: User, sam: User
) -> None:
    ReviewerPreference.objects.create(person=sam, daily_digest=True)
    comment(in_review, rita)
    comment(in_review, rita, "And the budget?")
    tasks.send_notices()
    mail.outbox.clear()
    assert send_digest(sam.pk, now=timezone.now() + timedelta(days=1))
    [message] = mail.outbox
    assert message.subject == "2 new comments by reviewers"
    assert [line in message.body for line in (WORDS, "And the budget?")] == [True, True]
    assert "needs your decision" not in message.body


def test_comment_for_the_requester_is_told_to_them_without_its_author(
    in_review: AccessRequest, rita: User, alice: User
) -> None:
    comment(in_review, rita, to_requester=True)
    [message] = [each for each in sent_to(alice) if WORDS in each.body]
    assert message.subject.startswith("A reviewer commented on your request: ")
    assert not re.search("rita", str(message.message()), re.IGNORECASE)


def test_comment_stays_when_its_author_deletes_the_account(
    in_review: AccessRequest, rita: User
) -> None:
    """As the reasons of votes do."""
    event = comment(in_review, rita)
    account_deletion.delete_account(rita, by=rita)
    event.refresh_from_db()
    assert event.details["text"] == WORDS
    assert list(audit_chain.problems()) == []
