"""The form that asks for a model."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Policy
from tests.conftest import today
from tests.web import Browser, form, other_model, page

pytestmark = pytest.mark.django_db


def test_ask_form_starts_today_with_the_model_chosen(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    response = browser.get("/requests/new/?model=claude-3-opus-20240229")
    initial = response.context["form"]
    assert initial["identifiers"].value() == "claude-3-opus-20240229"
    assert initial["starts_on"].value() == today()
    assert initial["ends_on"].value() == today() + timedelta(days=90)
    assert response.content.decode().count('type="radio" name="identifiers"') == 1
    assert initial["operations"].value() == ("messages", "completions")


def test_ask_form_says_at_once_why_a_model_cannot_be_asked_for(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    other_model("claude-2.1", "none")
    assert "claude-2.1 can't be asked for" in page(browser.get("/requests/new/?model=claude-2.1"))
    assert "There is no model" in page(browser.get("/requests/new/?model=%00gpt-0"))


def test_save_keeps_a_draft_without_purpose(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post("/requests/new/", form(purpose="", draft=""), follow=True)
    assert AccessRequest.objects.get().state == "draft"
    assert "Draft saved." in page(response)


def test_send_starts_the_review(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
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
        ({"operations": []}, "Choose from: messages, completions."),
        ({"operations": ["messages", "mining"]}, "Choose from: messages, completions."),
        ({"track": ""}, "Choose what kind of organisation asks."),
        ({"track": "hobby"}, "Choose one of: academic, non_profit, industry, independent."),
        ({"collaborators": "who@example.org"}, "who@example.org has no account here."),
        ({"collaborators": "Alice@example.org"}, "You are part of the request already."),
        ({"expected_cost": ""}, "Say what the calls will cost; 0 if next to nothing."),
        ({"expected_cost": "2.50"}, "Write whole US dollars in digits, like 250."),
        ({"expected_cost": "-1"}, "Give whole USD from 0 to 10,000,000."),
        ({"starts_on": "2020-01-01", "ends_on": "2020-02-01"}, "This day has passed."),
    ],
)
def test_send_shows_what_is_wrong_and_stores_nothing(
    policy: Policy, changes: dict[str, Any], sentence: str, alice: User
) -> None:
    browser = Browser(alice)
    other_model("claude-haiku-4-5-20251001", "request", retires=today() + timedelta(days=99))
    other_model("claude-2.1", "none")
    response = browser.post("/requests/new/", form(**changes, send=""))
    assert response.status_code == 422
    summary = response.content.decode().split('role="alert"')[1].split("</div>")[0]
    assert sentence in page(HttpResponse(summary))
    assert page(response).count(sentence) == 2  # in the summary, and beside its field
    assert AccessRequest.objects.count() == 0


def test_save_keeps_all_that_was_typed(policy: Policy, alice: User, bob: User, eve: User) -> None:
    typed = form(
        operations=["completions"],
        track="industry",
        collaborators="Bob@example.org\n\n eve@example.org",
        expected_cost="1250",
    )
    browser = Browser(alice)
    browser.post("/requests/new/", {**typed, "draft": ""})
    draft = AccessRequest.objects.get()
    shown = browser.get(f"/requests/{draft}/edit/").context["form"]
    assert set(draft.revision.collaborators.all()) == {bob, eve}
    assert shown["collaborators"].value() == "bob@example.org\neve@example.org"
    for name in ("operations", "track", "expected_cost"):
        assert shown[name].value() == typed[name]


def test_a_refused_form_keeps_what_was_typed(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post("/requests/new/", form(purpose="My long text.", ends_on="2001-01-01"))
    assert "My long text.</textarea>" in response.content.decode()
    assert 'value="2001-01-01"' in response.content.decode()
    assert "<title>Error: Ask for access" in response.content.decode()
    assert 'href="#id_ends_on"' in response.content.decode()
    assert 'aria-describedby="id_ends_on_helptext id_ends_on_error"' in response.content.decode()


def test_a_second_open_request_for_a_model_is_refused(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post("/requests/new/", form(send=""))
    assert response.status_code == 422
    assert f"You already have an open request for Claude Opus 3: {draft}." in page(response)
    assert AccessRequest.objects.count() == 1
