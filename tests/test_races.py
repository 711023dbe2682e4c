"""Two people at once, on real rows with real threads."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import audit
from requests_app.actions import grants, keys, requests, reviews
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, Stage, Vote
from requests_app.rules import Refusal
from tests.conftest import ask_for
from tests.sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(size(8, 200))


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, in a thread each; what each returned, or its refusal."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # a refusal is a result; anything else fails the test below
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_won(results: list[Any]) -> bool:
    """Exactly one act worked; every other got a sentence."""
    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, Refusal) and error.sentence for error in refused), refused
    return len(refused) == len(results) - 1


def fresh_stage(opus: AIModel, by: User) -> Stage:
    return requests.save(ask_for(opus), by=by, submit=True).stages.get()


def settle(by: User) -> None:
    """Give back whatever the round left, so that the next can start."""
    for grant in Grant.objects.live():
        grants.end(grant, by=by)
    for access_request in AccessRequest.objects.open():
        requests.withdraw(access_request, by=by)


def test_two_reviewers_decide_at_once_and_one_wins(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()
        results = at_once(
            lambda: reviews.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: reviews.deny(stage, by=sam, reason="No.", shown=shown),
        )
        assert one_won(results)
        assert Vote.objects.filter(stage=stage).count() == 1
        assert stage.access_request.grants.count() == (0 if isinstance(results[0], Refusal) else 1)
        settle(alice)
    assert not list(audit.problems())


def test_one_reviewer_clicks_twice_and_grants_once(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    for _ in ROUNDS:
        stage = fresh_stage(opus, alice)
        shown = stage.revision.digest()

        def click() -> Any:
            return reviews.approve(stage, by=rita, reason="Yes.", shown=shown)

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
            lambda: reviews.approve(stage, by=rita, reason="Yes.", shown=shown),
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
            lambda: reviews.approve(stage, by=rita, reason="Yes.", shown=shown),
            lambda: reviews.expire(stage.pk, now=due),
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
        keys.revoke(Key.objects.get(state="active"), by=alice)


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
    assert sorted(at_once(*[lambda: reviews.remind(stage.pk, now=now)] * 4)) == [False] * 3 + [True]
    assert Event.objects.filter(kind="stage.reminded").count() == 1
