"""Collaborators hear of what happens to the request they joined and to the access they share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import collaborators, grants, suspensions
from requests_app.actions.requests import invitations, requests
from requests_app.models import AccessRequest, Grant, Notice, Policy
from tests.conftest import ask_for
from tests.notices.test_contradicting_mails import say_no
from tests.support import accepted_collaborators
from tests.support.mail_walk import shared, shared_grant
from tests.support.page_client import with_verified_email
from tests.support.sent_mail import sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy")]
Get = Callable[[str], User]


def to(person: User) -> list[str]:
    """Subjects and texts of what a person gets now."""
    return [f"{one.subject}\n{one.body}" for one in sent_to(person)]


@pytest.fixture
def get(request: pytest.FixtureRequest) -> Get:
    return request.getfixturevalue


def test_denial_is_told_without_its_reason(get: Get, bob: User) -> None:
    row = shared(get)
    say_no(row, get("rita"))
    (text,) = to(bob)
    assert text.startswith("Not approved: Claude Opus 3: Compare refusals.")
    assert "Alice's request for Claude Opus 3, which you joined, was not approved." in text
    assert "No." not in text.split()


def test_draft_that_is_withdrawn_is_told_to_who_accepted(
    draft: AccessRequest, alice: User, bob: User, eve: User
) -> None:
    for somebody in (bob, eve):
        with_verified_email(somebody)
        invitations.invite(draft, somebody.email, by=alice)
    invitations.accept(draft.invitations.get(email=bob.email), by=bob, terms=1)
    to(alice)
    requests.withdraw(draft, by=alice)
    assert [text.partition(":")[0] for text in to(bob)] == ["Withdrawn"]
    assert to(eve) == []


def test_suspension_and_its_end_are_told_without_the_reason(get: Get, bob: User) -> None:
    grant = shared_grant(get)
    to(bob)
    suspensions.suspend(grant, by=get("pat"), reason="Alice's laptop was stolen.")
    (text,) = to(bob)
    assert "that Alice shares with you is suspended" in text
    suspensions.resume(grant, by=get("pat"), reason="She has it back.")
    (resumed,) = to(bob)
    assert "Your keys under it work again." in resumed
    assert "laptop" not in text
    assert "has it back" not in resumed


def test_start_asks_for_the_terms_only_who_has_not_accepted_them(get: Get, bob: User) -> None:
    grant = shared_grant(get)
    (text,) = to(bob)
    assert "Accept the policy's terms, then create your own key." in text
    assert "Open the access: " in text
    grant.collaborators.update(accepted_at=timezone.now())
    mine = Notice.objects.filter(recipient=bob, template="shared_active")
    mine.update(sent_at=None, next_try_at=timezone.now())
    (again,) = to(bob)
    assert "Accept the policy's terms" not in again
    assert "Create your key: " in again


def test_nothing_more_is_told_to_who_has_left(get: Get, bob: User) -> None:
    grant = shared_grant(get)
    to(bob)
    grants.shorten(grant, by=get("alice"), ends_at=timezone.now() + timedelta(days=20))
    collaborators.leave(grant, by=bob)
    assert to(bob) == []


def test_end_is_announced_to_those_who_share_it(get: Get, bob: User) -> None:
    grant = shared_grant(get)
    to(bob)
    Grant.objects.update(expiry_notice_at=timezone.now())
    assert grants.announce_end(grant.pk, now=timezone.now())
    (text,) = to(bob)
    assert text.startswith("Access shared with you ends on ")
    assert "ask Alice to request an extension" in text


def test_deleted_account_takes_its_requests_away_from_who_joined(get: Get, bob: User) -> None:
    shared(get)
    to(bob)
    account_deletion.delete_account(get("alice"), by=get("alice"))
    (text,) = to(bob)
    assert text.startswith("Withdrawn: ")


def test_ending_of_everything_is_one_mail_to_who_loses_access_with_it(
    get: Get, second: Policy, alice: User, bob: User
) -> None:
    """A second request of the same two is in review."""
    shared_grant(get)
    more = replace(ask_for(second.ai_models.get()), collaborators=(bob.email,))
    accepted_collaborators.save(more, by=alice, submit=True)
    to(bob)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    bulk_revocation.revoke_everything(alice, by=ada, reason="Left.")
    assert [text.partition("\n")[0] for text in to(bob)] == ["Your access has ended"]
