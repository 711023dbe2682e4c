"""Of one act nobody gets two mails, and none that the other makes untrue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import collaborators, grants
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Delegation, Grant, Notice, Scope
from tests.conftest import ask_for, broken_by, person, today
from tests.support import accepted_collaborators
from tests.support.sent_mail import recipients
from tests.support.world_records import recorded

pytestmark = pytest.mark.django_db

LESS = "A month will do."


@pytest.fixture
@recorded
def asked(policy: Any, opus: AIModel, alice: User, bob: User) -> AccessRequest:
    """Alice's, with Bob; in review."""
    return accepted_collaborators.save(
        replace(ask_for(opus), collaborators=(bob.email,)), by=alice, submit=True
    )


def approve(row: AccessRequest, by: User, *, less: bool = False) -> Grant:
    stage = row.stages.open().get()
    scope = stage.revision.scope()
    cut: Scope | None = replace(scope, duration=timedelta(days=30)) if less else None
    shown = stage.revision.digest()
    votes.approve(stage, by=by, reason=LESS, shown=shown, narrowed_to=cut)
    return row.grants.get()


def say_no(row: AccessRequest, by: User) -> None:
    stage = row.stages.open().get()
    votes.deny(stage, by=by, reason="No.", shown=stage.revision.digest())


def ask_back(row: AccessRequest, by: User) -> None:
    stage = row.stages.open().get()
    votes.ask_for_changes(stage, by=by, reason="Why?", shown=stage.revision.digest())


def with_keys(row: AccessRequest, by: User) -> Grant:
    """Of Alice's and of Bob's."""
    grant, bob = approve(row, by), row.revision.collaborators.get()
    keys.claim(grant, by=row.requester)
    collaborators.accept(grant, by=bob)
    keys.claim(grant, by=bob)
    recipients()
    return grant


def _expire(row: AccessRequest, get: Callable[[str], User]) -> None:
    stage = row.stages.open().get()
    row.stages.update(opened_at=timezone.now() - timedelta(days=8), due_at=timezone.now())
    votes.expire(stage.pk, now=timezone.now())


ACTS: dict[str, Callable[[AccessRequest, Callable[[str], User]], object]] = {
    "approve": lambda row, get: approve(row, get("rita")),
    "approve for less": lambda row, get: approve(row, get("rita"), less=True),
    "deny": lambda row, get: say_no(row, get("rita")),
    "return": lambda row, get: ask_back(row, get("rita")),
    "withdraw": lambda row, get: requests.withdraw(row, by=get("alice")),
    "expire": _expire,
    "emergency": lambda row, get: broken_by(get("zoe"), row),
}
LATER: dict[str, Callable[[Grant, Callable[[str], User]], object]] = {
    "revoke": lambda grant, get: grants.revoke(grant, by=get("pat"), reason="It leaked."),
    "end": lambda grant, get: grants.end(grant, by=get("alice")),
    "remove": lambda grant, get: collaborators.remove(grant, get("bob"), by=get("alice")),
    "leave": lambda grant, get: collaborators.leave(grant, by=get("bob")),
}


@pytest.mark.parametrize("act", ACTS)
def test_one_act_on_a_request_is_one_mail_to_each(
    asked: AccessRequest, request: pytest.FixtureRequest, rita: User, sam: User, zoe: User, act: str
) -> None:
    recipients()
    ACTS[act](asked, request.getfixturevalue)
    found = recipients()
    assert found
    assert set(found.values()) == {1}, [(m.to, m.subject) for m in mail.outbox]


@pytest.mark.parametrize("act", LATER)
def test_one_act_on_an_access_is_one_mail_to_each(
    asked: AccessRequest, request: pytest.FixtureRequest, rita: User, act: str
) -> None:
    grant = with_keys(asked, rita)
    LATER[act](grant, request.getfixturevalue)
    found = recipients()
    assert found
    assert set(found.values()) == {1}, [(m.to, m.subject) for m in mail.outbox]


def test_last_vote_that_narrows_is_told_by_the_approval_alone(
    asked: AccessRequest, alice: User, rita: User
) -> None:
    recipients()
    approve(asked, rita, less=True)
    recipients()
    (message,) = (m for m in mail.outbox if m.to == [alice.email])
    assert "was approved" in message.body
    assert "You were granted less than you requested: 30 days instead of 90 days." in message.body
    assert LESS in message.body
    assert LESS in str(message.message())


def test_who_takes_part_hears_of_an_approval_that_begins_later(
    policy: Any, opus: AIModel, alice: User, bob: User, rita: User
) -> None:
    later = replace(ask_for(opus), collaborators=(bob.email,), starts_on=today() + timedelta(9))
    row = accepted_collaborators.save(later, by=alice, submit=True)
    recipients()
    approve(row, rita)
    assert recipients()[bob.email] == 1
    (message,) = (m for m in mail.outbox if m.to == [bob.email])
    assert "which you joined, was approved" in message.body
    assert "The access starts on" in message.body


def test_delegate_hears_when_a_step_is_theirs_and_when_it_is_decided(
    policy: Any, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    """In a group of their own, so that they are asked as a delegate alone."""
    now = timezone.now()
    deputy = person("dan", staff=True)
    ends_at = now + timedelta(days=9)
    Delegation.objects.create(person=rita, delegate=deputy, starts_at=now, ends_at=ends_at)
    row = requests.save(ask_for(opus), by=alice, submit=True)
    approve(row, sam)
    mine = Notice.objects.filter(recipient=deputy).order_by("pk")
    assert list(mine.values_list("template", flat=True)) == ["stage_opened", "stage_decided"]
