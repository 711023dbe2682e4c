"""What went wrong with counting votes elsewhere, one test each; the docstrings say where."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import (
    Grant,
    Policy,
    PolicyStep,
    Stage,
    Vote,
)
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.conftest import ask_for

pytestmark = pytest.mark.django_db


def shown(stage: Stage) -> str:
    return stage.revision.digest()


@pytest.mark.parametrize("quorum", [0, -1])
def test_publish_refuses_a_quorum_of_nothing(
    policy: Policy, reviewers: Group, pat: User, quorum: int
) -> None:
    """openbao #3666: a quorum that was missing or 0 let every request pass."""
    steps = [policies.StepInput("Anybody", reviewers, quorum=quorum)]
    with pytest.raises(Invalid):
        policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat)
    version = policies.draft(
        policy, policies.VersionInput("Terms.", [policies.StepInput("One", reviewers)]), by=pat
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version).update(quorum=quorum)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version).update(quorum=None)


def test_submit_refuses_what_no_step_decides(
    policy: Policy, opus: AIModel, reviewers: Group, alice: User, pat: User, lee: User
) -> None:
    """openbao #3666, here: every step is conditional and none of them holds."""
    step = policies.StepInput("Long", reviewers, condition="longer_than", condition_value="100")
    policies.publish(
        policies.draft(policy, policies.VersionInput("Terms.", [step]), by=pat), by=lee
    )
    with pytest.raises(Invalid, match="No review step in the policy"):
        requests.save(ask_for(opus, days=10), by=alice, submit=True)
    assert not Grant.objects.exists()


def test_approve_refuses_a_group_of_the_same_name_elsewhere(
    stage: Stage, eve: User, reviewers: Group
) -> None:
    """openbao #3815: groups were compared by name."""
    Group.objects.filter(pk=reviewers.pk).update(name="Formerly Opus reviewers")
    eve.groups.add(Group.objects.create(name="Opus reviewers"))
    with pytest.raises(NotAllowed, match="Only members"):
        votes.approve(stage, by=eve, reason="Let me.", shown=shown(stage))


@pytest.fixture
def two_steps(
    policy: Policy, opus: AIModel, alice: User, rita: User, reviewers: Group, pat: User, lee: User
) -> Stage:
    """A request before two steps; Rita is in the groups of both, and in both places of one."""
    second = Group.objects.create(name="Second")
    second.user_set.add(rita, pat)
    steps = [
        policies.StepInput("First", reviewers, alternates=second, rereview_on=["models"]),
        policies.StepInput("Second", second),
    ]
    policies.publish(policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat), by=lee)
    return requests.save(ask_for(opus), by=alice, submit=True).stages.open().get()


def test_approve_counts_one_person_once(two_steps: Stage, rita: User) -> None:
    """Vault: one person was counted for two factors."""
    votes.approve(two_steps, by=rita, reason="First.", shown=shown(two_steps))
    second = two_steps.access_request.stages.open().get()
    with pytest.raises(NotAllowed, match="You have already voted on “First”"):
        votes.approve(second, by=rita, reason="Second.", shown=shown(second))


def test_approve_counts_one_person_once_across_revisions(
    two_steps: Stage, opus: AIModel, alice: User, rita: User, pat: User
) -> None:
    """Vault, here: the first step's approval is carried into the next revision."""
    votes.approve(two_steps, by=rita, reason="First.", shown=shown(two_steps))
    row = two_steps.access_request
    second = row.stages.open().get()
    votes.ask_for_changes(second, by=pat, reason="Which?", shown=shown(second))
    better = ask_for(opus, purpose="Compare refusals of 2024.")
    requests.save(better, by=alice, access_request=row, submit=True)
    again = row.stages.open().get()
    assert again.step.name == "Second"
    with pytest.raises(NotAllowed, match="You have already voted on “First”"):
        votes.approve(again, by=rita, reason="Second.", shown=shown(again))


def test_approve_never_gives_more_or_something_else(
    stage: Stage, rita: User, opus: AIModel
) -> None:
    """discord/access #421, #455: an approver could retarget the request."""
    scope = stage.revision.scope()
    AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    for wider in (
        replace(scope, identifiers=("other",)),
        replace(scope, identifiers=(*scope.identifiers, "other")),
        replace(scope, duration=scope.duration + timedelta(days=1)),
        replace(scope, operations=(*scope.operations, "admin")),
    ):
        with pytest.raises(Invalid, match="but not more"):
            votes.approve(stage, by=rita, reason="More.", shown=shown(stage), narrowed_to=wider)
    assert not Vote.objects.exists()


def test_approve_keeps_a_narrowing_in_the_next_revision(
    two_steps: Stage, opus: AIModel, alice: User, sam: User, rita: User, pat: User
) -> None:
    """discord/access #421, here: what the first step passed was less than what is asked again."""
    less = replace(two_steps.revision.scope(), duration=timedelta(days=5))
    votes.approve(two_steps, by=sam, reason="5.", shown=shown(two_steps), narrowed_to=less)
    row = two_steps.access_request
    second = row.stages.open().get()
    votes.ask_for_changes(second, by=pat, reason="Which?", shown=shown(second))
    better = ask_for(opus, purpose="Compare refusals of 2024.")
    requests.save(better, by=alice, access_request=row, submit=True)
    assert row.stages.open().get().step.name == "First"


def test_approve_refuses_a_requester_who_is_gone(stage: Stage, alice: User, rita: User) -> None:
    """discord/access #469, #483: requests outlived their people and could still grant."""
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(WrongState, match="not in good standing"):
        votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    votes.deny(stage, by=rita, reason="They left.", shown=shown(stage))
    assert not Grant.objects.exists()


def test_delete_refuses_people_and_groups_of_open_requests(
    stage: Stage, alice: User, rita: User, reviewers: Group
) -> None:
    """discord/access #469, #483: the group was deleted, its requests went on."""
    votes.recuse(stage, by=rita, reason="We share a grant.")
    for row in (alice, rita, reviewers):
        with pytest.raises(ProtectedError):
            row.delete()
