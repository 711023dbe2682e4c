"""Whoever is sent to sign in or to sign up goes on to the page they wanted, and nowhere else."""

import re
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from lifecycle.people.models import User
from lifecycle.people.sign_in.adapter import WANTED as WANTED_KEY
from lifecycle.people.sign_in.own_paths import MAX_LENGTH, is_own_path
from requests_app.actions.requests import invitations
from requests_app.models import AccessRequest, Policy
from tests.conftest import PASSWORD
from tests.support.page_client import page

pytestmark = pytest.mark.django_db
WANTED = "/requests/new/?model=claude-3-opus-20240229"
ADDRESS = "ada@example.org"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "%2F%2Fevil.example",
    "http://testserver/requests/",  # our own, but not relative
    "requests/",
    "",
    "/" + "a" * MAX_LENGTH,
)


def sign_up(browser: Client, wanted: str = WANTED) -> None:
    """From the page that says to create an account, as the pages link it."""
    names = {"full_name": "Ada", "email": ADDRESS}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    browser.post("/accounts/signup/", {**names, **passwords, "next": wanted})


def sign_in(browser: Client, address: str) -> str:
    """The page that a sign-in on the page at this address ends at, with its query."""
    next_to = re.findall(r'name="next" value="([^"]*)"', browser.get(address).content.decode())
    typed = {"login": ADDRESS, "password": PASSWORD}
    answer = browser.post(address, typed | ({"next": next_to[0]} if next_to else {}), follow=True)
    return ended_at(answer)


def ended_at(answer: object) -> str:
    asked = answer.request  # type: ignore[attr-defined]  # of a test client's response
    query = asked["QUERY_STRING"]
    return str(asked["PATH_INFO"]) + (f"?{query}" if query else "")


def link_in(mails: list[EmailMessage]) -> str:
    return str(re.findall(r"/accounts/confirm-email/\S+", str(mails[-1].body))[0])  # type: ignore[attr-defined]


def confirm(browser: Client, link: str) -> object:
    """Open the link and press the button."""
    shown = browser.get(link)
    (action,) = re.findall(r'action="(/accounts/confirm-email/[^"]+)"', shown.content.decode())
    return browser.post(action.replace("&amp;", "&"), follow=True)


def test_links_to_sign_up_keep_the_page(policy: Policy, client: Client) -> None:
    at_sign_in = client.get(WANTED, follow=True)
    assert f"/accounts/signup/?next={quote(WANTED, safe='')}" in at_sign_in.content.decode()


def test_confirmation_in_the_same_browser_leads_straight_there(
    policy: Policy, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(client)
    answer = confirm(client, link_in(mailoutbox))
    assert ended_at(answer) == WANTED
    assert "Request access" in page(answer)


def test_confirmation_in_another_browser_leads_there_after_signing_in(
    policy: Policy, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(client)
    other = Client()
    answer = confirm(other, link_in(mailoutbox))
    assert ended_at(answer).startswith("/accounts/login/?next=")
    assert sign_in(other, ended_at(answer)) == WANTED


def test_invited_newcomer_comes_to_the_invitation(
    draft: AccessRequest, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    invitation = invitations.invite(draft, ADDRESS, by=alice)
    invited_to = f"/invitations/{invitation.public_id}/"
    sign_up(Client(), invited_to)
    other = Client()
    answer = confirm(other, link_in(mailoutbox))
    assert sign_in(other, ended_at(answer)) == invited_to
    assert "Accept terms and join" in page(other.get(invited_to))


def test_link_that_was_sent_again_at_sign_in_knows_it_too(
    policy: Policy, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(client)
    cache.clear()  # which keeps when the last one was sent
    later, third = Client(), Client()
    later.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD, "next": WANTED})
    assert len(mailoutbox) == 2
    answer = confirm(third, link_in(mailoutbox))
    assert sign_in(third, ended_at(answer)) == WANTED


def test_sign_up_without_a_wanted_page_ends_as_ever(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(client, "")
    assert link_in(mailoutbox).endswith("/")
    assert ended_at(confirm(client, link_in(mailoutbox))) == "/requests/"


def test_page_is_wanted_once(
    policy: Policy, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    """Another address, confirmed later, leads to the page of addresses."""
    sign_up(client)
    assert client.session[WANTED_KEY] == WANTED
    confirm(client, link_in(mailoutbox))
    assert WANTED_KEY not in client.session


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_way_of_writing_leads_elsewhere(
    client: Client, mailoutbox: list[EmailMessage], elsewhere: str
) -> None:
    assert not is_own_path(elsewhere)
    sign_up(client, elsewhere)
    assert link_in(mailoutbox).endswith("/")
    forged = f"{link_in(mailoutbox)}?wanted={quote(elsewhere, safe='')}"
    answer = Client().post(forged)
    assert answer["Location"] == "/accounts/login/"
    signed_in = client.post(
        "/accounts/login/", {"login": ADDRESS, "password": PASSWORD, "next": elsewhere}
    )
    assert signed_in["Location"] == "/requests/"


@pytest.mark.parametrize("own", ["/", WANTED, "/a//b", "/%2Fevil.example", "/?q=https://x/"])
def test_own_paths_are_taken_however_odd(own: str) -> None:
    assert is_own_path(own)


def test_confirmation_by_somebody_else_signs_nobody_in(
    alice: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    """A link opened in the browser of somebody who is signed in is about another account."""
    sign_up(client)
    other = Client()
    other.force_login(alice)
    answer = confirm(other, link_in(mailoutbox))
    assert ended_at(answer).startswith("/accounts/login/?next=")
    assert "_auth_user_id" not in other.session
