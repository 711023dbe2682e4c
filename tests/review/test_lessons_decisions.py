"""What went wrong with decisions elsewhere, one test each; the docstrings say where."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import DateTimeField
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, stages, votes
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    Policy,
    PolicyStep,
    Stage,
    Vote,
)
from requests_app.refusals import NotAllowed, WrongState
from tests.conftest import ask_for, person
from tests.support.api_client import Api, place
from tests.support.concurrency import at_once
from tests.support.desk_client import decide

pytestmark = pytest.mark.django_db


def shown(stage: Stage) -> str:
    return stage.revision.digest()


def test_approve_twice_grants_once(stage: Stage, rita: User, sam: User) -> None:
    """fivexl/terraform-aws-sso-elevator #47, #212; discord/access #468."""
    digest = shown(stage)
    votes.approve(stage, by=rita, reason="Yes.", shown=digest)
    for again, status in ((rita, 302), (sam, 409)):  # a second press shows what the first did
        assert decide(again, stage, "approve").status_code == status
        with pytest.raises((NotAllowed, WrongState)):
            votes.approve(stage, by=again, reason="Yes.", shown=digest)
    assert Grant.objects.count() == 1
    assert Vote.objects.count() == 1


def test_expire_leaves_what_was_approved_just_before(stage: Stage, rita: User) -> None:
    """AWS TEAM: "expired" was written after a read, without a condition."""
    stale = Stage.objects.due_for_expiry(stage.due_at).ids()
    votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    assert [votes.expire(pk, now=stage.due_at) for pk in stale] == [False]
    assert AccessRequest.objects.get().state == "approved"


def test_approve_after_expiry_is_refused(stage: Stage, rita: User) -> None:
    """AWS TEAM; and a microsecond before the end it still counts."""
    with time_machine.travel(stage.due_at, tick=False), pytest.raises(WrongState):
        votes.approve(stage, by=rita, reason="Late.", shown=shown(stage))
    with time_machine.travel(stage.due_at - timedelta(microseconds=1), tick=False):
        votes.approve(stage, by=rita, reason="In time.", shown=shown(stage))
    assert AccessRequest.objects.get().state == "approved"


def test_request_has_one_deadline_and_no_second_to_drift_from_it(stage: Stage, rita: User) -> None:
    """gravitational/teleport #32226: two fields for one expiry drifted apart."""
    dates = {
        f"{model.__name__}.{field.name}"
        for model in (AccessRequest, Stage, Vote, PolicyStep)
        for field in model._meta.get_fields()
        if isinstance(field, DateTimeField) and ("due" in field.name or "expire" in field.name)
    }
    assert dates == {"Stage.due_at"}
    told = Event.objects.get(kind="stage.opened").details["due_at"]
    assert told == stage.due_at.isoformat()


def test_sweep_goes_on_after_its_first_failing_item(
    stage: Stage, bob: User, opus: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord/access: one bad row stopped a sweep for good."""
    requests.save(ask_for(opus), by=bob, submit=True)
    real = stages.remind

    def remind(pk: int, **more: Any) -> bool:
        if pk == stage.pk:
            raise ValueError("a broken row")
        return real(pk, **more)

    monkeypatch.setattr(stages, "remind", remind)
    with time_machine.travel(stage.remind_at, tick=False):
        Stage.objects.update(remind_at=stage.remind_at)
        assert tasks.remind_stages() == 1


@pytest.fixture
def own(policy: Policy, opus: AIModel, rita: User, sam: User, reviewers: Group) -> Stage:
    """Rita's own request, which her own group reviews."""
    person("tom", staff=True).groups.add(reviewers)
    return requests.save(ask_for(opus), by=rita, submit=True).stages.get()


def test_approve_refuses_own_request_at_every_door(own: Stage, rita: User) -> None:
    """teleport #13416: the command line let people approve their own."""
    with pytest.raises(NotAllowed, match="your own request"):
        votes.approve(own, by=rita, reason="Mine.", shown=shown(own))
    rita.is_superuser = True
    rita.save()
    answer = decide(rita, own, "approve")
    assert answer.status_code == 403  # discord/access: a refusal looked like success
    assert "your own request" in answer.content.decode()
    assert Api(rita).post(place(own.access_request, "approve"), {}).status_code == 404
    assert not Vote.objects.exists()


def test_approve_refuses_own_request_from_a_borrowed_place(
    own: Stage, rita: User, sam: User
) -> None:
    """teleport #13416, by another path: a delegation to the requester."""
    earlier = timezone.now() - timedelta(days=1)
    with time_machine.travel(earlier, tick=False):
        delegations.delegate(rita, by=sam, starts_at=earlier, ends_at=earlier + timedelta(days=9))
    with pytest.raises(NotAllowed, match="your own request"):
        votes.approve(own, by=rita, reason="For Sam.", shown=shown(own))


def test_approve_counts_only_for_the_text_that_was_shown(
    stage: Stage, alice: User, opus: AIModel, sam: User, rita: User
) -> None:
    """CVE-2025-1969, AWS TEAM: a request that was changed kept its approval."""
    read = shown(stage)
    votes.ask_for_changes(stage, by=sam, reason="Which?", shown=read)
    row = AccessRequest.objects.get()
    requests.save(ask_for(opus, days=180), by=alice, access_request=row, submit=True)
    changed = row.stages.open().get()
    with pytest.raises(WrongState, match="has changed since"):
        votes.approve(changed, by=rita, reason="As read.", shown=read)
    assert not Grant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_approve_does_not_wait_for_another_request(
    stage: Stage, opus: AIModel, bob: User, rita: User, sam: User
) -> None:
    """REMS: one table lock for every command of the installation, 503 after 10 s."""
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    done: list[Any] = []

    def approve() -> None:
        done.extend(
            at_once(lambda: votes.approve(other, by=sam, reason="Yes.", shown=shown(other)))
        )

    with transaction.atomic():
        votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
        thread = threading.Thread(target=approve)
        thread.start()
        thread.join(timeout=10)
        in_time = bool(done)
    thread.join()
    assert in_time
    assert isinstance(done[0], Stage)
