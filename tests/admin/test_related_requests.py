"""Other requests beside one under review: which ones, in which order, and for whom."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.admin.review.related_requests import MAX_SHOWN
from requests_app.models import AccessRequest
from tests.admin.test_pages import PAGE_QUERIES
from tests.conftest import ask_for, person
from tests.support.desk_client import member, page_of, publish, seen, signed_in, text_of

pytestmark = pytest.mark.django_db

PERSON, INSTITUTION, SIMILAR = (
    "By the same person", "From the same institution", "For the same models"
)  # fmt: skip
QUERIES = PAGE_QUERIES + 4  # institutions, and the rows, their texts and their models


def ask(opus: AIModel, by: User, purpose: str, organisation: str = "Elsewhere") -> AccessRequest:
    text = replace(ask_for(opus, purpose=purpose), organisation=organisation)
    return requests.save(text, by=by, submit=True)


def listed(who: User, row: AccessRequest) -> dict[str, list[str]]:
    """The purposes in each list that `who` gets; the titles end with them."""
    page = seen(who, row)
    groups = re.findall(r"<summary>([^<]*) \(\d+\)</summary><ul>(.*?)</ul>", page)
    return {
        name.partition(",")[0]: list(map(unescape, re.findall(r"Claude Opus 3: ([^<]*)</a>", rows)))
        for name, rows in groups
    }


@pytest.fixture
def row(policy: object, opus: AIModel, alice: User) -> AccessRequest:
    Institution.objects.create(name="Example Lab", is_curated=True)
    return ask(opus, alice, "Compare how refusals of medical advice are worded.", "Example Lab")


def test_no_list_is_shown_without_requests(row: AccessRequest, rita: User) -> None:
    assert listed(rita, row) == {}
    assert "Other requests" not in seen(rita, row)


def test_lists_are_by_person_institution_and_likeness(
    row: AccessRequest, opus: AIModel, alice: User, bob: User, rita: User
) -> None:
    votes.deny(
        row.stages.get(), by=rita, reason="No.", shown=row.revision.digest(), denial="unclear"
    )
    again = ask(opus, person("ann"), "Compare refusals of medical advice.", "EXAMPLE lab")
    ask(opus, bob, "Write verses about the sea.")
    ask(opus, person("cid"), "How are refusals worded?")
    assert listed(rita, again) == {
        INSTITUTION: ["Compare how refusals of medical advice are worded."],
        SIMILAR: ["Compare how refusals of medical advice are worded.", "How are refusals worded?"],
    }
    assert "declined (the purpose isn't clear enough)" in seen(rita, again).lower()


def test_likeness_counts_stems_and_no_common_words(
    row: AccessRequest, opus: AIModel, bob: User, rita: User
) -> None:
    ask(opus, bob, "The of and are how in a it.")
    ask(opus, person("ann"), "A refusal, compared.")
    assert listed(rita, row)[SIMILAR] == ["A refusal, compared."]


@pytest.mark.parametrize(
    "purpose", ["'", "a & b | !c <-> d", "\\ ' : *", "http://x.example/?a=1&b='", "…"]
)
def test_likeness_takes_any_text(
    policy: object, opus: AIModel, alice: User, bob: User, rita: User, purpose: str
) -> None:
    first = ask(opus, alice, f"Compare {purpose} verses.")
    ask(opus, bob, f"{purpose} verses")
    assert listed(rita, first)[SIMILAR] == [f"{purpose} verses"]


def test_lists_name_only_what_the_reader_may_open(
    row: AccessRequest, opus: AIModel, alice: User, owners: Group, pat: User, lee: User, rita: User
) -> None:
    others = Group.objects.create(name="Other reviewers")
    olga = member("olga", others)
    other = AIModel.objects.create(
        identifier="claude-2.1", name="Claude 2.1", provider=opus.provider
    )
    other.access_routes.create(kind="request")
    other.retirements.create(platform="API", retires="2025-07-21", precision="day")
    publish(policies.StepInput("Else", others), by=(pat, lee), owners=owners, ai_models=[other])
    unseen = ask(other, alice, "Compare refusals.", "Example Lab")
    assert listed(rita, row) == {}
    assert page_of(row) not in seen(olga, unseen)
    assert page_of(unseen) in seen(pat, row)


def test_lists_have_ten_at_most_and_a_link_to_all(
    row: AccessRequest, opus: AIModel, rita: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(rita)
    ask(opus, person("other"), "Compare refusals.", "Example Lab")
    with django_assert_num_queries(QUERIES):
        browser.get(page_of(row))
    for number in range(MAX_SHOWN + 2):
        ask(opus, person(f"other{number}"), f"Compare refusals, {number}.", "Example Lab")
    with django_assert_num_queries(QUERIES):
        page = text_of(browser.get(page_of(row)))
    assert {len(rows) for rows in listed(rita, row).values()} == {MAX_SHOWN}
    for name in ("All from Example Lab", "All for Claude Opus 3"):
        [address] = re.findall(rf'<a href="([^"]*)">{name}</a>', page)
        rows = re.findall('class="field-title', browser.get(unescape(address)).content.decode())
        assert len(rows) == MAX_SHOWN + 4


def test_institution_of_the_profile_counts_too(
    policy: object, opus: AIModel, alice: User, bob: User, rita: User
) -> None:
    for who in (alice, bob):
        profiles.update_profile(
            who, full_name=str(who), institution="Shared Lab", orcid="", country=""
        )
    ask(opus, bob, "Verses.", "Bob's")
    row = ask(opus, alice, "Refusals.", "Alice's")
    assert listed(rita, row) == {}  # a name that people only typed, such as “Independent”
    Institution.objects.filter(name="Shared Lab").update(is_curated=True)
    assert listed(rita, row) == {INSTITUTION: ["Verses."]}
    assert "All from Alice's" not in seen(rita, row)
