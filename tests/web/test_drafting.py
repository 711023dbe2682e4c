"""The pages of an ask: from the first model to everything on one page."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse

from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Policy
from tests.conftest import today
from tests.support.page_client import PARTS, Browser, fill, other_model, page, part_page

pytestmark = pytest.mark.django_db

OPUS = "claude-3-opus-20240229"
GROUPS = ("Policy owners", "Opus reviewers")


@pytest.fixture
def started(policy: Policy, alice: User) -> AccessRequest:
    """A draft that names a model, and as yet nothing else."""
    return requests.start([OPUS], by=alice)


# The first page ---------------------------------------------------------------------------------


def test_first_page_has_the_model_chosen(policy: Policy, alice: User) -> None:
    response = Browser(alice).get(f"/requests/new/?model={OPUS}")
    assert response.context["form"]["identifiers"].value() == [OPUS]
    assert response.content.decode().count('type="checkbox" name="identifiers"') == 1


def test_first_page_says_at_once_why_a_model_cannot_be_asked_for(
    policy: Policy, alice: User
) -> None:
    browser = Browser(alice)
    other_model("claude-2.1", "none")
    assert "You can't request claude-2.1" in page(browser.get("/requests/new/?model=claude-2.1"))
    assert "isn't in the catalogue" in page(browser.get("/requests/new/?model=%00gpt-0"))


def test_first_page_makes_a_draft_with_what_the_profile_says(policy: Policy, alice: User) -> None:
    profiles.update_profile(
        alice,
        full_name="Alice",
        institution="Example University",
        orcid="0000-0002-1825-0097",
        country="NO",
        time_zone="",
    )
    response = Browser(alice).post("/requests/new/", {"identifiers": [OPUS]}, follow=True)
    draft = AccessRequest.objects.get()
    assert response.redirect_chain == [(f"/requests/{draft}/edit/", 302)]
    text = draft.revision
    assert (text.organisation, text.country) == ("Example University", "NO")
    assert text.orcid == "https://orcid.org/0000-0002-1825-0097"
    assert (text.starts_on, text.ends_on) == (today(), today() + timedelta(days=90))


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("gpt-0", "“gpt-0” isn't in the catalogue."),
        ("claude-haiku-4-5-20251001", "isn't retired yet."),
        ("claude-2.1", "its provider doesn't offer access on request"),
        ("not\x00a model", "Null characters are not allowed."),
        ("", "Choose the model you need."),
    ],
)
def test_first_page_shows_what_is_wrong_and_stores_nothing(
    policy: Policy, named: str, sentence: str, alice: User
) -> None:
    other_model("claude-haiku-4-5-20251001", "request", retires=today() + timedelta(days=99))
    other_model("claude-2.1", "none")
    response = Browser(alice).post("/requests/new/", {"identifiers": [named] if named else []})
    assert_refused(response, sentence)
    assert AccessRequest.objects.count() == 0


def test_first_page_leads_to_the_request_that_is_open(draft: AccessRequest, alice: User) -> None:
    response = Browser(alice).get(f"/requests/new/?model={OPUS}")
    assert f'<a href="/requests/{draft}/">Open your request</a>' in response.content.decode()
    assert response.context["form"]["identifiers"].value() == []


def test_first_page_refuses_a_second_open_request(draft: AccessRequest, alice: User) -> None:
    response = Browser(alice).post("/requests/new/", PARTS["models"])
    assert_refused(response, f"You already have an open request for Claude Opus 3: {draft}.")
    assert AccessRequest.objects.count() == 1


def test_models_of_two_policies_are_told_apart(
    policy: Policy, alice: User, pat: User, lee: User
) -> None:
    owners, reviewers = (
        Group.objects.get(name=name) for name in ("Policy owners", "Opus reviewers")
    )
    sonnet = other_model("sonnet", "request")
    other = policies.create("sonnet", by=pat, name="Sonnet", owners=owners, ai_models=[sonnet])
    text = policies.VersionInput("Be kind.", [policies.StepInput("Review", reviewers)])
    policies.publish(policies.draft(other, text, by=pat), by=lee)
    browser = Browser(alice)
    shown = page(browser.get("/requests/new/"))
    assert "These models have different policies, shown with each one." in shown
    assert "Anthropic, “Sonnet”, up to 180 days" in shown
    response = browser.post("/requests/new/", {"identifiers": [OPUS, "sonnet"]})
    assert_refused(response, "These models have different policies: “Opus 3”, “Sonnet”.")


def test_two_models_of_one_policy_are_one_request(policy: Policy, alice: User) -> None:
    policy.ai_models.add(other_model("sonnet", "request"))
    Browser(alice).post("/requests/new/", {"identifiers": [OPUS, "sonnet"]})
    assert AccessRequest.objects.get().revision.ai_models.count() == 2


# The list of parts ------------------------------------------------------------------------------


def test_list_says_how_far_each_part_is(started: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    shown = page(browser.get(f"/requests/{started}/edit/"))
    assert "1 of 8 parts is done." in shown
    assert "Reviewers base their decision on this. Not started" in shown
    fill(browser, started, "about", team="")
    shown = page(browser.get(f"/requests/{started}/edit/"))
    assert "If you work alone, say so. To do" in shown
    assert "5 items left to complete before you can send it." in shown


@pytest.mark.parametrize(("part", "name"), [("about", "track"), ("use", "operations")])
def test_nothing_that_has_to_be_chosen_is_chosen_yet(
    started: AccessRequest, alice: User, part: str, name: str
) -> None:
    browser = Browser(alice)
    assert "checked" not in part_page(browser, started, part)
    assert_refused(fill(browser, started, part, **{name: []}), "Choose ")
    fill(browser, started, part)
    assert "checked" in part_page(browser, started, part)


def test_a_cost_that_nobody_entered_is_not_shown_as_nothing(
    started: AccessRequest, alice: User
) -> None:
    browser, check = Browser(alice), f"/requests/{started}/check/"
    assert 'value="0"' not in part_page(browser, started, "use")
    assert "0 USD" not in page(browser.get(check))
    fill(browser, started, "use", expected_cost="0")
    assert 'value="0"' in part_page(browser, started, "use")
    assert "0 USD" in page(browser.get(check))


def test_whole_way_from_the_first_page_to_sent(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    browser.post("/requests/new/", PARTS["models"] | {"title": " Refusals  over time "})
    draft = AccessRequest.objects.get()
    assert draft.revision.title == "Refusals over time"
    last = fill(browser, draft)
    assert last["Location"] == f"/requests/{draft}/check/"
    assert "Before you can send it" not in page(browser.get(last["Location"]))
    response = browser.post(f"/requests/{draft}/submit/", follow=True)
    assert "Sent for review." in page(response)
    assert "Waiting for: The reviewers of “Research review”." in page(response)


def test_each_page_leads_to_the_next_or_back_to_the_check(
    started: AccessRequest, alice: User
) -> None:
    browser = Browser(alice)
    edit = f"/requests/{started}/edit/"
    assert fill(browser, started, "about")["Location"] == f"{edit}purpose/"
    back = fill(browser, started, "purpose", back="check")
    assert back["Location"] == f"/requests/{started}/check/"
    assert browser.get(f"{edit}nothing/").status_code == 404


def test_two_pages_saved_at_once_keep_what_both_say(started: AccessRequest, alice: User) -> None:
    """Each page writes its own fields, whatever it was opened with."""
    one, other = Browser(alice), Browser(alice)
    for browser in (one, other):
        browser.get(f"/requests/{started}/edit/about/")
    fill(one, started, "purpose")
    fill(other, started, "about")
    assert (started.revision.purpose, started.revision.team) == (
        "Compare refusals.",
        "Alice alone.",
    )


def test_older_page_replaces_a_newer_text_only_when_told_twice(
    started: AccessRequest, alice: User
) -> None:
    browser, address = Browser(alice), f"/requests/{started}/edit/purpose/"
    opened = browser.get(address).context["shown_text"]
    fill(browser, started, "purpose")
    older = {"purpose": "Older.", "shown_text": opened}
    refused = browser.post(address, older)
    assert refused.status_code == 422
    assert "This page was saved somewhere else after you opened it" in page(refused)
    assert ">\nOlder.</textarea>" in refused.content.decode()
    assert started.revision.purpose == "Compare refusals."
    browser.post(address, {**older, "shown_text": refused.context["shown_text"]})
    assert AccessRequest.objects.get().revision.purpose == "Older."


def test_same_page_sent_twice_is_no_conflict(started: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    for part in PARTS:
        shown = browser.get(f"/requests/{started}/edit/{part}/").context["shown_text"]
        for _time in range(2):
            assert fill(browser, started, part, shown_text=shown).status_code == 302, part


def test_saving_a_page_unchanged_writes_nothing(draft: AccessRequest, alice: User) -> None:
    before = draft.events.count()
    fill(Browser(alice), draft, "purpose")
    assert draft.events.count() == before


def test_a_draft_keeps_days_that_have_passed_until_it_is_sent(
    started: AccessRequest, alice: User
) -> None:
    browser = Browser(alice)
    fill(browser, started)
    started.revisions.update(starts_on=today() - timedelta(days=1))
    assert fill(browser, started, "purpose", purpose="Compare poems.").status_code == 302
    shown = page(browser.get(f"/requests/{started}/check/"))
    assert "Before you can send it This date has passed." in shown


# Each part --------------------------------------------------------------------------------------

LONG = "word " * 301


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("models", {"identifiers": []}, "Choose the model you need."),
        ("models", {"title": "x" * 121}, "Use at most 120 characters."),
        ("models", {"title": "A\u202eB"}, "Remove line breaks and invisible characters."),
        ("models", {"title": "—"}, "Use letters or digits."),
        ("models", {"title": "Of emk_" + "x" * 36}, "This text contains a key."),
        ("about", {"track": ""}, "Choose your affiliation."),
        ("about", {"track": "hobby"}, "Choose one of: academic, non_profit, industry,"),
        ("about", {"team": "word " * 231}, "Shorten this to 200 words (now 231)."),
        ("about", {"organisation": "A\u202eB"}, "Remove line breaks and invisible characters."),
        ("about", {"organisation_id": "https://ror.org/02mhbdp95"}, "Check this ROR ID for a typo"),
        ("about", {"organisation_id": "ror.org/12"}, "Enter a ROR ID of nine characters"),
        ("about", {"scholar": "http://scholar.google.com/x"}, "starting with https://."),
        (
            "about",
            {"scholar": "https://scholar.google.evil.com/x"},
            "a Google Scholar or Semantic Scholar profile",
        ),
        ("about", {"orcid": "0000-0002-1825-0098"}, "Check this ORCID iD for a typo"),
        (
            "about",
            {"github": "https://github.com@evil.com/a"},
            "the URL of a GitHub profile",
        ),
        ("purpose", {"purpose": LONG}, "Shorten this to 300 words (now 301)."),
        ("purpose", {"purpose": "x" * 10_001}, "Use at most 10,000 characters."),
        ("safety", {"inputs": LONG}, "Shorten this to 200 words (now 301)."),
        ("use", {"ends_on": str(date.min)}, "The end must be after the start."),
        ("use", {"ends_on": "31/12/2026"}, "Enter the date as year, month, day"),
        ("use", {"ends_on": str(date.max)}, "This policy grants at most 180 days."),
        ("use", {"starts_on": ""}, "Choose a start date."),
        ("use", {"starts_on": "2020-01-01", "ends_on": "2020-02-01"}, "This date has passed."),
        ("use", {"operations": []}, "Choose at least one type of call."),
        ("use", {"operations": ["messages", "mining"]}, "Choose from: messages, completions."),
        ("use", {"expected_cost": ""}, "Enter the expected cost. Use 0 if it is negligible."),
        ("use", {"expected_cost": "2.50"}, "Enter whole US dollars in digits, like 250."),
        ("use", {"expected_cost": "-1"}, "Enter a whole amount from 0 to 10,000,000 USD."),
    ],
)
def test_page_shows_what_is_wrong_and_keeps_what_was_stored(
    draft: AccessRequest, part: str, changes: dict[str, Any], sentence: str, alice: User
) -> None:
    before = draft.revision.parts()
    assert_refused(fill(Browser(alice), draft, part, **changes), sentence)
    assert draft.revision.parts() == before


def assert_refused(response: HttpResponse, sentence: str) -> None:
    """In the summary with a link to the field, and beside it."""
    assert response.status_code == 422
    summary = response.content.decode().split('role="alert"')[1].split("</div>")[0]
    assert sentence in page(HttpResponse(summary))
    assert 'href="#id_' in summary
    assert page(response).count(sentence) == 2


def test_a_refused_page_keeps_what_was_typed(draft: AccessRequest, alice: User) -> None:
    response = fill(Browser(alice), draft, "use", expected_use="My words.", ends_on="2001-01-01")
    html = response.content.decode()
    assert "My words.</textarea>" in html
    assert 'value="2001-01-01"' in html
    assert page(response).startswith("Error: Use and time – Emeritus")
    assert 'href="#id_ends_on"' in html
    assert 'aria-describedby="id_ends_on_helptext id_ends_on_error"' in html


def test_pages_keep_all_that_was_typed(started: AccessRequest, alice: User) -> None:
    typed = {
        "track": "industry",
        "organisation_id": "https://ror.org/02mhbdp94",
        "country": "NO",
        "scholar": "https://scholar.google.co.uk/citations?user=a",
        "github": "https://github.com/octocat",
    }
    browser = Browser(alice)
    fill(browser, started, "about", **typed)
    shown = browser.get(f"/requests/{started}/edit/about/").context["form"]
    assert {name: shown[name].value() for name in typed} == typed


def test_ids_are_kept_as_addresses(started: AccessRequest, alice: User) -> None:
    ids = {"organisation_id": "05DXPS055", "orcid": "0000-0002-1825-0097"}
    fill(Browser(alice), started, "about", **ids)
    assert started.revision.organisation_id == "https://ror.org/05dxps055"
    assert started.revision.orcid == "https://orcid.org/0000-0002-1825-0097"
    fill(Browser(alice), started, "about", organisation_id="GRID grid.7247.6")
    assert started.revision.organisation_id == "GRID grid.7247.6"


def test_words_are_told_beside_a_text(draft: AccessRequest, alice: User) -> None:
    shown = page(Browser(alice).get(f"/requests/{draft}/edit/purpose/"))
    assert "2 of 300 words" in shown


# The last page ----------------------------------------------------------------------------------


def test_check_shows_every_answer_with_a_way_to_change_it(
    draft: AccessRequest, alice: User
) -> None:
    response = Browser(alice).get(f"/requests/{draft}/check/")
    assert "Who will work on this? Alice alone. Change : Who will work on this?" in page(response)
    html = response.content.decode()
    for part, fields in PARTS.items():
        for name in fields:
            place = f'/requests/{draft}/edit/{part}/?back=check#id_{name}"'
            assert place in html or name == "shown", name


def test_terms_accepted_once_hold_until_their_words_change(
    draft: AccessRequest, policy: Policy, alice: User, publish_terms: Any
) -> None:
    browser = Browser(alice)
    publish_terms("Use it for research.")
    assert "accept them" not in page(browser.get(f"/requests/{draft}/check/"))
    publish_terms("Use it for nothing else.")
    shown = page(browser.get(f"/requests/{draft}/check/"))
    assert "Read and accept the policy's terms." in shown
    fill(browser, draft, "terms", shown="opus/3")
    assert browser.post(f"/requests/{draft}/submit/").status_code == 302
    assert draft.revision.accepted.number == 3
