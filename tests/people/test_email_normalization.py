"""One mailbox, one account: an address has one form, however it is typed and wherever it enters."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.config import env
from lifecycle.people.email import addresses
from lifecycle.people.email.normalization import NotAnAddress, comparable_address, stored_form
from lifecycle.people.models import User
from requests_app.actions.requests import invitations
from requests_app.models import AccessRequest
from requests_app.refusals import Invalid
from tests.admin.test_people import PEOPLE, form_of
from tests.conftest import PASSWORD
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import with_verified_email
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

READ, ENCODED = "alice@münchen.example", "alice@xn--mnchen-3ya.example"
TWINS = [READ, ENCODED, "Alice@MÜNCHEN.example ", "alice@mu\u0308nchen.example", ENCODED.upper()]
UNCLEAR = [
    "alice@exa\u00admple.org",  # soft hyphen
    "alice@exa\u200bmple.org",
    "alice@ｅxample.org",
    "ａlice@example.org",
    "alice@example。org",
    "alice@stra\u00dfe.example",  # mails would go to strasse.example
    "alice＠example.org",
    "\u017fam@example.org",
    "alice\u00ad@example.org",
    "zoë@example.org",
    "alice@a_b.example",
    "alice@xn--zzzz.example",
]


@pytest.mark.parametrize("typed", TWINS)
def test_ways_to_type_a_host_are_one_address(typed: str) -> None:
    assert stored_form(typed) == READ


@pytest.mark.parametrize("typed", UNCLEAR)
def test_what_would_be_stored_as_something_else_than_is_seen_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        stored_form(typed)
    with pytest.raises(ValidationError, match="Enter one email address"):
        addresses.validate(typed)


def test_a_host_that_mails_reach_only_in_its_encoded_form_is_kept_in_it() -> None:
    assert stored_form("a@XN--strae-oqa.de") == "a@xn--strae-oqa.de"


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_stored_form_is_its_own(name: str, host: str) -> None:
    try:
        stored = stored_form(f"{name}@{host}.example")
    except NotAnAddress:
        return
    assert stored_form(stored) == stored == comparable_address(stored.upper())


def sign_up(email: str) -> Any:
    typed = {"full_name": "A", "password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/accounts/signup/", {"email": email, **typed}, follow=True)


@pytest.mark.parametrize("typed", TWINS)
def test_sign_up_and_sign_in_know_an_address_in_each_of_its_forms(typed: str) -> None:
    sign_up(READ)
    sign_up(typed)
    assert [row.email for row in User.objects.all()] == [READ]
    EmailAddress.objects.update(verified=True)
    answer = Client().post("/accounts/login/", {"login": typed, "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.parametrize("typed", some(UNCLEAR, 4))
def test_sign_up_reset_and_another_address_refuse_what_is_unclear(alice: User, typed: str) -> None:
    sign_up(typed)
    assert User.objects.count() == 1
    answer = Client().post("/accounts/password/reset/", {"email": typed})
    assert answer.status_code == 200
    browser = signed_in(alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"email": typed, "action_add": ""})
    assert not EmailAddress.objects.filter(user=alice).exclude(email=alice.email).exists()


@pytest.mark.parametrize("typed", TWINS)
def test_a_reset_goes_to_the_account_in_each_form(typed: str, mailoutbox: list[Any]) -> None:
    with_verified_email(User.objects.create_user(READ, PASSWORD, full_name="Alice"))
    Client().post("/accounts/password/reset/", {"email": typed})
    assert "/accounts/password/reset/key/" in mailoutbox[0].body
    assert mailoutbox[0].recipients() == [READ]


@pytest.mark.parametrize("typed", TWINS)
def test_an_invitation_is_at_an_address_in_each_form(
    draft: AccessRequest, alice: User, typed: str
) -> None:
    assert invitations.invite(draft, typed, by=alice).email == READ
    with pytest.raises(Invalid, match="already on the list"):
        invitations.invite(draft, READ, by=alice)


@pytest.mark.parametrize("typed", some(UNCLEAR, 3))
def test_an_unclear_address_is_not_invited(draft: AccessRequest, alice: User, typed: str) -> None:
    with pytest.raises(Invalid, match="Enter one email address"):
        invitations.invite(draft, typed, by=alice)


@pytest.mark.parametrize("typed", some(UNCLEAR, 4))
def test_the_admin_and_the_commands_refuse_what_is_unclear(
    ada: User, alice: User, typed: str
) -> None:
    answer = signed_in(ada).post(f"{PEOPLE}{alice.pk}/change/", form_of(alice, email=typed))
    assert "email address" in text_of(answer)
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    with pytest.raises(CommandError):
        call_command("createsuperuser", email=typed, full_name="A", interactive=False)
    with pytest.raises(ValueError, match="not an email address"):
        User.objects.create_user(typed, full_name="A")


@pytest.mark.parametrize("typed", TWINS)
def test_an_account_is_found_in_each_form(typed: str) -> None:
    alice = User.objects.create_user(typed, full_name="Alice")
    assert alice.email == READ
    assert addresses.person_at(typed) == User.objects.get_by_natural_key(typed) == alice
    with pytest.raises(Exception, match="people_user_email"):
        User.objects.create_user(READ, full_name="Other")


@pytest.mark.parametrize("name", ["BREAK_GLASS_EMAILS", "OPERATOR_EMAILS"])
def test_settings_name_people_in_any_form(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    read = {
        "BREAK_GLASS_EMAILS": env.break_glass_emails,
        "OPERATOR_EMAILS": env.operator_emails,
    }[name]
    monkeypatch.setenv(name, f"{ENCODED}, Rita@Example.org")
    assert set(read()) == {READ, "rita@example.org"}
    monkeypatch.setenv(name, "alice@exa\u00admple.org")
    with pytest.raises(env.ConfigurationError, match=name):
        read()
