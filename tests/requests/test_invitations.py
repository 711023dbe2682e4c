"""People are invited by mail; whether they have an account shows nowhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.endings import account_deletion
from requests_app.actions.keys import keys
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Event, Grant, Invitation, Notice
from requests_app.notices.delivery import send
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, person
from tests.support import accepted_collaborators
from tests.support.page_client import with_verified_email
from tests.support.sent_mail import sent
from tests.support.smtp_server import RefusingServer

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


@pytest.fixture
def invitation(draft: AccessRequest, alice: User) -> Invitation:
    """For somebody who has no account."""
    return invitations.invite(draft, " New@Example.org ", by=alice)


@pytest.fixture
def newcomer(invitation: Invitation) -> User:
    """Who signed up after the mail."""
    return with_verified_email(person("new"))


@pytest.fixture
def accepted(invitation: Invitation, newcomer: User) -> Invitation:
    return invitations.accept(invitation, by=newcomer, terms=1)


def test_invited_address_gets_one_mail_with_a_link_that_is_no_secret(
    invitation: Invitation,
) -> None:
    (message,) = sent()
    assert message.to == [NEW]
    assert "Alice invites you" in message.subject
    assert f"{invitation.expires_at:%Y}" in message.subject
    html = str(message.alternatives[0][0])
    for text in (message.body, html):
        assert f"http://localhost:8000/invitations/{invitation.public_id}/" in text
        assert "Claude Opus 3" in text
        assert "Compare refusals" not in text  # what is being written stays with who writes it
    notice = Notice.objects.get(template="invited")
    assert message.extra_headers["Message-ID"] == f"<notice-{notice.pk}@localhost>"
    assert not send(notice.pk, now=timezone.now() + timedelta(days=1))


def test_address_with_an_account_gets_the_same_mail(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    for email in (bob.email, NEW):
        invitations.invite(draft, email, by=alice)
    known, unknown = sent()
    assert {*known.to, *unknown.to} == {bob.email, NEW}
    for one, other in ((known.body, unknown.body), (known.subject, unknown.subject)):
        assert (
            one.split("/invitations/")[0].replace(bob.email, NEW) == other.split("/invitations/")[0]
        )
    notices = Notice.objects.filter(template="invited", recipient=None)
    assert set(notices.values_list("address", flat=True)) == {bob.email, NEW}


def test_accept_joins_the_draft_and_keeps_the_terms(
    accepted: Invitation, newcomer: User, draft: AccessRequest
) -> None:
    assert list(draft.revision.collaborators.all()) == [newcomer]
    assert (accepted.person, accepted.policy_version) == (newcomer, draft.policy_version)
    event = Event.objects.get(kind="invitation.accepted")
    assert (event.details["policy"], event.details["digest"]) == (
        str(draft.policy_version),
        draft.revision.digest(),
    )
    assert [message.to for message in sent()] == [["alice@example.org"]]
    assert not any(NEW in str(event.details) for event in draft.events.all())
    assert not list(audit_chain.problems())


def test_accepted_terms_count_for_the_grant(
    accepted: Invitation, newcomer: User, alice: User, rita: User, approve: Any
) -> None:
    sent = requests.submit(accepted.access_request, by=alice)
    grant: Grant = approve(sent, rita)
    assert grant.collaborators.get().accepted_at == accepted.accepted_at
    assert keys.claim(grant, by=newcomer).key.holder == newcomer


def test_only_a_verified_address_answers(invitation: Invitation, bob: User, alice: User) -> None:
    typed = person("new")  # signed up, and never followed the link in the mail
    for who in (typed, with_verified_email(bob), alice):
        with pytest.raises(NotAllowed, match="another address"):
            invitations.accept(invitation, by=who, terms=1)
        with pytest.raises(NotAllowed):
            invitations.decline(invitation, by=who)
    with_verified_email(bob, NEW)  # a second address of his
    assert invitations.accept(invitation, by=bob, terms=1).person == bob


def test_accept_is_for_the_terms_that_were_shown(invitation: Invitation, newcomer: User) -> None:
    for other in (None, 2):
        with pytest.raises(WrongState, match="The terms have changed"):
            invitations.accept(invitation, by=newcomer, terms=other)


def test_accept_ends_with_its_time(invitation: Invitation, newcomer: User) -> None:
    past = timezone.now() - timedelta(days=1)
    Invitation.objects.update(sent_at=past - timedelta(days=1), expires_at=past)
    with pytest.raises(WrongState, match="This invitation has expired"):
        invitations.accept(invitation, by=newcomer, terms=1)
    assert tasks.lapse_invitations() == 1
    assert Invitation.objects.get().state == "lapsed"
    assert not sent()  # it isn't sent after its end


def test_sending_leaves_out_who_has_not_answered(
    invitation: Invitation, newcomer: User, draft: AccessRequest, alice: User
) -> None:
    digest = draft.revision.digest()
    requests.submit(draft, by=alice)
    invitation.refresh_from_db()
    assert invitation.state == "lapsed"
    with pytest.raises(WrongState):
        invitations.accept(invitation, by=newcomer, terms=1)
    assert draft.revision.digest() == digest


def test_withdrawn_request_ends_its_invitations(
    invitation: Invitation, newcomer: User, draft: AccessRequest, alice: User
) -> None:
    requests.withdraw(draft, by=alice)
    with pytest.raises(WrongState, match="can no longer be joined"):
        invitations.accept(invitation, by=newcomer, terms=1)
    assert tasks.lapse_invitations() == 1


def test_accept_after_a_return_begins_a_new_text(
    draft: AccessRequest, alice: User, rita: User, bob: User
) -> None:
    stage = requests.submit(draft, by=alice).stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Who else?", shown=stage.revision.digest())
    invitation = invitations.invite(draft, bob.email, by=alice)
    invitations.accept(invitation, by=with_verified_email(bob), terms=1)
    first, second = draft.revisions.all()
    assert not first.collaborators.exists()
    assert list(second.collaborators.all()) == [bob]
    assert second.purpose == first.purpose


def test_decline_and_withdraw_take_out_of_the_draft(
    accepted: Invitation, newcomer: User, draft: AccessRequest, alice: User
) -> None:
    invitations.decline(accepted, by=newcomer)
    assert not draft.revision.collaborators.exists()
    again = invitations.invite(draft, NEW, by=alice)
    invitations.accept(again, by=newcomer, terms=1)
    sent()
    invitations.withdraw(again, by=alice)
    assert not draft.revision.collaborators.exists()
    assert [message.to for message in sent()] == [[NEW]]


def test_text_that_names_somebody_no_more_ends_their_invitation(
    accepted: Invitation, draft: AccessRequest, opus: AIModel, alice: User
) -> None:
    requests.save(ask_for(opus), by=alice, access_request=draft)
    accepted.refresh_from_db()
    assert accepted.state == "withdrawn"


def test_nobody_changes_who_is_part_of_what_was_sent(
    accepted: Invitation, newcomer: User, draft: AccessRequest, alice: User
) -> None:
    requests.submit(draft, by=alice)
    for act in (
        lambda: invitations.decline(accepted, by=newcomer),
        lambda: invitations.withdraw(accepted, by=alice),
        lambda: invitations.remove_address(draft, NEW, by=alice),
        lambda: invitations.invite(draft, "more@example.org", by=alice),
    ):
        with pytest.raises(WrongState):
            act()
    assert list(draft.revision.collaborators.all()) == [newcomer]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("Alice@example.org", "You are already part of this request"),
        ("second@example.org", "You are already part of this request"),
        (NEW, f"{NEW} is already on the list"),
        ("bob@example.org", "bob@example.org is already on the list"),
        ("a@example.org, b@example.org", "Enter one email address"),
        ("a@example.org\nBcc: b@example.org", "Enter one email address"),
        ("", "Enter one email address"),
        ("=?utf-8?q?b?=@example.org", "Enter one email address"),
    ],
)
def test_invite_refuses(
    invitation: Invitation, opus: AIModel, alice: User, bob: User, email: str, sentence: str
) -> None:
    with_verified_email(alice, "second@example.org")
    named = replace(ask_for(opus), collaborators=(bob.email,))
    accepted_collaborators.save(named, by=alice, access_request=invitation.access_request)
    with pytest.raises(Invalid, match=sentence) as refused:
        invitations.invite(invitation.access_request, email, by=alice)
    assert set(refused.value.errors) == {"email"}
    assert Invitation.objects.exclude(email=bob.email).count() == 1


def test_invite_has_an_end(draft: AccessRequest, alice: User, bob: User, opus: AIModel) -> None:
    rows = [invitations.invite(draft, f"{n}@example.org", by=alice) for n in range(20)]
    with pytest.raises(Invalid, match="A request can have 20 people at most"):
        invitations.invite(draft, NEW, by=alice)
    for number in range(20, 40):
        invitations.withdraw(rows.pop(), by=alice)
        rows.append(invitations.invite(draft, f"{number}@example.org", by=alice))
    invitations.withdraw(rows.pop(), by=alice)
    with pytest.raises(Invalid, match="today's limit for invitations"):
        invitations.invite(draft, NEW, by=alice)


def test_send_again_waits_and_ends(invitation: Invitation, alice: User, eve: User) -> None:
    with pytest.raises(NotAllowed):
        invitations.send_again(invitation, by=eve)
    with pytest.raises(WrongState, match="only just sent"):
        invitations.send_again(invitation, by=alice)
    for _ in range(2):
        Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
        invitations.send_again(invitation, by=alice)
        assert [message.to for message in sent()] == [[NEW]]
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(WrongState, match="already sent 3 emails to this address"):
        invitations.send_again(invitation, by=alice)


def test_inviting_anew_sends_no_more_mails(draft: AccessRequest, alice: User) -> None:
    for _ in range(3):
        invitations.withdraw(invitations.invite(draft, NEW, by=alice), by=alice)
    with pytest.raises(Invalid, match="already sent 3 emails to this address"):
        invitations.invite(draft, NEW, by=alice)
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert invitations.invite(draft, NEW, by=alice).sends == 1


def test_nobody_joins_their_own_request(invitation: Invitation, alice: User) -> None:
    with_verified_email(alice, NEW)  # after the invitation went there
    with pytest.raises(NotAllowed, match="already part of this request"):
        invitations.accept(invitation, by=alice, terms=1)


def test_withdrawn_invitation_is_not_mailed(invitation: Invitation, alice: User) -> None:
    invitations.withdraw(invitation, by=alice)
    assert not sent()
    assert Notice.objects.get(template="invited").dropped_at


def test_refused_address_is_given_up(invitation: Invitation, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with RefusingServer("RCPT", "550 no such user") as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        tasks.send_notices()
    notice = Notice.objects.get(template="invited")
    assert (notice.dropped_at is not None, notice.problem[:3]) == (True, "550")


def test_deleted_account_leaves_no_address_that_it_invited(
    accepted: Invitation, alice: User
) -> None:
    sent()
    account_deletion.delete_account(alice, by=alice)
    tasks.lapse_invitations()
    assert not Invitation.objects.filter(email=NEW).exists()
    assert not Notice.objects.filter(address=NEW).exists()
    assert not list(audit_chain.problems())


@pytest.mark.parametrize("email", ["bob@example.org", "bob@elsewhere.example"])
def test_deleted_account_leaves_none_of_its_addresses_at_which_it_was_invited(
    draft: AccessRequest, alice: User, bob: User, email: str
) -> None:
    with_verified_email(with_verified_email(bob), "bob@elsewhere.example")
    invitations.invite(draft, email, by=alice)
    sent()
    account_deletion.delete_account(bob, by=bob)
    assert not Invitation.objects.filter(email=email).exists()
    assert not Notice.objects.filter(address=email).exists()
