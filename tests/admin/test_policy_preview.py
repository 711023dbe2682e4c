"""The plain words beside a draft: what is typed, what is wrong with it, and nothing is stored."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Event, Policy, PolicyVersion
from requests_app.validation.policy_version import MAX_STEPS
from tests.support.policy_pages import (
    VERSIONS,
    as_person,
    draft_of_two_steps,
    edit_page,
    group_of,
    page_text,
    typed,
)

MAX_QUERIES = 13


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    safety = group_of("Safety reviewers", "sue", "sol")
    return draft_of_two_steps(policy, reviewers, safety, by=pat)


def preview(who: User, version: PolicyVersion, **changes: Any) -> Any:
    client = as_person(who)
    data = typed(client, version, {name.replace("__", "-"): v for name, v in changes.items()})
    return client.post(f"{VERSIONS}{version.pk}/preview/", data)


def test_preview_has_each_step_in_words_and_stores_nothing(
    version: PolicyVersion, pat: User
) -> None:
    events = Event.objects.count()
    answer = preview(pat, version, steps__1__window="9 days", terms="Typed only.")
    assert answer.status_code == 200
    text = page_text(answer)
    assert "Two approvals from Safety reviewers within 9 days." in text
    assert "Access lasts at most 180 days." in text
    assert "<html" not in text
    version.refresh_from_db()
    assert (version.terms, version.steps.last().window.days) == ("Cite us.", 7)
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("changes", "there", "missing"),
    [
        (
            {"steps__0__window": "soon"},
            [
                '<a href="#id_steps-0-window">Window</a>: Enter a number',
                "Two approvals from Safety",
            ],
            ["One approval from Opus"],
        ),
        (
            {"max_duration": "x", "steps__0__name": ""},
            [
                'href="#id_max_duration">Longest grant</a>',
                '<strong>New step</strong> <ul> <li class="error"> <a href="#id_steps-0-name">',
            ],
            ["Access lasts", "Fix these"],
        ),
        (
            # Found in a valid step though another one isn't.
            {"steps__0__name": "", "steps__1__alternates": "2", "steps__1__window": "3 days"},
            ["With alternates, the window must be at least 4 days."],
            [],
        ),
        ({"steps__1__name": "Triage"}, ["Another step already has this name."], []),
        ({"steps__1__quorum": "5"}, ["Fix these before publishing", "requires 5 approvals"], []),
        (
            {"terms": "Cite us. [Add what else applies.]"},
            ["Fix these before publishing", "a part to fill in: [Add what else applies.]"],
            [],
        ),
    ],
)
def test_preview_says_what_is_wrong_beside_what_is_right(
    version: PolicyVersion, owners: Group, pat: User,
    changes: dict[str, str], there: list[str], missing: list[str],
) -> None:  # fmt: skip
    if "steps__1__alternates" in changes:
        changes = {**changes, "steps__1__alternates": str(owners.pk)}
    text = page_text(preview(pat, version, **changes))
    assert [each for each in there if each not in text] == []
    assert [each for each in missing if each in text] == []


def test_preview_escapes_what_is_typed(version: PolicyVersion, pat: User) -> None:
    text = page_text(preview(pat, version, steps__0__name="<script>x</script>"))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_preview_of_a_draft_without_steps(version: PolicyVersion, pat: User) -> None:
    version = policies.edit(version, VersionInput("", []), by=pat)
    text = page_text(preview(pat, version))
    assert "A policy needs at least one step." in text


def test_preview_is_an_answer_to_the_form_only(version: PolicyVersion, pat: User) -> None:
    client = as_person(pat)
    address = f"{VERSIONS}{version.pk}/preview/"
    assert client.get(address)["Location"] == edit_page(version)
    assert client.post(address, {}).status_code == 200
    assert client.post(address, {"terms": "x" * 3_000_000}).status_code in (400, 413)


@pytest.mark.parametrize("count", [1, MAX_STEPS])
def test_preview_takes_the_same_queries_for_any_number_of_steps(
    version: PolicyVersion, reviewers: Group, pat: User, count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    steps = [
        StepInput(f"Step {place}", reviewers, allow_repeat_voters=True) for place in range(count)
    ]
    version = policies.edit(version, VersionInput("Terms.", steps), by=pat)
    client = as_person(pat)
    data = typed(client, version, {})
    with django_assert_max_num_queries(MAX_QUERIES):
        text = page_text(client.post(f"{VERSIONS}{version.pk}/preview/", data))
    assert text.count("One approval from Opus reviewers") == count
