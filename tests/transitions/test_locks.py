"""Whoever waited for a lock is judged by the time at which they got it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import keys
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Key, Stage, Vote
from requests_app.refusals import Invalid, WrongState
from tests.support.concurrency import started
from tests.support.worker_processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ACTS: dict[str, Callable[[Stage, User], Any]] = {
    "approve": lambda stage, by: votes.approve(
        stage, by=by, reason="Yes.", shown=stage.revision.digest()
    ),
    "ask for changes": lambda stage, by: votes.ask_for_changes(
        stage, by=by, reason="Which?", shown=stage.revision.digest()
    ),
    "recuse": lambda stage, by: votes.recuse(stage, by=by, reason="We share a grant."),
}


@contextmanager
def held(access_request: AccessRequest, act: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Begin `act`, which waits while the body runs; calling the result tells how it ended."""
    with transaction.atomic():
        AccessRequest.objects.locked(access_request.pk)
        join = started(act)
        yield join


@pytest.mark.parametrize("name", ACTS)
def test_vote_that_waited_past_the_deadline_is_refused(stage: Stage, rita: User, name: str) -> None:
    with held(stage.access_request, lambda: ACTS[name](stage, rita)) as join:
        Stage.objects.filter(pk=stage.pk).update(due_at=timezone.now())
    assert isinstance(join(), WrongState)
    assert not Vote.objects.exists()


def test_vote_that_waited_for_its_seat_past_the_deadline_is_refused(
    stage: Stage, rita: User
) -> None:
    due_at = timezone.now() + timedelta(seconds=1)
    Stage.objects.filter(pk=stage.pk).update(due_at=due_at)
    with transaction.atomic():
        list(User.groups.through.objects.filter(user=rita).select_for_update())
        join = started(lambda: ACTS["approve"](stage, rita))
        wait_until(lambda: timezone.now() > due_at, what="the deadline")
    assert isinstance(join(), WrongState)
    assert not Vote.objects.exists()


def test_claim_that_waited_past_the_end_makes_no_key(grant: Grant, alice: User) -> None:
    with held(grant.access_request, lambda: keys.claim(grant, by=alice)) as join:
        now = timezone.now()
        Grant.objects.filter(pk=grant.pk).update(ends_at=now, claim_by=now)
    assert isinstance(join(), WrongState)
    assert not Key.objects.exists()


def test_shortening_that_waited_past_its_new_end_is_refused(grant: Grant, alice: User) -> None:
    soon = timezone.now() + timedelta(seconds=1)
    with held(grant.access_request, lambda: grants.shorten(grant, by=alice, ends_at=soon)) as join:
        wait_until(lambda: timezone.now() > soon, what="the new end")
    assert isinstance(join(), Invalid)
    grant.refresh_from_db()
    assert grant.ends_at > soon
