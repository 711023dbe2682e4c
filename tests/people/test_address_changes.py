"""Another address in the admin: nothing of the old one is left that lets anybody in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.requests import invitations
from requests_app.models import AccessRequest
from requests_app.refusals import NotAllowed
from tests.admin.test_people import PEOPLE, form_of
from tests.conftest import PASSWORD
from tests.support.authenticator import sign_in
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import page, with_verified_email

pytestmark = pytest.mark.django_db

NEW = "alice@new.example"
RESET = "/accounts/password/reset/"

Change = Callable[[User, str], Any]


@pytest.fixture
def change(ada: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Change:
    """A superuser gives somebody another address; the answer, with the page that follows."""

    def change(person: User, email: str) -> Any:
        client = signed_in(ada)
        with django_capture_on_commit_callbacks(execute=True):
            address = f"{PEOPLE}{person.pk}/change/"
            return client.post(address, form_of(person, email=email), follow=True)

    return change


def reset_link(email: str) -> str:
    """Where the mail leads that is sent to `email`; empty for one that leads nowhere."""
    mail.outbox.clear()
    Client().post(RESET, {"email": email})
    [message] = [one for one in mail.outbox if one.to == [email]]
    found = re.search(r"/accounts/password/reset/key/\S+", str(message.body))
    return found[0] if found else ""


def test_the_old_address_no_longer_signs_in(alice: User, change: Change) -> None:
    assert sign_in(alice).status_code == 302
    change(alice, NEW)
    typed = {"login": "alice@example.org", "password": PASSWORD}
    assert "Incorrect email address or password" in page(Client().post("/accounts/login/", typed))
    alice.refresh_from_db()
    assert alice.email == NEW
    row = EmailAddress.objects.get(user=alice)
    assert (row.email, row.primary, row.verified) == (NEW, True, False)
    assert addresses.verified(alice) == []


def test_the_old_address_gets_no_reset_and_an_older_link_is_closed(
    alice: User, change: Change
) -> None:
    with_verified_email(alice)
    link = reset_link("alice@example.org")
    assert link
    change(alice, NEW)
    assert reset_link("alice@example.org") == ""
    browser = Client()
    assert "set_password" not in browser.get(link, follow=True).request["PATH_INFO"]
    assert 'name="password1"' not in browser.get(link, follow=True).content.decode()


def test_a_link_that_was_sent_to_the_old_address_confirms_nothing(
    alice: User, change: Change
) -> None:
    row = EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    key = EmailConfirmationHMAC.create(row).key
    change(alice, NEW)
    Client().post(f"/accounts/confirm-email/{key}/")
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_every_session_ends_but_that_of_who_changed_their_own(
    alice: User, ada: User, change: Change
) -> None:
    tracked, untracked = Client(), signed_in(alice)
    sign_in(alice, tracked)
    untracked_key = untracked.session.session_key
    change(alice, NEW)
    for browser in (tracked, untracked):
        assert browser.get("/profile/").status_code == 302
    assert untracked_key
    answer = change(ada, "ada@new.example")
    assert answer.status_code == 200
    assert "was changed successfully" in text_of(answer)


def test_an_invitation_at_the_old_address_is_no_longer_theirs(
    draft: AccessRequest, alice: User, bob: User, change: Change
) -> None:
    with_verified_email(bob)
    invitation = invitations.invite(draft, bob.email, by=alice)
    change(bob, NEW)
    bob.refresh_from_db()
    with pytest.raises(NotAllowed, match="for another address"):
        invitations.accept(invitation, by=bob, terms=draft.policy_version.number)


def test_both_addresses_are_told(alice: User, change: Change) -> None:
    alice.mail_problem = "550 no such mailbox"
    alice.save()
    mail.outbox.clear()
    change(alice, NEW)
    told = {message.to[0]: message for message in mail.outbox}
    assert set(told) == {"alice@example.org", NEW}
    for message in told.values():
        assert f"from alice@example.org to {NEW}" in message.body
        assert "ada" not in message.message().as_string().lower()
    alice.refresh_from_db()
    assert alice.mail_problem == ""


@pytest.mark.django_db(transaction=True)
def test_who_changed_it_reads_which_address_was_not_told(
    alice: User, ada: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = form_of(alice, email=NEW)
    page = text_of(signed_in(ada).post(f"{PEOPLE}{alice.pk}/change/", form, follow=True))
    for address in ("alice@example.org", NEW):
        assert f"We couldn't send an email about it to {address}." in page


def test_an_address_that_they_had_confirmed_stays_confirmed(alice: User, change: Change) -> None:
    with_verified_email(alice)
    with_verified_email(alice, NEW)
    change(alice, NEW)
    assert addresses.verified(alice) == [NEW]
    assert EmailAddress.objects.get(user=alice).primary


@pytest.mark.parametrize("whose", ["main", "confirmed"])
def test_an_address_of_somebody_else_is_refused(
    alice: User, bob: User, change: Change, whose: str
) -> None:
    email = bob.email if whose == "main" else "bob@work.example"
    with_verified_email(bob, email)
    assert "Another account already uses this address." in text_of(change(alice, email))
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_a_change_of_something_else_leaves_address_and_sessions(
    alice: User, ada: User, reviewers: Group
) -> None:
    browser = Client()
    sign_in(alice, browser)
    form = form_of(alice, full_name="Alice M.", groups=[reviewers.pk])
    signed_in(ada).post(f"{PEOPLE}{alice.pk}/change/", form)
    alice.refresh_from_db()
    assert alice.full_name == "Alice M."
    assert browser.get("/profile/").status_code == 200
    assert addresses.verified(alice) == [alice.email]


def test_of_their_own_change_both_addresses_are_told(alice: User) -> None:
    browser = Client()
    with_verified_email(alice, NEW)
    sign_in(alice, browser)
    mail.outbox.clear()
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"email": NEW, "action_primary": ""})
    alice.refresh_from_db()
    assert alice.email == NEW
    assert {message.to[0] for message in mail.outbox} == {"alice@example.org", NEW}
