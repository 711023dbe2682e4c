"""Votes, decisions, reminders and expiry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import stages, votes
from requests_app.models import AccessRequest, Grant, Notice, Policy, Stage
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.conftest import ask_for
from tests.support import accepted_collaborators

pytestmark = pytest.mark.django_db


def shown(stage: Stage) -> str:
    return stage.revision.digest()


def test_approve_grants_what_was_asked(stage: Stage, rita: User, opus: AIModel) -> None:
    votes.approve(stage, by=rita, reason="Sound plan.", shown=shown(stage))
    grant = Grant.objects.get()
    assert grant.state == "active"
    assert grant.holder == stage.access_request.requester
    assert grant.ends_at - grant.activated_at == timedelta(days=90)
    assert [granted.ai_model for granted in grant.granted_models.all()] == [opus]


def test_approve_starts_the_clock_at_the_decision(stage: Stage, rita: User) -> None:
    votes.approve(stage, by=rita, reason="Sound plan.", shown=shown(stage))
    grant = Grant.objects.get()
    assert grant.activated_at >= stage.access_request.submitted_at
    assert grant.activated_at == AccessRequest.objects.get().closed_at


def test_approve_with_a_later_start_waits_for_it(
    policy: Policy, opus: AIModel, alice: User, rita: User, approve: Callable[..., Grant]
) -> None:
    ask = ask_for(opus)
    later = ask.starts_on + timedelta(days=10)
    access_request = requests.save(replace(ask, starts_on=later), by=alice, submit=True)
    grant = approve(access_request, rita)
    assert (grant.state, grant.ends_at) == ("waiting", None)
    assert grant.starts_at.date() == later


def test_deny_ends_the_request_with_its_reason(stage: Stage, rita: User) -> None:
    votes.deny(stage, by=rita, reason="Too vague.", shown=shown(stage))
    access_request = AccessRequest.objects.get()
    assert (access_request.state, access_request.closing_reason) == ("denied", "Too vague.")
    assert access_request.closed_by == rita
    assert not Grant.objects.exists()


def test_approve_refuses_own_request(policy: Policy, opus: AIModel, rita: User, sam: User) -> None:
    own = requests.save(ask_for(opus), by=rita, submit=True).stages.get()
    with pytest.raises(NotAllowed, match="your own request"):
        votes.approve(own, by=rita, reason="Mine.", shown=shown(own))


def test_approve_refuses_who_is_not_in_the_group(stage: Stage, eve: User, pat: User) -> None:
    for outsider in (eve, pat):
        with pytest.raises(NotAllowed, match="Only members of Opus reviewers"):
            votes.approve(stage, by=outsider, reason="Let me.", shown=shown(stage))


def test_approve_refuses_who_left_the_group_since(stage: Stage, rita: User) -> None:
    rita.groups.clear()
    with pytest.raises(NotAllowed):
        votes.approve(stage, by=rita, reason="Late.", shown=shown(stage))


def test_approve_refuses_a_group_of_the_same_look(stage: Stage, eve: User) -> None:
    eve.groups.add(Group.objects.create(name="opus reviewers"))
    with pytest.raises(NotAllowed):
        votes.approve(stage, by=eve, reason="Let me.", shown=shown(stage))


def test_approve_refuses_a_superuser_outside_the_group(stage: Stage, eve: User) -> None:
    eve.is_superuser = eve.is_staff = True
    eve.save()
    with pytest.raises(NotAllowed):
        votes.approve(stage, by=eve, reason="I am root.", shown=shown(stage))


def test_approve_refuses_another_text_than_was_shown(stage: Stage, rita: User) -> None:
    with pytest.raises(WrongState, match="has changed since"):
        votes.approve(stage, by=rita, reason="Fine.", shown="0" * 64)


def test_approve_needs_a_reason(stage: Stage, rita: User) -> None:
    with pytest.raises(Invalid, match="Give a reason"):
        votes.approve(stage, by=rita, reason="  ", shown=shown(stage))


def test_approve_after_the_deadline_is_refused_before_any_sweep(stage: Stage, rita: User) -> None:
    Stage.objects.update(due_at=timezone.now())
    with pytest.raises(WrongState, match="deadline for this step has passed"):
        votes.approve(stage, by=rita, reason="Late.", shown=shown(stage))


def test_database_refuses_a_requester_who_decides(in_review: AccessRequest) -> None:
    in_review.state, in_review.closed_at = "approved", timezone.now()
    in_review.closed_by = in_review.requester
    with pytest.raises(IntegrityError, match="not_decided_by_its_requester"), transaction.atomic():
        in_review.save()


def test_quorum_of_two_waits_for_the_second(
    opus: AIModel,
    reviewers: Group,
    owners: Group,
    pat: User,
    lee: User,
    alice: User,
    rita: User,
    sam: User,
) -> None:
    policy = policies.create("two", by=pat, name="Two", owners=owners, ai_models=[opus])
    steps = [policies.StepInput("Both", reviewers, quorum=2)]
    version = policies.draft(policy, policies.VersionInput("", steps), by=pat)
    policies.publish(version, by=lee)
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    assert not Grant.objects.exists()
    with pytest.raises(NotAllowed, match="already voted"):
        votes.approve(stage, by=rita, reason="Yes!", shown=shown(stage))
    votes.approve(stage, by=sam, reason="Yes.", shown=shown(stage))
    assert Grant.objects.count() == 1


def test_remind_tells_each_reviewer_once(stage: Stage) -> None:
    now = stage.opened_at + timedelta(days=2)
    assert stages.remind(stage.pk, now=now)
    assert not stages.remind(stage.pk, now=now)
    assert Notice.objects.filter(template="stage_reminder").count() == 2


def test_remind_catches_up_without_repeating(stage: Stage) -> None:
    late = stage.opened_at + timedelta(days=6)
    assert stages.remind(stage.pk, now=late)
    stage.refresh_from_db()
    assert stage.remind_at is None


def test_expire_ends_the_request_and_tells_the_requester(stage: Stage, alice: User) -> None:
    assert votes.expire(stage.pk, now=stage.due_at)
    assert AccessRequest.objects.get().state == "expired"
    assert Notice.objects.filter(template="request_expired", recipient=alice).count() == 1
    assert Notice.objects.filter(template="stage_decided").count() == 2


def test_expire_one_microsecond_early_does_nothing(stage: Stage) -> None:
    assert not votes.expire(stage.pk, now=stage.due_at - timedelta(microseconds=1))
    assert AccessRequest.objects.get().state == "in_review"


def test_sweep_goes_on_after_one_that_fails(
    stage: Stage, bob: User, opus: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord/access: a sweep stopped at its first failing item."""
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    Stage.objects.update(due_at=timezone.now())
    real = votes.expire

    def expire(stage_id: int, **now: object) -> bool:
        if stage_id == stage.pk:
            raise ValueError("a broken row")
        return real(stage_id, **now)

    monkeypatch.setattr(votes, "expire", expire)
    assert tasks.expire_stages() == 1
    other.refresh_from_db()
    assert other.state == "expired"


def test_appeal_leaves_out_a_collaborator_who_is_gone(
    policy: Policy, opus: AIModel, alice: User, bob: User, rita: User
) -> None:
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    denied = accepted_collaborators.save(ask, by=alice, submit=True)
    votes.deny(denied.stages.get(), by=rita, reason="No.", shown=shown(denied.stages.get()))
    User.objects.filter(pk=bob.pk).update(is_active=False)
    appeal = requests.appeal(denied, by=alice, reason="Look again.")
    assert appeal.state == "in_review"
    assert not appeal.revision.collaborators.exists()
