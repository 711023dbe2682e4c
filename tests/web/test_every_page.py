"""Who may see which page, and whose buttons work."""

import pytest
from django.test import Client

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Grant, Key, Policy
from requests_app.refusals import REFUSALS
from tests.support.page_client import ACCOUNT, OWN, PARTS, PUBLIC, Browser, page
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", PUBLIC + ACCOUNT)
def test_public_pages_open_for_everyone(client: Client, policy: Policy, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", OWN)
def test_own_pages_ask_a_stranger_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("address", some(PUBLIC + OWN, 6))
def test_pages_open_for_a_researcher(policy: Policy, address: str, alice: User) -> None:
    browser = Browser(alice)
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/nope/", "/models/gpt-0/", "/models/%00/", "/requests/req_0/", "/access/grant_0/"],
)
def test_unknown_addresses_are_not_found(address: str, alice: User) -> None:
    browser = Browser(alice)
    response = browser.get(address)
    assert response.status_code == 404
    assert "Check the address" in page(response)


@pytest.mark.parametrize("who", ["eve", "rita", "pat"])
def test_pages_of_others_are_not_found(
    request: pytest.FixtureRequest, grant: Grant, eve: User, who: str
) -> None:
    client = Browser(request.getfixturevalue(who))
    asked = f"/requests/{grant.access_request}/"
    for address in (asked, f"{asked}edit/", f"/access/{grant}/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["eve", "rita"])
def test_posts_of_others_are_not_found_and_change_nothing(
    request: pytest.FixtureRequest, draft: AccessRequest, eve: User, who: str
) -> None:
    client = Browser(request.getfixturevalue(who))
    for verb in ("edit/purpose", "submit", "withdraw"):
        assert client.post(f"/requests/{draft}/{verb}/", PARTS["purpose"]).status_code == 404
    draft.refresh_from_db()
    assert (draft.state, draft.head_sequence) == ("draft", 1)


def test_posts_of_others_leave_access_and_keys_alone(claimed: ClaimedKey, eve: User) -> None:
    client, key = Browser(eve), claimed.key
    for address in (
        f"/access/{key.grant}/claim/",
        f"/access/{key.grant}/end/",
        f"/keys/{key.public_id}/revoke/",
        f"/keys/{key.public_id}/rename/",
    ):
        assert client.post(address).status_code == 404
    key.refresh_from_db()
    assert (key.state, key.grant.state, Key.objects.count()) == ("active", "active", 1)


def test_a_buttons_address_leads_back_to_its_page(claimed: ClaimedKey, alice: User) -> None:
    browser = Browser(alice)
    grant = claimed.key.grant
    asked = f"/requests/{grant.access_request}/"
    for address, to in {
        f"{asked}submit/": asked,
        f"{asked}withdraw/": asked,
        f"/access/{grant}/claim/": f"/access/{grant}/",
        f"/access/{grant}/end/": f"/access/{grant}/",
        f"/keys/{claimed.key.public_id}/revoke/": "/access/",
    }.items():
        assert browser.get(address)["Location"] == to


def test_posts_without_a_token_are_refused(alice: User, draft: AccessRequest) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for address in ("/requests/new/", f"/requests/{draft}/withdraw/", "/profile/"):
        response = client.post(address, PARTS["models"])
        assert response.status_code == 403
        assert "reload the page and send it again" in page(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_problems_page_names_each_refusal_of_the_api(client: Client, db: None) -> None:
    text = page(client.get("/problems/"))
    assert all(f"{refusal.title} {refusal.status}" in text for refusal in REFUSALS)
