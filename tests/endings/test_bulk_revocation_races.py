"""Claims, approvals and other endings at the moment when everything ends: real threads."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.keys import keys
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import votes
from requests_app.models import (
    AccessRequest,
    BulkRevocation,
    Collaborator,
    Grant,
    Key,
    Policy,
    Stage,
)
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from requests_app.transitions.locks import lock_grant, lock_request
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.bulk_grants import many_grants
from tests.support.concurrency import at_once, is_blocked, started
from tests.support.page_client import with_verified_email
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db(transaction=True)


def sentence(result: Any) -> str:
    assert isinstance(result, Refusal), result
    return result.sentence


@transaction.atomic
def lock_in_transaction(grant: Grant) -> Grant:
    """What every claim begins with."""
    return lock_grant(grant.pk)


def approval(stage: Stage, rita: User) -> Any:
    shown = stage.revision.digest()
    return lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown)


def test_of_two_superusers_who_leave_at_once_one_stays(ada: User) -> None:
    ben = User.objects.create_superuser("ben@example.org", "", full_name="Ben")
    with transaction.atomic():
        account_deletion.delete_account(ben, by=ben)
        leaving = started(lambda: account_deletion.delete_account(ada, by=ada))
    assert "only superuser" in sentence(leaving())


def test_whoever_leaves_locks_own_and_others_drafts_in_one_order(
    policy: Policy, opus: AIModel, alice: User, bob: User
) -> None:
    """Else two who leave at once, each named by the other, would wait for each other for good."""
    own = requests.save(ask_for(opus), by=alice)
    others = accepted_collaborators.save(
        replace(ask_for(opus), collaborators=(alice.email,)), by=bob
    )
    with transaction.atomic():
        lock_request(own.pk)
        leaving = started(lambda: account_deletion.delete_account(alice, by=alice))
        lock_request(others.pk)
    assert isinstance(leaving(), BulkRevocation)
    assert not others.revision.collaborators.exists()


def test_draft_that_is_sent_while_somebody_leaves_keeps_nobody_from_leaving(
    policy: Policy, opus: AIModel, alice: User, bob: User
) -> None:
    with_verified_email(bob)
    draft = requests.save(ask_for(opus), by=alice)
    invitations.accept(invitations.invite(draft, bob.email, by=alice), by=bob, terms=1)
    with transaction.atomic():
        requests.submit(draft, by=alice)
        leaving = started(lambda: account_deletion.delete_account(bob, by=bob))
    assert isinstance(leaving(), BulkRevocation)
    assert not list(audit_chain.problems())


def test_claim_that_waits_finds_its_grant_revoked(
    grant: Grant, opus: AIModel, alice: User, ada: User
) -> None:
    with transaction.atomic():
        bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked.")
        claiming = started(lambda: keys.claim(grant, by=alice))
    assert "revoked" in sentence(claiming())
    assert not Key.objects.exists()


def test_key_that_is_claimed_first_is_revoked(
    grant: Grant, opus: AIModel, alice: User, ada: User
) -> None:
    with transaction.atomic():
        key = keys.claim(grant, by=alice).key
        ending = started(lambda: bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked."))
    assert ending().keys == [key.public_id]
    assert Key.objects.get().state == "revoked"


def test_approval_that_waits_finds_the_request_closed(
    stage: Stage, alice: User, rita: User, ada: User
) -> None:
    with transaction.atomic():
        bulk_revocation.revoke_everything(alice, by=ada, reason="Not who she says.")
        approving = started(approval(stage, rita))
    assert "closed" in sentence(approving())
    assert not Grant.objects.exists()


def test_approval_that_waits_finds_the_model_withdrawn(
    stage: Stage, opus: AIModel, rita: User, ada: User
) -> None:
    with transaction.atomic():
        bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked.")
        approving = started(approval(stage, rita))
    assert "has been withdrawn" in sentence(approving())
    assert not Grant.objects.exists()


def test_approval_and_the_ending_of_its_model_never_wait_for_each_other(
    stage: Stage, opus: AIModel, rita: User, ada: User
) -> None:
    """Both wait for the request; whoever gets it first is done first, and neither is broken off."""
    with transaction.atomic():
        lock_request(stage.access_request_id)
        approving = started(approval(stage, rita))
        ending = started(
            lambda: bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked."), as_waiter=2
        )
    assert isinstance(approving(), Stage)
    assert ending().grants == [Grant.objects.get().public_id]
    assert Grant.objects.get().state == "revoked"


@pytest.mark.parametrize("name", ["alice", "opus", "policy"])
def test_grant_that_is_approved_first_is_revoked(
    name: str, stage: Stage, rita: User, ada: User, pat: User, request: pytest.FixtureRequest
) -> None:
    subject, by = request.getfixturevalue(name), pat if name == "policy" else ada
    with transaction.atomic():
        approval(stage, rita)()
        ending = started(
            lambda: bulk_revocation.revoke_everything(subject, by=by, reason="Leaked.")
        )
    assert ending().grants == [Grant.objects.get().public_id]
    assert Grant.objects.get().state == "revoked"


def test_request_that_waits_is_not_sent(
    draft: AccessRequest, alice: User, ada: User, opus: AIModel
) -> None:
    with transaction.atomic():
        bulk_revocation.revoke_everything(alice, by=ada, reason="Not who she says.")
        asking = started(lambda: requests.save(ask_for(opus), by=alice, submit=True))
    assert "not in good standing" in sentence(asking())


def test_collaborators_of_others_wait_too(grant: Grant, alice: User, bob: User, ada: User) -> None:
    """They have no key yet, and must not get one while they are put out."""
    now = timezone.now()
    Collaborator.objects.create(grant=grant, person=bob, added_at=now, accepted_at=now)
    with transaction.atomic():
        bulk_revocation.revoke_everything(bob, by=ada, reason="Left.")
        acting = started(lambda: lock_in_transaction(grant))
        assert is_blocked()
    assert acting() == grant


def test_endings_that_overlap_end_each_grant_once(
    opus: AIModel, policy: Policy, ada: User, pat: User
) -> None:
    for number in range(size(3, 30)):
        many_grants(4, opus, policy, start=4 * number)
        ends = (
            (opus, ada),
            (policy, pat),
            (User.objects.get(email=f"holder{4 * number}@example.org"), ada),
        )
        results = at_once(
            *(
                partial(bulk_revocation.revoke_everything, what, by=by, reason="Leaked.")
                for what, by in ends
            )
        )
        assert sum(len(each.grants) for each in results) == 4
    assert not list(audit_chain.problems())


def test_claims_and_an_ending_at_once_leave_no_key(
    opus: AIModel, policy: Policy, ada: User
) -> None:
    for number in range(size(3, 50)):
        many_grants(2, opus, policy, keys=0, start=2 * number)
        claims = [partial(keys.claim, grant, by=grant.holder) for grant in Grant.objects.live()]
        at_once(*claims, lambda: bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked."))
        assert not Grant.objects.live().exists()
        assert not Key.objects.exclude(state="revoked").exists()
