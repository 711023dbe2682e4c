"""The life of grants through every door: pages, review desk, API."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import capacities, collaborators, suspensions
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Collaborator, Grant, Key, Policy, Usage
from tests.conftest import signed, today
from tests.support.api_client import API, Api, place
from tests.support.desk_client import seen, signed_in, text_of
from tests.support.page_client import Browser, fill, page, part_page

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
GRANTS = "/admin/requests_app/grant/"


@pytest.fixture
def waiting(policy: Policy, opus: AIModel, pat: User, grant: Grant) -> Grant:
    """Bounded to no place at all, and in the queue for one."""
    capacities.set_capacity(policy, opus, by=pat, places=0, monthly_budget=None)
    now = timezone.now() - DAY
    Grant.objects.update(
        state="waiting", starts_at=now, activated_at=None, ends_at=None, claim_by=None
    )
    return Grant.objects.get()


@pytest.fixture
def shared(claimed: ClaimedKey, bob: User) -> Grant:
    grant = claimed.key.grant
    Collaborator.objects.create(grant=grant, person=bob, added_at=timezone.now())
    return grant


def test_pages_and_api_say_the_place_in_line(waiting: Grant, alice: User, pat: User) -> None:
    browser = Browser(alice)
    shown = page(browser.get(f"/access/{waiting}/"))
    assert "You are number 1 in the queue for Claude Opus 3." in shown
    assert "Waiting since" in shown
    assert "; then runs for 90 days" in shown
    assert "Position 1 in the queue for Claude Opus 3" in page(browser.get("/access/"))
    message = Api(alice).get(f"{API}/grants/{waiting}/").json()
    place = {"model": "claude-3-opus-20240229", "place": 1, "not_before": None}
    assert message["line"] == [place]
    assert "1st in the queue" in text_of(signed_in(pat).get(f"{GRANTS}{waiting.pk}/change/"))


def test_whoever_shares_reads_the_terms_before_all_else(shared: Grant, bob: User) -> None:
    browser, address = Browser(bob), f"/access/{shared}/"
    shown = page(browser.get(address))
    assert "Active accept the terms" in shown
    assert shown.index("Accept the terms before you create a key:") < shown.index("Keys ")
    browser.post(f"{address}accept/")
    shown = page(browser.get(address))
    assert "Active create your key" in shown
    assert "Accept the terms before" not in shown


def test_suspended_access_shows_its_keys_as_refused(claimed: ClaimedKey, alice: User) -> None:
    grant = claimed.key.grant
    with time_machine.travel(timezone.now() + DAY):
        policy_owner = User.objects.get(email="pat@example.org")
        suspensions.suspend(grant, by=policy_owner, reason="From two continents at once?")
        shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert "Temporarily refused" in shown
    assert "contact the site operator and name this access" in shown


def test_ask_page_is_filled_in_for_more_time(claimed: ClaimedKey, alice: User) -> None:
    grant = claimed.key.grant
    with time_machine.travel(grant.ends_at - 5 * DAY, tick=False):
        browser = Browser(alice)
        assert "Request more time" in page(browser.get(f"/access/{grant}/"))
        shown = page(browser.get(f"/requests/new/?continues={grant}"))
        assert f"This requests more time for {grant}" in shown
        browser.post("/requests/new/", {"continues": grant})
        draft = AccessRequest.objects.get(continues=grant)
        assert f'value="{grant.ends_at:%Y-%m-%d}"' in part_page(browser, draft, "use")
        assert "Compare refusals." in part_page(browser, draft, "purpose")
        fill(browser, draft, "terms")
        browser.post(f"/requests/{draft}/submit/")
    assert AccessRequest.objects.get(continues=grant).state == "in_review"


def test_ask_page_says_why_there_is_no_more_time(
    claimed: ClaimedKey, alice: User, eve: User
) -> None:
    grant = claimed.key.grant
    address = f"/requests/new/?continues={grant}"
    assert "You can request more time from" in page(Browser(alice).get(address))
    assert Browser(eve).get(address).status_code == 404
    assert Browser(alice).post("/requests/new/", {"continues": grant}).status_code == 409


def test_review_page_shows_the_measured_use(
    claimed: ClaimedKey, opus: AIModel, alice: User, rita: User
) -> None:
    Usage.objects.create(
        key=claimed.key,
        ai_model=opus,
        day=today(),
        requests=1234,
        input_tokens=5_000_000,
        output_tokens=70,
        cost=12_340_000,
    )
    grant = claimed.key.grant
    with time_machine.travel(grant.ends_at - 5 * DAY, tick=False):
        asked = requests.submit(signed(requests.extend(grant, by=alice)), by=alice)
        text = seen(rita, asked)
    for message in ("Usage of the access this extends", "1,234", "5,000,000", "12.34"):
        assert message in text
    assert f'of <a href="{GRANTS}{grant.pk}/change/">{grant}</a>, active, until' in text


def test_confirm_page_asks_and_takes_the_answer(claimed: ClaimedKey, alice: User) -> None:
    grant = claimed.key.grant
    Grant.objects.update(confirm_by=timezone.now() + 3 * DAY)
    browser = Browser(alice)
    assert "Do you still need it?" in page(browser.get(f"/access/{grant}/"))
    assert "Confirmed." in page(browser.post(f"/access/{grant}/confirm/", follow=True))
    assert Grant.objects.get().confirm_by is None  # 90 days of 90 are over before the next one


def test_collaborator_sees_accepts_claims_and_leaves(shared: Grant, bob: User) -> None:
    browser = Browser(bob)
    assert "Shared with you by Alice" in page(browser.get("/access/"))
    shown = page(browser.get(f"/access/{shared}/"))
    assert "Accept the terms before you create a key: Use it for research." in shown
    assert "End this access" not in shown
    assert keys_listed(shown) == 0
    browser.post(f"/access/{shared}/accept/")
    assert browser.post(f"/access/{shared}/claim/").status_code == 200
    assert browser.post(f"/access/{shared}/leave/").status_code == 302
    assert Key.objects.get(holder=bob).state == "revoked"
    assert browser.get(f"/access/{shared}/").status_code == 404


def keys_listed(shown: str) -> int:
    return shown.count("key_")


def test_holder_removes_a_collaborator(shared: Grant, alice: User, bob: User, eve: User) -> None:
    browser = Browser(alice)
    assert "bob@example.org" in page(browser.get(f"/access/{shared}/"))
    stranger = browser.post(f"/access/{shared}/remove/", {"person": eve.email})
    assert stranger.status_code == 404
    browser.post(f"/access/{shared}/remove/", {"person": bob.email})
    assert Collaborator.objects.get().removed_by == alice


def test_desk_suspends_and_resumes_with_a_reason(claimed: ClaimedKey, pat: User) -> None:
    grant = claimed.key.grant
    desk, address = signed_in(pat), f"{GRANTS}{grant.pk}/"
    assert desk.post(f"{address}suspend/", {"reason": " "}).status_code == 422
    assert desk.post(f"{address}suspend/", {"reason": "We look."}).status_code == 302
    assert Grant.objects.get().state == "suspended"
    assert "We look." in text_of(desk.get(f"{address}change/"))
    assert desk.post(f"{address}resume/", {"reason": "All is well."}).status_code == 302
    assert Grant.objects.get().state == "active"


def test_desk_offers_no_resuming_of_what_waits_for_its_holder(
    claimed: ClaimedKey, pat: User
) -> None:
    address = f"{GRANTS}{claimed.key.grant_id}/change/"
    reason = {"suspended_at": timezone.now(), "suspension_reason": "Not confirmed."}
    Grant.objects.update(state="suspended", **reason)
    shown = text_of(signed_in(pat).get(address))
    assert "until its holder confirms it is still needed." in shown
    assert "Resume this grant" not in shown
    assert "Revoke this grant" in shown


def test_desk_sets_a_capacity(policy: Policy, opus: AIModel, pat: User) -> None:
    desk, address = signed_in(pat), f"/admin/requests_app/policy/{policy.pk}/"
    sent = {"ai_model": opus.pk, "places": "3", "monthly_budget": ""}
    assert desk.post(f"{address}capacity/", sent).status_code == 302
    assert "0 in use, 0 in the queue." in text_of(desk.get(f"{address}change/"))
    refused = desk.post(f"{address}capacity/", {**sent, "places": "-1"})
    assert refused.status_code == 422
    assert "0 or a higher whole number" in text_of(refused)


def test_api_suspends_resumes_and_removes(shared: Grant, pat: User, alice: User, bob: User) -> None:
    owner, reason = Api(pat), {"reason": "We look into it."}
    assert owner.post(place(shared, "suspend"), reason).json()["state"] == "suspended"
    assert owner.post(place(shared, "resume"), reason).json()["state"] == "active"
    accepted = Api(bob).post(place(shared, "accept"), {})
    assert accepted.json()["keys"] == []
    collaborator = accepted.json()["collaborators"][0]
    assert (collaborator["person"], bool(collaborator["accepted_at"])) == (bob.email, True)
    removed = Api(alice).post(place(shared, "remove"), {"person": bob.email})
    assert (removed.status_code, removed.json()["collaborators"]) == (200, [])
    assert Api(bob).get(f"{API}/grants/{shared}/").status_code == 404


def test_api_extends_and_confirms(claimed: ClaimedKey, alice: User) -> None:
    grant = claimed.key.grant
    early: Any = Api(alice).post(place(grant, "extend"), {})
    assert (early.status_code, "You can request more time from" in early.json()["detail"]) == (
        409,
        True,
    )
    assert Api(alice).post(place(grant, "confirm"), {}).status_code == 409
    with time_machine.travel(grant.ends_at - 5 * DAY, tick=False):
        made = Api(alice).post(place(grant, "extend"), {})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert made["Location"].endswith(f"/requests/{made.json()['id']}/")


def test_api_leave_by_a_collaborator(shared: Grant, bob: User) -> None:
    collaborators.accept(shared, by=bob)
    keys.claim(shared, by=bob)
    assert Api(bob).post(place(shared, "leave"), {}).status_code == 200
    assert Key.objects.get(holder=bob).state == "revoked"
