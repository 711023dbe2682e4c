"""The pages of models, profiles and accounts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Institution, User
from requests_app.actions.requests import requests
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.models import Policy
from requests_app.web.catalogue import status
from tests.conftest import ask_for, today
from tests.support.desk_client import text_of
from tests.support.page_client import Browser, other_model, page

pytestmark = pytest.mark.django_db


def test_model_page_offers_what_fits_the_visitor(
    client: Client, policy: Policy, opus: AIModel, alice: User
) -> None:
    browser = Browser(alice)
    address = f"/models/{opus.identifier}/"
    offer = f'href="/requests/new/?model={opus.identifier}">Request access'
    assert offer in text_of(client.get(address))
    assert offer in text_of(browser.get(address))
    draft = requests.save(ask_for(opus), by=alice)
    assert f'href="/requests/{draft}/">Open your request' in text_of(browser.get(address))
    assert offer in text_of(client.get(address))


def test_model_page_tells_the_retirement_and_the_policy(client: Client, policy: Policy) -> None:
    shown = page(client.get("/models/claude-3-opus-20240229/"))
    assert "Retired from Claude API on 5 January 2026." in shown
    assert "30 June 2025 Retirement announced with 189 days' notice." in shown
    assert "Research review One approval from Opus reviewers within 7 days" in shown
    assert "After a decline, requesters can send a new request after 30 days." in shown
    assert "Use it for research." in shown


def test_model_page_says_why_a_model_cannot_be_asked_for(client: Client) -> None:
    other_model("claude-2.1", "none")
    response = client.get("/models/claude-2.1/")
    assert "You can't request claude-2.1" in page(response)
    assert "/requests/new/?model" not in response.content.decode()


@pytest.mark.parametrize(
    ("platforms", "word", "line"),
    [
        ([("A", 1, "day", -1)], "Retired", "Retired from A on "),
        (
            [("A", 1, "day", -1), ("B", 1, "day", 9)],
            "Partly retired",
            "Still available on B until ",
        ),
        ([("A", 1, "day", 9)], "Deprecated", "Still available on A until "),
        ([("A", 1, "day", -9), ("A", 2, "day", 9)], "Deprecated", "Still available on A until "),
        ([("A", 1, "not_sooner_than", 9)], "Active", "will not be retired before "),
        ([("A", 1, "not_sooner_than", -9)], "Active", "Promised at least until "),
        ([("A", 1, "not_later_than", -9)], "Retired", "the exact day isn't known."),
        ([("A", 1, "not_later_than", 9)], "Deprecated", "until "),
        ([("A", 1, "at_earliest", 9)], "Active", " at the earliest."),
        ([("A", 1, "at_earliest", -9)], "Active", "The earliest date was "),
        ([], "Active", "No retirement has been announced."),
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
    told = status.of_model(ai_model, today())
    assert told.label == word
    assert line in " ".join(told.lines)


@pytest.mark.parametrize(
    ("written", "message"),
    [("2024", "2024"), ("2024-03", "March 2024"), ("2024-03-04", "4 March 2024")],
)
def test_loose_dates_are_said_as_precisely_as_they_are_known(written: str, message: str) -> None:
    assert status.format_partial_date(written) == message


def test_every_refusal_of_the_gateway_has_an_anchor_and_its_sentence(client: Client) -> None:
    response = client.get("/problems/")
    for problem in PROBLEMS:
        assert f'id="{problem.slug}"' in response.content.decode()
        assert problem.sentence in page(response)


def test_profile_saves_what_a_person_says(alice: User) -> None:
    browser = Browser(alice)
    typed = {"full_name": "Alice A.", "institution": "A Lab", "orcid": "", "country": "CH"}
    assert browser.post("/profile/", typed).status_code == 302
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.institution), alice.country) == ("Alice A.", "A Lab", "CH")


def test_profile_says_what_is_wrong_with_an_orcid(alice: User) -> None:
    browser = Browser(alice)
    typed = {"full_name": "Alice", "institution": "", "orcid": "0000-0002-1825-0098", "country": ""}
    response = browser.post("/profile/", typed)
    assert response.status_code == 422
    assert "Check this ORCID iD for a typo" in page(response)


def test_signing_up_and_in_leads_to_ones_requests(client: Client, mailoutbox: list[Any]) -> None:
    typed = {"email": "new@example.org", "password1": "green kettles hum", "full_name": "New"}
    client.post("/accounts/signup/", {**typed, "password2": typed["password1"]})
    link = re.findall(r"/accounts/confirm-email/\S+", mailoutbox[0].body)[0]
    assert "Confirm" in page(client.get(link))
    client.post(link)
    signed = {"login": typed["email"], "password": typed["password1"]}
    response = client.post("/accounts/login/", signed, follow=True)
    assert response.redirect_chain[-1][0] == "/requests/"
    assert "You have no requests yet." in page(response)


@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
def test_account_pages_have_labels_that_stay(client: Client, address: str) -> None:
    response = client.get(address)
    assert "placeholder" not in response.content.decode()
    text = page(response)
    assert "Email address" in text
    assert "Remember Me" not in text
    assert not re.search(r"Password \(again\)|Password:|Email(?! address)", text)
    assert ("Keep me signed in" in text) == (address == "/accounts/login/")


def test_only_curated_institutions_are_suggested(alice: User, bob: User) -> None:
    profiles.institution_named("Bob's secret start-up")
    Institution.objects.create(name="Example University", is_curated=True)
    html = Browser(alice).get("/profile/").content.decode()
    assert "Example University" in html
    assert "start-up" not in html


def test_an_institution_that_staff_adds_is_suggested(admin_client: Client) -> None:
    form = "/admin/people/institution/add/"
    box = re.search(r"<input[^>]*is_curated[^>]*>", admin_client.get(form).content.decode())
    assert box
    assert "checked" in box[0]
    admin_client.post(form, {"name": "Example University", "is_curated": "on"})
    assert Institution.objects.get().is_curated
