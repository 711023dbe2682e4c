"""Two people at once, on real rows with real threads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, stages, votes
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, Stage, Vote
from requests_app.refusals import NotAllowed, Refusal, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, person, today
from tests.support.concurrency import at_once, one_won, started
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(size(5, 200))


def fresh_stage(opus: AIModel, by: User) -> Stage:
    return requests.save(ask_for(opus), by=by, submit=True).stages.get()


def settle(by: User) -> None:
    """Give back whatever the round left, so that the next can start."""
    for grant in Grant.objects.live():
        grants.end(grant, by=by)
    for access_request in AccessRequest.objects.open():
        requests.withdraw(access_request, by=by)
    AccessRequest.objects.filter(state="denied").update(ask_again_on=today())


def test_two_reviewers_decide_at_once_and_one_wins(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: votes.deny(stage, by=sam, reason="No.", shown=shown),
        )
        assert one_won(results)
        assert Vote.objects.filter(stage=stage).count() == 1
        assert stage.access_request.grants.count() == (0 if isinstance(results[0], Refusal) else 1)
        settle(alice)
    assert not list(audit_chain.problems())


def test_one_reviewer_clicks_twice_and_grants_once(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()

        def click() -> Any:
            return votes.approve(stage, by=rita, reason="Yes.", shown=shown)

        assert one_won(at_once(click, click, click))
        assert stage.access_request.grants.count() == 1
        settle(alice)


def test_vote_and_withdrawal_at_once_leave_one_end(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: requests.withdraw(stage.access_request, by=alice),
        )
        assert one_won(results)
        settle(alice)


def test_vote_and_expiry_at_once_leave_one_end(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown, due = stage.revision.digest(), stage.due_at
        voted, expired = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: votes.expire(stage.pk, now=due),
        )
        assert isinstance(voted, Refusal) == (expired is True)
        settle(alice)


def test_one_person_sends_two_requests_at_once_and_one_is_kept(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    for _ in ROUNDS:
        ask = ask_for(opus)

        def send() -> Any:
            return requests.save(ask, by=alice, submit=True)

        assert one_won(at_once(send, send))
        settle(alice)


def test_two_claims_at_once_make_one_key(grant: Grant, alice: User) -> None:
    for _ in ROUNDS:
        results = at_once(lambda: keys.claim(grant, by=alice), lambda: keys.claim(grant, by=alice))
        assert one_won(results)
        key_revocation.revoke(Key.objects.get(state="active"), by=alice)


def test_claim_and_revocation_at_once_leave_no_live_key(
    policy: Policy, opus: AIModel, alice: User, rita: User, pat: User, approve: Any
) -> None:
    for _ in ROUNDS:
        grant = approve(fresh_stage(opus, alice).access_request, rita)
        at_once(
            lambda: keys.claim(grant, by=alice),
            lambda: grants.revoke(grant, by=pat, reason="Misused."),
        )
        assert not grant.keys.exclude(state="revoked").exists()


def test_two_sweeps_at_once_remind_once(stage: Stage) -> None:
    now = timezone.now() + timedelta(days=2)
    assert sorted(at_once(*[lambda: stages.remind(stage.pk, now=now)] * 4)) == [False] * 3 + [True]
    assert Event.objects.filter(kind="stage.reminded").count() == 1


# Votes against everything else ----------------------------------------------------------------


@pytest.fixture
def two_needed(policy: Policy, reviewers: Group, pat: User, lee: User) -> Policy:
    steps = [policies.StepInput("Both", reviewers, quorum=2)]
    version = policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat)
    policies.publish(version, by=lee)
    return policy


def test_two_approvals_at_once_reach_a_quorum_of_two_and_grant_once(
    two_needed: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: votes.approve(stage, by=sam, reason="Yes.", shown=shown),
        )
        assert not [result for result in results if isinstance(result, Exception)]
        assert stage.access_request.grants.count() == 1
        assert Event.objects.filter(kind="stage.passed", subject=f"stage-{stage.pk}").count() == 1
        settle(alice)
    assert not list(audit_chain.problems())


def test_two_narrowings_at_once_are_one_and_the_other_reads_again(
    two_needed: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown, scope = stage.revision.digest(), stage.revision.scope()
        short, shorter = (replace(scope, duration=timedelta(days=days)) for days in (9, 5))
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="9.", shown=shown, narrowed_to=short),
            lambda: votes.approve(stage, by=sam, reason="5.", shown=shown, narrowed_to=shorter),
        )
        assert one_won(results)
        assert isinstance(next(r for r in results if isinstance(r, Exception)), WrongState)
        won = short if isinstance(results[1], Refusal) else shorter
        assert stage.revision.scope() == won
        settle(alice)


def test_last_seats_recused_and_voted_at_once_leave_one_deadlock(
    two_needed: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.recuse(stage, by=rita, reason="We share a grant."),
            lambda: votes.approve(stage, by=sam, reason="Yes.", shown=shown),
        )
        assert not [result for result in results if isinstance(result, Exception)]
        stage.refresh_from_db()
        assert (stage.state, bool(stage.deadlocked_at)) == ("open", True)
        events = Event.objects.filter(subject=f"stage-{stage.pk}")
        assert events.filter(kind="stage.deadlocked").count() == 1
        settle(alice)


def test_vote_on_the_old_stage_at_a_resubmission_never_counts(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        old = fresh_stage(opus, alice)
        shown, row = old.revision.digest(), old.access_request
        votes.ask_for_changes(old, by=sam, reason="Which refusals?", shown=shown)
        better = ask_for(opus, purpose="Compare refusals of 2024.")
        voted, sent = at_once(
            lambda: votes.approve(old, by=rita, reason="Yes.", shown=shown),
            lambda: requests.save(better, by=alice, access_request=row, submit=True),
        )
        assert isinstance(voted, WrongState)
        new = sent.stages.open().get()
        assert not new.votes.exists()
        with pytest.raises(WrongState, match="has changed since"):
            votes.approve(new, by=rita, reason="Yes.", shown=shown)
        settle(alice)


def test_vote_and_return_at_once_leave_one_end(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: votes.ask_for_changes(stage, by=sam, reason="Which?", shown=shown),
        )
        assert one_won(results)
        settle(alice)


def test_seat_is_used_once_by_its_owner_and_their_delegate(
    two_needed: Policy, opus: AIModel, alice: User, rita: User, pat: User
) -> None:
    dan = person("dan", staff=True)
    dan.groups.add(desk := Group.objects.create(name="Another desk"))
    policies.draft(
        two_needed, policies.VersionInput("T.", [policies.StepInput("Old", desk)]), by=pat
    )
    now = timezone.now()
    delegations.delegate(dan, by=rita, starts_at=now, ends_at=now + timedelta(days=9))
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: votes.approve(stage, by=dan, reason="For Rita.", shown=shown),
        )
        assert one_won(results)
        assert [vote.seat for vote in stage.votes.all()] == [rita]
        settle(alice)


# Votes against people who leave ---------------------------------------------------------------


def leave(user: User, group: Group, stage: Stage) -> bool:
    """Take `user` out of the group; whether their vote was in before that is committed."""
    with transaction.atomic():
        user.groups.remove(group)
        return Vote.objects.filter(stage=stage).exists()


def fall(user: User, stage: Stage) -> bool:
    """Take away their good standing; whether their vote was in before that is committed."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        return Vote.objects.filter(stage=stage).exists()


def test_vote_and_removal_from_the_group_never_end_with_a_later_vote(
    policy: Policy, opus: AIModel, alice: User, rita: User, reviewers: Group
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        voted, came_first = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: leave(rita, reviewers, stage),
        )
        assert isinstance(voted, NotAllowed) == (not came_first)
        assert Vote.objects.filter(stage=stage).exists() == came_first
        rita.groups.add(reviewers)
        settle(alice)


def test_vote_and_loss_of_good_standing_never_end_with_a_later_vote(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        voted, came_first = at_once(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: fall(rita, stage),
        )
        assert isinstance(voted, NotAllowed) == (not came_first)
        assert Vote.objects.filter(stage=stage).exists() == came_first
        User.objects.filter(pk=rita.pk).update(is_active=True)
        settle(alice)


def test_vote_waits_for_a_removal_under_way_and_is_refused(
    stage: Stage, rita: User, reviewers: Group
) -> None:
    shown = stage.revision.digest()
    with transaction.atomic():
        rita.groups.remove(reviewers)
        voted = started(lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown))
    assert isinstance(voted(), NotAllowed)
    assert not Vote.objects.exists()
