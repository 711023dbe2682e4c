"""Who counts: only people who can cast a vote, and that is done on the review desk."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, stages, votes
from requests_app.models import AccessRequest, Delegation, Stage
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.desk import inbox
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from tests.conftest import ask_for, person
from tests.support import accepted_collaborators
from tests.support.desk_client import publish

pytestmark = pytest.mark.django_db


def close_desk_for(*people: User) -> None:
    User.objects.filter(pk__in=[each.pk for each in people]).update(is_staff=False)


def test_approve_refuses_a_member_who_cannot_open_the_desk(stage: Stage, rita: User) -> None:
    close_desk_for(rita)
    with pytest.raises(NotAllowed, match="review desk, but your account can't open it"):
        votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())


def test_stage_is_deadlocked_when_nobody_can_open_the_desk(
    stage: Stage, rita: User, sam: User
) -> None:
    close_desk_for(rita)
    assert not stages.recheck(stage.pk, now=timezone.now())
    close_desk_for(sam)
    assert stages.recheck(stage.pk, now=timezone.now())
    assert not VotingPanel(stage, timezone.now()).asked


def test_submit_refuses_when_nobody_can_open_the_desk(
    draft: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    close_desk_for(rita, sam)
    with pytest.raises(Invalid, match="enough reviewers"):
        requests.submit(draft, by=alice)


def test_publish_refuses_a_step_whose_members_cannot_open_the_desk(
    opus: AIModel, owners: Group, pat: User, lee: User
) -> None:
    outside = Group.objects.create(name="Outside")
    person("oz").groups.add(outside)
    with pytest.raises(Invalid, match="Nobody in Outside can open the review desk"):
        publish(policies.StepInput("Out", outside), by=(pat, lee), owners=owners, ai_models=[opus])


def test_whom_an_earlier_text_named_decides_on_no_later_one(
    policy: object, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    """Left out, they would decide on what they asked for together."""
    ask = replace(ask_for(opus), collaborators=(sam.email,))
    sent = accepted_collaborators.save(ask, by=alice, submit=True)
    stage = sent.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="More.", shown=stage.revision.digest())
    requests.change(sent, by=alice, purpose="Compare them.", collaborators=())
    requests.submit(sent, by=alice)
    stage = sent.stages.open().get()
    panel = VotingPanel(stage, timezone.now())
    assert why_not("vote", panel, sam) == "You are a collaborator on this request."
    assert not inbox.waiting_for(sam, timezone.now())
    assert [*inbox.waiting_for(rita, timezone.now())] == [stage]
    rita.groups.clear()
    assert stages.recheck(stage.pk, now=timezone.now())


# In another's place -----------------------------------------------------------------------------


@pytest.mark.parametrize("blind", [True, False])
def test_refusal_names_who_voted_in_ones_place_unless_votes_are_hidden(
    opus: AIModel, alice: User, rita: User, sam: User, pat: User, lee: User, blind: bool,
    reviewers: Group, owners: Group,
) -> None:  # fmt: skip
    dan = person("dan", staff=True)
    dan.groups.add(other := Group.objects.create(name="Other"))
    step = policies.StepInput("Two", reviewers, quorum=2, blind=blind, alternates=other)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    now = timezone.now()
    delegations.delegate(dan, by=rita, starts_at=now, ends_at=now + timedelta(days=9))
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    votes.approve(stage, by=dan, reason="For Rita.", shown=stage.revision.digest())
    voter = "Someone" if blind else "Dan"
    panel = VotingPanel(stage, timezone.now())
    assert why_not("vote", panel, rita) == f"{voter} has voted on your behalf."


@pytest.mark.parametrize("rita_votes", [True, False])
def test_refusal_says_why_a_delegate_has_no_place(
    policy: object, opus: AIModel, alice: User, rita: User, pat: User, rita_votes: bool
) -> None:
    """Nobody has voted in the delegate's place: the other's is taken, or bears no vote."""
    dan, now = person("dan", staff=True), timezone.now()
    Delegation.objects.create(
        person=rita, delegate=dan, starts_at=now, ends_at=now + timedelta(days=9)
    )
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    if rita_votes:
        votes.approve(stage, by=rita, reason="Good.", shown=stage.revision.digest())
        stage.state = "open"
        told = "Rita's vote has already been cast, so you can't vote on their behalf."
    else:
        votes.recuse(stage, by=rita, reason="A friend.")
        told = "Rita can't vote on this, so you can't on their behalf."
    assert VotingPanel(stage, timezone.now()).obstacle(dan) == told


def test_delegate_refuses_a_reason_that_is_too_long(policy: object, rita: User, sam: User) -> None:
    now = timezone.now()
    with pytest.raises(Invalid) as refusal:
        delegations.delegate(
            sam, by=rita, starts_at=now, ends_at=now + timedelta(days=1), reason="x" * 201
        )
    assert refusal.value.errors == {"reason": "Use at most 200 characters."}


def test_delegate_from_a_past_day_starts_now_and_overlaps_nothing_before(
    policy: object, rita: User, sam: User
) -> None:
    now = timezone.now()
    first = delegations.delegate(sam, by=rita, starts_at=now, ends_at=now + timedelta(days=1))
    type(first).objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    again = delegations.delegate(
        sam, by=rita, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1)
    )
    assert again.starts_at >= now
