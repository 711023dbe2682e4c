"""The researcher's pages, as a browser without JavaScript meets them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.models import AccessRoute, AIModel, Provider, Retirement
from lifecycle.people.models import User
from requests_app.actions import grants, policies, requests, reviews
from requests_app.actions.keys import ClaimedKey
from requests_app.gateway.problems import PROBLEMS
from requests_app.models import AccessRequest, Grant, Key, Policy
from requests_app.web import standing, timeline
from tests.conftest import ask_for, today

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/models/", "/models/claude-3-opus-20240229/", "/problems/"]
OWN = ["/requests/", "/requests/new/", "/access/", "/profile/"]
ACCOUNT = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
Approve = Callable[[AccessRequest, User], Grant]


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's."""
    client = Client()
    client.force_login(alice)
    return client


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(response: Any) -> str:
    """The page's text as a reader sees it: no markup, one space between words."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    for written, read in (("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(written, read)
    return " ".join(text.split())


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def form(**changes: str) -> dict[str, str]:
    """What the ask form sends, complete unless changed."""
    return {
        "identifiers": "claude-3-opus-20240229",
        "purpose": "Compare refusals.",
        "starts_on": str(today()),
        "ends_on": str(today() + timedelta(days=90)),
        **changes,
    }


def other_model(identifier: str, *routes: str, retires: date | None = None) -> AIModel:
    provider, _ = Provider.objects.get_or_create(slug="anthropic", defaults={"name": "Anthropic"})
    ai_model = AIModel.objects.create(identifier=identifier, name=identifier, provider=provider)
    Retirement.objects.create(
        ai_model=ai_model,
        platform="Claude API",
        retires=retires or date(2025, 7, 21),
        precision="day" if retires is None else "not_sooner_than",
    )
    for route in routes:
        AccessRoute.objects.create(ai_model=ai_model, kind=route)
    return ai_model


# Who may see what -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", PUBLIC + ACCOUNT)
def test_public_pages_open_for_everyone(client: Client, policy: Policy, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", OWN)
def test_own_pages_ask_a_stranger_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("address", PUBLIC + OWN)
def test_pages_open_for_a_researcher(browser: Client, policy: Policy, address: str) -> None:
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/nope/", "/models/gpt-0/", "/models/%00/", "/requests/req_0/", "/access/grant_0/"],
)
def test_unknown_addresses_are_not_found(browser: Client, address: str) -> None:
    response = browser.get(address)
    assert response.status_code == 404
    assert "Check the address" in page(response)


@pytest.mark.parametrize("who", ["eve", "rita", "pat"])
def test_pages_of_others_are_not_found(
    request: pytest.FixtureRequest, grant: Grant, eve: User, who: str
) -> None:
    client = as_person(request.getfixturevalue(who))
    asked = f"/requests/{grant.access_request}/"
    for address in (asked, f"{asked}edit/", f"/access/{grant}/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["eve", "rita"])
def test_posts_of_others_are_not_found_and_change_nothing(
    request: pytest.FixtureRequest, draft: AccessRequest, eve: User, who: str
) -> None:
    client = as_person(request.getfixturevalue(who))
    for verb in ("edit", "submit", "withdraw"):
        assert client.post(f"/requests/{draft}/{verb}/", form()).status_code == 404
    draft.refresh_from_db()
    assert (draft.state, draft.head_sequence) == ("draft", 1)


def test_posts_of_others_leave_access_and_keys_alone(claimed: ClaimedKey, eve: User) -> None:
    client, key = as_person(eve), claimed.key
    for address in (
        f"/access/{key.grant}/claim/",
        f"/access/{key.grant}/end/",
        f"/keys/{key.public_id}/revoke/",
    ):
        assert client.post(address).status_code == 404
    key.refresh_from_db()
    assert (key.state, key.grant.state, Key.objects.count()) == ("active", "active", 1)


def test_a_buttons_address_leads_back_to_its_page(browser: Client, claimed: ClaimedKey) -> None:
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
        response = client.post(address, form())
        assert response.status_code == 403
        assert "load the page again" in page(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


# Asking ---------------------------------------------------------------------------------------


def test_ask_form_starts_today_with_the_model_chosen(browser: Client, policy: Policy) -> None:
    response = browser.get("/requests/new/?model=claude-3-opus-20240229")
    initial = response.context["form"]
    assert initial["identifiers"].value() == "claude-3-opus-20240229"
    assert initial["starts_on"].value() == today()
    assert initial["ends_on"].value() == today() + timedelta(days=90)
    assert response.content.decode().count(" checked") == 1


def test_ask_form_says_at_once_why_a_model_cannot_be_asked_for(
    browser: Client, policy: Policy
) -> None:
    other_model("claude-2.1", "none")
    assert "claude-2.1 can't be asked for" in page(browser.get("/requests/new/?model=claude-2.1"))
    assert "There is no model" in page(browser.get("/requests/new/?model=%00gpt-0"))


def test_save_keeps_a_draft_without_purpose(browser: Client, policy: Policy) -> None:
    response = browser.post("/requests/new/", form(purpose="", draft=""), follow=True)
    assert AccessRequest.objects.get().state == "draft"
    assert "Draft saved." in page(response)


def test_send_starts_the_review(browser: Client, policy: Policy) -> None:
    response = browser.post("/requests/new/", form(send=""), follow=True)
    assert AccessRequest.objects.get().state == "in_review"
    assert "With: The reviewers of “Research review”." in page(response)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"identifiers": "gpt-0"}, "There is no model “gpt-0” in the catalogue."),
        ({"identifiers": "claude-haiku-4-5-20251001"}, "isn't retired yet."),
        ({"identifiers": "claude-2.1"}, "can't be asked for: its provider doesn't offer"),
        ({"identifiers": "not\x00a model"}, "Null characters are not allowed."),
        ({"identifiers": ""}, "Choose the model that you need."),
        ({"purpose": " "}, "Say what you need the model for;"),
        ({"purpose": "x" * 10_001}, "Please stay under 10,000 characters."),
        ({"ends_on": str(date.min)}, "The end must be after the start."),
        ({"ends_on": "31/12/2026"}, "Write the day as year, month, day"),
        ({"ends_on": str(date.max)}, "This policy grants at most 180 days."),
        ({"starts_on": ""}, "Choose the day on which it starts."),
        ({"starts_on": "2020-01-01", "ends_on": "2020-02-01"}, "This day has passed."),
    ],
)
def test_send_shows_what_is_wrong_and_stores_nothing(
    browser: Client, policy: Policy, changes: dict[str, str], sentence: str
) -> None:
    other_model("claude-haiku-4-5-20251001", "request", retires=today() + timedelta(days=99))
    other_model("claude-2.1", "none")
    response = browser.post("/requests/new/", form(**changes, send=""))
    assert response.status_code == 422
    summary = response.content.decode().split('role="alert"')[1].split("</div>")[0]
    assert sentence in page(HttpResponse(summary))
    assert page(response).count(sentence) == 2  # in the summary, and beside its field
    assert AccessRequest.objects.count() == 0


def test_a_refused_form_keeps_what_was_typed(browser: Client, policy: Policy) -> None:
    response = browser.post("/requests/new/", form(purpose="My long text.", ends_on="2001-01-01"))
    assert "My long text.</textarea>" in response.content.decode()
    assert 'value="2001-01-01"' in response.content.decode()
    assert "<title>Error: Ask for access" in response.content.decode()
    assert 'href="#id_ends_on"' in response.content.decode()
    assert 'aria-describedby="id_ends_on_helptext id_ends_on_error"' in response.content.decode()


def test_a_second_open_request_for_a_model_is_refused(
    browser: Client, draft: AccessRequest
) -> None:
    response = browser.post("/requests/new/", form(send=""))
    assert response.status_code == 422
    assert f"You already have an open request for Claude Opus 3: {draft}." in page(response)
    assert AccessRequest.objects.count() == 1


# Following ------------------------------------------------------------------------------------


def test_edit_changes_the_draft(browser: Client, draft: AccessRequest) -> None:
    assert (
        "Compare refusals.</textarea>" in browser.get(f"/requests/{draft}/edit/").content.decode()
    )
    browser.post(f"/requests/{draft}/edit/", form(purpose="Compare poems."))
    assert draft.revision.purpose == "Compare poems."


def test_edit_keeps_a_request_for_two_models_together(
    browser: Client, draft: AccessRequest, policy: Policy, alice: User, opus: AIModel
) -> None:
    sonnet = other_model("claude-3-sonnet-20240229", "request")
    policy.ai_models.add(sonnet)
    requests.save(ask_for(opus, sonnet), by=alice, access_request=draft)
    shown = browser.get(f"/requests/{draft}/edit/").context["form"]["identifiers"].value()
    browser.post(f"/requests/{draft}/edit/", form(identifiers=shown))
    assert set(draft.revision.ai_models.all()) == {opus, sonnet}


def test_edit_in_review_is_refused_with_its_sentence(
    browser: Client, in_review: AccessRequest
) -> None:
    response = browser.get(f"/requests/{in_review}/edit/")
    assert response.status_code == 409
    assert "is in review, so it can't be changed." in page(response)


def test_submit_sends_a_draft(browser: Client, draft: AccessRequest) -> None:
    browser.post(f"/requests/{draft}/submit/")
    draft.refresh_from_db()
    assert draft.state == "in_review"


def test_submit_of_an_unfinished_draft_opens_the_form(
    browser: Client, policy: Policy, opus: AIModel, alice: User
) -> None:
    draft = requests.save(ask_for(opus, purpose=""), by=alice)
    response = browser.post(f"/requests/{draft}/submit/")
    assert response.status_code == 422
    assert "Say what you need the model for" in page(response)
    assert f'action="/requests/{draft}/edit/"' in response.content.decode()


def test_withdraw_ends_the_request(browser: Client, in_review: AccessRequest) -> None:
    address = f"/requests/{in_review}/withdraw/"
    response = browser.post(address, {"reason": "Plans changed."}, follow=True)
    assert "Reason given Plans changed." in page(response)
    again = browser.post(address)
    assert again.status_code == 409
    assert "is withdrawn, so it can't be withdrawn." in page(again)


def test_withdraw_refuses_a_reason_that_is_too_long(
    browser: Client, in_review: AccessRequest
) -> None:
    response = browser.post(f"/requests/{in_review}/withdraw/", {"reason": "x" * 1001})
    assert response.status_code == 422
    in_review.refresh_from_db()
    assert in_review.state == "in_review"


def test_request_page_disables_what_is_refused_and_says_why(
    browser: Client, in_review: AccessRequest
) -> None:
    html = browser.get(f"/requests/{in_review}/").content.decode()
    assert 'disabled aria-describedby="why-edit">Edit</button>' in html
    assert "is in review, so it can&#x27;t be sent." in html
    assert f'action="/requests/{in_review}/withdraw/"' in html


def test_request_page_leads_to_the_access(browser: Client, grant: Grant) -> None:
    html = browser.get(f"/requests/{grant.access_request}/").content.decode()
    assert f'href="/access/{grant}/">Open your access' in html


def test_request_page_keeps_reviewers_names_and_words_to_itself(
    browser: Client, policy: Policy, opus: AIModel, alice: User, pat: User, lee: User, rita: User
) -> None:
    both = policies.Step("Both", Group.objects.get(name="Opus reviewers"), quorum=2)
    draft = policies.draft(policy, by=pat, terms="T", longest=timedelta(180), steps=[both])
    policies.publish(draft, by=lee)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    stage = asked.stages.get()
    reviews.approve(stage, by=rita, reason="Rather weak.", shown=stage.revision.digest())
    shown = page(browser.get(f"/requests/{asked}/"))
    assert "A reviewer approved in “Both”." in shown
    assert "Rita" not in shown
    assert "Rather weak" not in shown


def test_denied_request_shows_the_closing_reason(
    browser: Client, in_review: AccessRequest, rita: User
) -> None:
    stage = in_review.stages.get()
    reviews.deny(stage, by=rita, reason="Too broad.", shown=stage.revision.digest())
    shown = page(browser.get(f"/requests/{in_review}/"))
    assert "Reason given Too broad." in shown
    assert "You may ask again" in shown


def test_timeline_has_words_for_kinds_it_does_not_know() -> None:
    assert timeline.humanised("grant.looked_at") == "Grant looked at."


# Access ---------------------------------------------------------------------------------------


def test_claim_shows_the_key_once(browser: Client, grant: Grant) -> None:
    response = browser.post(f"/access/{grant}/claim/")
    secret = re.findall(r"emk_\w{36}", response.content.decode())
    assert len(secret) == 1
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    for address in (f"/access/{grant}/", "/access/", f"/requests/{grant.access_request}/"):
        assert secret[0] not in browser.get(address).content.decode()
    assert secret[0] not in str(dict(browser.session)) + str(browser.cookies)


def test_claim_page_has_a_line_to_try(browser: Client, grant: Grant) -> None:
    html = browser.post(f"/access/{grant}/claim/").content.decode()
    assert "curl -i http://localhost:8001/gateway/check" in html
    assert "Authorization: Bearer" in html
    assert "X-Emeritus-Model: claude-3-opus-20240229" in html


def test_a_second_claim_is_refused_with_its_sentence(browser: Client, claimed: ClaimedKey) -> None:
    response = browser.post(f"/access/{claimed.key.grant}/claim/")
    assert response.status_code == 409
    assert "You already have a key for this access." in page(response)


def test_revoke_refuses_the_key_and_offers_another(browser: Client, claimed: ClaimedKey) -> None:
    response = browser.post(f"/keys/{claimed.key.public_id}/revoke/", follow=True)
    assert "no longer works" in page(response)
    assert "Make a key</button>" in response.content.decode()


def test_end_gives_the_access_back(browser: Client, claimed: ClaimedKey) -> None:
    grant = claimed.key.grant
    response = browser.post(f"/access/{grant}/end/", {"reason": "Done."}, follow=True)
    assert "Why it ended Done." in page(response)
    assert 'disabled aria-describedby="why-claim"' in response.content.decode()


def test_waiting_access_says_when_it_starts(browser: Client, grant: Grant) -> None:
    Grant.objects.update(state="waiting", activated_at=None, ends_at=None, claim_by=None)
    shown = page(browser.get(f"/access/{grant}/"))
    assert "It starts by itself" in shown
    assert "This grant is waiting" in shown


# Models and people ----------------------------------------------------------------------------


def test_model_page_offers_what_fits_the_visitor(
    client: Client, browser: Client, policy: Policy, opus: AIModel, alice: User
) -> None:
    address = f"/models/{opus.identifier}/"
    offer = f'href="/requests/new/?model={opus.identifier}">Ask for access'
    assert offer in client.get(address).content.decode()
    assert offer in browser.get(address).content.decode()
    draft = requests.save(ask_for(opus), by=alice)
    assert f'href="/requests/{draft}/">Open your request' in browser.get(address).content.decode()
    assert offer in client.get(address).content.decode()


def test_model_page_tells_the_retirement_and_the_policy(client: Client, policy: Policy) -> None:
    shown = page(client.get("/models/claude-3-opus-20240229/"))
    assert "Retired from Claude API on 5 January 2026." in shown
    assert "30 June 2025 Retirement announced, 189 days ahead." in shown
    assert "1 approval from Opus reviewers, within 7 days" in shown
    assert "Use it for research." in shown


def test_model_page_says_why_a_model_cannot_be_asked_for(client: Client) -> None:
    other_model("claude-2.1", "none")
    response = client.get("/models/claude-2.1/")
    assert "claude-2.1 can't be asked for" in page(response)
    assert "/requests/new/?model" not in response.content.decode()


@pytest.mark.parametrize(
    ("platforms", "word", "line"),
    [
        ([("A", 1, "day", -1)], "Retired", "Retired from A on "),
        ([("A", 1, "day", -1), ("B", 1, "day", 9)], "Partly retired", "Still serving on B until "),
        ([("A", 1, "day", 9)], "Retiring", "Still serving on A until "),
        ([("A", 1, "day", -9), ("A", 2, "day", 9)], "Retiring", "Still serving on A until "),
        ([("A", 1, "not_sooner_than", 9)], "Serving", "not to be retired sooner than "),
        ([("A", 1, "not_sooner_than", -9)], "Serving", "It was promised until "),
        ([], "Serving", "No retirement has been announced."),
    ],
)
def test_standing_is_told_for_each_platform(
    platforms: list[tuple[str, int, str, int]], word: str, line: str
) -> None:
    ai_model = other_model("m")
    ai_model.retirements.all().delete()
    for platform, number, precision, days in platforms:
        ai_model.retirements.create(
            platform=platform,
            round=number,
            precision=precision,
            retires=today() + timedelta(days=days),
        )
    told = standing.of_model(ai_model, today())
    assert told.word == word
    assert line in " ".join(told.lines)


@pytest.mark.parametrize(
    ("written", "said"),
    [("2024", "2024"), ("2024-03", "March 2024"), ("2024-03-04", "4 March 2024")],
)
def test_loose_dates_are_said_as_precisely_as_they_are_known(written: str, said: str) -> None:
    assert standing.loosely(written) == said


def test_every_refusal_of_the_gateway_has_an_anchor_and_its_sentence(client: Client) -> None:
    response = client.get("/problems/")
    for problem in PROBLEMS:
        assert f'id="{problem.slug}"' in response.content.decode()
        assert problem.sentence in page(response)


def test_profile_saves_what_a_person_says(browser: Client, alice: User) -> None:
    typed = {"full_name": "Alice A.", "institution": "A Lab", "orcid": "", "country": "CH"}
    assert browser.post("/profile/", typed).status_code == 302
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.institution), alice.country) == ("Alice A.", "A Lab", "CH")


def test_profile_says_what_is_wrong_with_an_orcid(browser: Client) -> None:
    typed = {"full_name": "Alice", "institution": "", "orcid": "0000-0002-1825-0098", "country": ""}
    response = browser.post("/profile/", typed)
    assert response.status_code == 422
    assert "typing mistake" in page(response)


def test_signing_up_and_in_leads_to_ones_requests(client: Client, mailoutbox: list[Any]) -> None:
    typed = {"email": "new@example.org", "password1": "green kettles hum", "full_name": "New"}
    client.post("/accounts/signup/", {**typed, "password2": typed["password1"]})
    link = re.findall(r"/accounts/confirm-email/\S+", mailoutbox[0].body)[0]
    assert "Yes, confirm it" in page(client.get(link))
    client.post(link)
    signed = {"login": typed["email"], "password": typed["password1"]}
    response = client.post("/accounts/login/", signed, follow=True)
    assert response.redirect_chain[-1][0] == "/requests/"
    assert "You haven't asked for anything yet." in page(response)


def test_too_many_tries_to_sign_in_are_told_to_wait(client: Client) -> None:
    typed = {"login": "nobody@example.org", "password": "a guess"}
    for _ in range(30):
        client.post("/accounts/login/", typed)
    response = client.post("/accounts/login/", typed)
    assert response.status_code == 429
    assert "Wait five minutes" in page(response)


# Every page -----------------------------------------------------------------------------------


def assert_nothing_inline(response: Any) -> None:
    html = response.content.decode()
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", html)


def links(html: str) -> set[str]:
    """Every link to a page of ours; the desk and files have their own tests."""
    found = re.findall(r'href="(/[^"#?]*)', html)
    return {link for link in found if not link.startswith(("/static/", "/admin/"))}


def test_every_page_opens_and_has_nothing_inline(
    browser: Client, claimed: ClaimedKey, bob: User, opus: AIModel
) -> None:
    seen: set[str] = set()
    ahead = {"/"}
    while ahead:
        address = ahead.pop()
        seen.add(address)
        response = browser.get(address)
        assert response.status_code == 200, address
        assert_nothing_inline(response)
        ahead |= links(response.content.decode()) - seen
    assert {*PUBLIC, *OWN, f"/access/{claimed.key.grant}/", "/accounts/email/"} <= seen


def test_pages_for_strangers_and_errors_have_nothing_inline(
    client: Client, browser: Client, grant: Grant, in_review: AccessRequest
) -> None:
    for address in ACCOUNT:
        assert_nothing_inline(client.get(address))
    assert_nothing_inline(browser.get("/nope/"))
    assert_nothing_inline(browser.get(f"/requests/{in_review}/edit/"))
    assert_nothing_inline(browser.post("/requests/new/", form(ends_on="x")))
    assert_nothing_inline(browser.post(f"/access/{grant}/claim/"))
    assert_nothing_inline(browser.get("/accounts/logout/"))
    assert_nothing_inline(browser.get("/accounts/password/reset/key/x-y/"))


def test_a_fault_of_ours_shows_a_page_without_asking_the_database(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("requests_app.web.views.catalogue.standing.last_date", break_down)
    monkeypatch.setattr("requests_app.web.views.catalogue.render", break_down)
    browser.raise_request_exception = False
    response = browser.get("/problems/")
    assert response.status_code == 500
    assert "Something broke on our side" in page(response)
    assert_nothing_inline(response)


# Queries --------------------------------------------------------------------------------------


def test_model_pages_ask_the_same_number_of_queries_for_many(
    browser: Client, policy: Policy
) -> None:
    addresses = [*PUBLIC, "/requests/new/"]
    before = [queries(browser, address) for address in addresses]
    for number in range(20):
        policy.ai_models.add(other_model(f"m-{number}", "request"))
    assert [queries(browser, address) for address in addresses] == before


def test_request_pages_ask_the_same_number_of_queries_for_many(
    browser: Client, draft: AccessRequest, alice: User, opus: AIModel
) -> None:
    addresses = ["/requests/", f"/requests/{draft}/", "/requests/new/"]
    before = [queries(browser, address) for address in addresses]
    for _ in range(20):
        requests.save(ask_for(opus), by=alice, access_request=draft)
    for _ in range(20):
        requests.withdraw(draft, by=alice)
        draft = requests.save(ask_for(opus), by=alice)
    assert [queries(browser, address) for address in addresses] == before


def test_access_pages_ask_the_same_number_of_queries_for_many(
    browser: Client, claimed: ClaimedKey, alice: User, rita: User, opus: AIModel, approve: Approve
) -> None:
    addresses = ["/access/", f"/access/{claimed.key.grant}/", "/models/" + opus.identifier + "/"]
    before = [queries(browser, address) for address in addresses]
    grants.end(claimed.key.grant, by=alice)
    for _ in range(5):
        grant = approve(requests.save(ask_for(opus), by=alice, submit=True), rita)
        grants.end(grant, by=alice)
    assert queries(browser, "/access/") == before[0]
    assert queries(browser, addresses[1]) == before[1]
