"""Answers to an invitation against what its requester does, on real rows with real threads."""

from functools import partial

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import invitations, requests
from requests_app.models import AccessRequest, Event, Invitation, Policy
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from tests.conftest import ask_for
from tests.support.concurrency import at_once, one_won
from tests.support.page_client import other_model, with_verified_email
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(size(5, 200))


@pytest.fixture
def invited(policy: Policy, opus: AIModel, alice: User, bob: User) -> Invitation:
    with_verified_email(bob)
    row = requests.save(ask_for(opus), by=alice)
    return invitations.invite(row, bob.email, by=alice)


def again(before: Invitation, alice: User) -> Invitation:
    """A fresh one for the next round."""
    row = AccessRequest.objects.get(pk=before.access_request_id)
    if not row.closed_at:
        requests.withdraw(row, by=alice)
    opus = row.revision.ai_models.get()
    fresh = requests.save(ask_for(opus), by=alice)
    Invitation.objects.update(created_at="2026-01-01T00:00Z")  # a new day for the limit
    return invitations.invite(fresh, before.email, by=alice)


def test_accept_and_sending_at_once_leave_the_text_that_was_told(
    invited: Invitation, alice: User, bob: User
) -> None:
    for _ in ROUNDS:
        row = invited.access_request
        accepted, sent = at_once(
            lambda: invitations.accept(invited, by=bob, terms=1),
            lambda: requests.submit(row, by=alice),
        )
        assert not isinstance(sent, Exception), sent
        is_in = not isinstance(accepted, Refusal)
        assert list(row.revision.collaborators.all()) == ([bob] if is_in else [])
        invited.refresh_from_db()
        assert invited.state == ("accepted" if is_in else "lapsed")
        told = Event.objects.get(access_request=row, kind="request.submitted")
        assert told.details["digest"] == row.revision.digest()
        invited = again(invited, alice)
    assert not list(audit_chain.problems())


def test_accept_and_withdrawal_at_once_never_leave_somebody_in(
    invited: Invitation, alice: User, bob: User
) -> None:
    for _ in ROUNDS:
        accepted, withdrawn = at_once(
            lambda: invitations.accept(invited, by=bob, terms=1),
            lambda: invitations.withdraw(invited, by=alice),
        )
        assert not isinstance(withdrawn, Exception), withdrawn
        assert isinstance(accepted, Invitation | Refusal), accepted
        assert not invited.access_request.revision.collaborators.exists()
        invited = again(invited, alice)
    assert not list(audit_chain.problems())


def test_two_clicks_accept_once(invited: Invitation, bob: User) -> None:

    def act() -> Invitation:
        return invitations.accept(invited, by=bob, terms=1)

    assert one_won(at_once(act, act))
    assert Event.objects.filter(kind="invitation.accepted").count() == 1


def test_most_of_a_day_holds_over_all_requests(
    invited: Invitation,
    policy: Policy,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(invitations, "MAX_PER_DAY", 2)
    another = other_model("claude-2.1", "request")
    policy.ai_models.add(another)
    other = requests.start([another.identifier], by=alice)
    for number in ROUNDS:
        results = at_once(
            partial(invitations.invite, invited.access_request, f"a{number}@x.org", by=alice),
            partial(invitations.invite, other, f"b{number}@x.org", by=alice),
        )
        assert one_won(results), results
        (won,) = (result for result in results if isinstance(result, Invitation))
        invitations.withdraw(won, by=alice)  # a request has room for twenty
        Invitation.objects.exclude(pk=invited.pk).update(created_at="2026-01-01T00:00Z")


def test_one_address_is_invited_once_at_a_time(invited: Invitation, alice: User) -> None:
    row = invited.access_request
    results = at_once(*[lambda: invitations.invite(row, "new@example.org", by=alice)] * 3)
    assert one_won(results)
