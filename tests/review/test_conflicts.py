"""A vote counts for nobody who is part of what it decides, whenever they became part of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import affiliations, requests
from requests_app.actions.review import delegations, votes
from requests_app.models import AccessRequest, Policy, Stage, Vote
from requests_app.refusals import WrongState
from requests_app.reports.review.reviewers import reviewer_statuses
from requests_app.rules.conflicts import DESCRIPTIONS, REFUSALS, ConflictKind, RequestConflicts
from requests_app.rules.desk.vote_visibility import VoteVisibility
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.rules.quorum import undecidable
from tests.conftest import ask_for, person
from tests.support import accepted_collaborators
from tests.support.world_records import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
@recorded
def two_steps(
    policy: Policy, opus: AIModel, alice: User, reviewers: Group, pat: User, lee: User
) -> AccessRequest:
    """The first step reads only the models, so that a new purpose leaves it passed."""
    leads = Group.objects.create(name="Leads")
    leads.user_set.add(pat)
    steps = [
        policies.StepInput("First", reviewers, rereview_on=["models"]),
        policies.StepInput("Second", leads, allow_repeat_voters=True),
    ]
    policies.publish(policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat), by=lee)
    return requests.save(ask_for(opus), by=alice, submit=True)


def open_stage(access_request: AccessRequest) -> Stage:
    return access_request.stages.open().get()


def vote(act: object, access_request: AccessRequest, by: User) -> None:
    stage = open_stage(access_request)
    act(stage, by=by, reason="Read it.", shown=stage.revision.digest())


def send_again(access_request: AccessRequest, opus: AIModel, *named: User) -> AccessRequest:
    ask = replace(ask_for(opus, purpose="Another."), collaborators=tuple(p.email for p in named))
    asked = access_request.requester
    return accepted_collaborators.save(ask, by=asked, access_request=access_request, submit=True)


@pytest.fixture
def passed_by_rita(two_steps: AccessRequest, rita: User, pat: User) -> AccessRequest:
    vote(votes.approve, two_steps, rita)
    vote(votes.ask_for_changes, two_steps, pat)
    return two_steps


def test_resubmission_runs_a_step_again_whose_voter_would_benefit(
    passed_by_rita: AccessRequest, opus: AIModel, rita: User, sam: User
) -> None:
    again = send_again(passed_by_rita, opus, rita)
    assert open_stage(again).step.name == "First"
    vote(votes.approve, again, sam)
    assert open_stage(again).step.name == "Second"


def test_resubmission_keeps_a_step_whose_voter_has_no_part_in_it(
    passed_by_rita: AccessRequest, opus: AIModel, bob: User
) -> None:
    again = send_again(passed_by_rita, opus, bob)
    assert open_stage(again).step.name == "Second"


def test_resubmission_runs_a_step_again_that_was_passed_in_the_place_of_who_would_benefit(
    two_steps: AccessRequest, opus: AIModel, rita: User, pat: User
) -> None:
    """Pat lent their place; the vote was cast for Rita."""
    now = timezone.now()
    Stage.objects.filter(pk=open_stage(two_steps).pk).update(opened_at=now + timedelta(seconds=1))
    delegations.delegate(pat, by=rita, starts_at=now, ends_at=now + timedelta(days=3))
    vote(votes.approve, two_steps, pat)
    assert Vote.objects.get().seat == rita
    vote(votes.ask_for_changes, two_steps, pat)
    again = send_again(two_steps, opus, rita)
    assert open_stage(again).step.name == "First"


def test_resubmission_runs_a_step_again_whose_voter_stepped_aside_since(
    two_steps: AccessRequest, opus: AIModel, rita: User, pat: User
) -> None:
    rita.groups.add(Group.objects.get(name="Leads"))
    vote(votes.approve, two_steps, rita)
    votes.recuse(open_stage(two_steps), by=rita, reason="We now share a grant.")
    vote(votes.ask_for_changes, two_steps, pat)
    again = send_again(two_steps, opus)
    assert open_stage(again).step.name == "First"


def test_database_refuses_to_carry_a_step_whose_voter_is_a_collaborator(
    passed_by_rita: AccessRequest, opus: AIModel, rita: User
) -> None:
    passed = passed_by_rita.stages.get(state="passed")
    again = send_again(passed_by_rita, opus, rita)
    ran = again.stages.filter(step__name="First").latest("pk")
    text = {"revision": ran.revision, "step": passed.step, "closed_at": timezone.now()}
    Stage.objects.filter(pk=ran.pk).delete()
    with pytest.raises(IntegrityError, match="only while nothing bars"):
        Stage.objects.create(access_request=again, state="passed", carried_from=passed, **text)


def test_database_refuses_to_carry_it_later_too(
    passed_by_rita: AccessRequest, opus: AIModel, rita: User, sam: User
) -> None:
    passed = passed_by_rita.stages.get(state="passed")
    again = send_again(passed_by_rita, opus, rita)
    vote(votes.approve, again, sam)
    ran = again.stages.filter(step__name="First", state="passed").latest("pk")
    with pytest.raises(IntegrityError, match="only while nothing bars"):
        Stage.objects.filter(pk=ran.pk).update(carried_from=passed)


def test_database_refuses_to_pass_a_step_by_who_is_barred(
    needs_two: AccessRequest, alice: User, rita: User
) -> None:
    vote(votes.approve, needs_two, rita)
    make_colleagues(alice, rita)
    stage = open_stage(needs_two)
    with pytest.raises(IntegrityError, match="whom nothing bars"):
        Stage.objects.filter(pk=stage.pk).update(state="passed", closed_at=timezone.now())


@pytest.mark.parametrize("place", ["voter", "seat"])
def test_database_refuses_a_vote_of_a_collaborator(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User, place: str
) -> None:
    ask = replace(ask_for(opus), collaborators=(sam.email,))
    stage = open_stage(accepted_collaborators.save(ask, by=alice, submit=True))
    text = {"stage": stage, "choice": "approve", "reason": "Mine.", "cast_at": timezone.now()}
    people = {"voter": rita, "seat": rita, place: sam}
    with pytest.raises(IntegrityError, match="part of the request"):
        Vote.objects.create(shown="", **people, **text)


def test_database_lets_others_vote(two_steps: AccessRequest) -> None:
    tom = person("tom")
    text = {"choice": "approve", "reason": "Fine.", "cast_at": timezone.now(), "shown": ""}
    Vote.objects.create(stage=open_stage(two_steps), voter=tom, seat=tom, **text)
    assert Vote.objects.count() == 1


# Barred after the vote ---------------------------------------------------------------------------


def make_colleagues(*people: User) -> None:
    """Somebody else vouches that they all work at one institution."""
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    for each in people:
        fields = {"full_name": each.full_name, "institution": "Oslo", "orcid": "", "country": ""}
        affiliations.change_profile(User.objects.get(pk=each.pk), **fields)
        profiles.vouch_for_institution(User.objects.get(pk=each.pk), by=ada)


@pytest.fixture
def needs_two(
    policy: Policy, opus: AIModel, alice: User, reviewers: Group, pat: User, lee: User
) -> AccessRequest:
    """One step, two approvals; Tom makes a third reviewer."""
    person("tom", staff=True).groups.add(reviewers)
    steps = [policies.StepInput("Both", reviewers, quorum=2)]
    policies.publish(policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat), by=lee)
    return requests.save(ask_for(opus), by=alice, submit=True)


def test_approval_stops_counting_once_its_voter_is_barred(
    needs_two: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    vote(votes.approve, needs_two, rita)
    make_colleagues(alice, rita)
    vote(votes.approve, needs_two, sam)
    assert VotingPanel(open_stage(needs_two), timezone.now()).approvals == 1
    vote(votes.approve, needs_two, User.objects.get(email="tom@example.org"))
    assert needs_two.grants.exists()


def test_denial_counts_though_its_voter_is_barred_by_now(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User, pat: User, lee: User,
    reviewers: Group,
) -> None:  # fmt: skip
    """Else whoever was told no could take that back by barring who said it."""
    steps = [policies.StepInput("Both", reviewers, denials_to_fail=2)]
    policies.publish(policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat), by=lee)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    vote(votes.deny, asked, rita)
    make_colleagues(alice, rita)
    vote(votes.deny, asked, sam)
    asked.refresh_from_db()
    assert asked.state == "denied"


def test_step_is_deadlocked_once_a_barred_approval_is_missed(
    needs_two: AccessRequest, alice: User, rita: User
) -> None:
    vote(votes.approve, needs_two, rita)
    User.objects.filter(email="tom@example.org").update(is_staff=False)
    make_colleagues(alice, rita)
    assert VotingPanel(open_stage(needs_two), timezone.now()).is_deadlocked


def test_approve_refuses_while_an_earlier_step_rests_on_who_is_barred_by_now(
    two_steps: AccessRequest, opus: AIModel, alice: User, rita: User, sam: User, pat: User
) -> None:
    vote(votes.approve, two_steps, rita)
    make_colleagues(alice, rita)
    with pytest.raises(WrongState, match="approved “First” now has a conflict of interest"):
        vote(votes.approve, two_steps, pat)
    vote(votes.ask_for_changes, two_steps, pat)
    again = send_again(two_steps, opus)
    assert open_stage(again).step.name == "First"
    vote(votes.approve, again, sam)
    vote(votes.approve, again, pat)
    assert again.grants.exists()


def test_resubmission_runs_a_step_again_whose_voter_left(
    passed_by_rita: AccessRequest, opus: AIModel, rita: User
) -> None:
    User.objects.filter(pk=rita.pk).update(is_active=False)
    assert open_stage(send_again(passed_by_rita, opus)).step.name == "First"


def test_every_conflict_has_its_sentences() -> None:
    assert set(ConflictKind) == set(REFUSALS) == set(DESCRIPTIONS)


def test_page_vote_and_quorum_find_the_same_conflict(
    two_steps: AccessRequest, rita: User, pat: User
) -> None:
    rita.groups.add(Group.objects.get(name="Leads"))
    vote(votes.approve, two_steps, rita)
    votes.recuse(open_stage(two_steps), by=rita, reason="We now share a grant.")
    stage = open_stage(two_steps)
    panel = VotingPanel(stage, timezone.now())
    assert why_not("vote", panel, rita) == "You have recused yourself from this request."
    assert [next(panel.conflicts_of(one), None) is None for one in (rita, pat)] == [False, True]
    shown = reviewer_statuses(panel, VoteVisibility(pat, None, False), ())
    assert {row.person: row.status for row in shown} == {rita: "recused", pat: "can decide"}
    stage.step.quorum = 2
    conflicts = RequestConflicts(stage.access_request)
    assert undecidable([stage.step], conflicts) == stage.step
