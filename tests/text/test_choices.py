"""Texts of a policy and answers to it: what is offered can be chosen."""

from dataclasses import replace
from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Policy, PolicyVersion
from requests_app.models.review.question import Question
from requests_app.validation.policy_version import version_input_of
from tests.conftest import ask_for
from tests.support.api_client import API, OPUS, Api, problem_of
from tests.support.api_client import text_of as body_of
from tests.support.desk_client import signed_in
from tests.support.page_client import Browser, fill
from tests.support.policy_pages import edit_page, typed

pytestmark = pytest.mark.django_db


FIELD = Question("field", "Which field?", "choice", choices=("Law", "Art"), required=True)


@pytest.fixture
def wording(policy: Policy, pat: User) -> PolicyVersion:
    return policies.draft(
        policy, replace(version_input_of(policy.current), questions=[FIELD]), by=pat
    )


def test_choice_with_outer_blanks_is_kept_without_them_from_every_door(
    wording: PolicyVersion, pat: User
) -> None:
    text = replace(
        version_input_of(wording), questions=[replace(FIELD, choices=(" Law", "Art\xa0"))]
    )
    assert version_input_of(policies.edit(wording, text, by=pat)).questions == (FIELD,)
    changes = {"questions-0-choices": " Law \r\n\u2028\xa0Art"}
    client = signed_in(pat)
    client.post(edit_page(wording), typed(client, wording, changes))
    wording.refresh_from_db()
    assert version_input_of(wording).questions == (FIELD,)


def test_choice_that_was_published_with_outer_blanks_can_be_answered(
    wording: PolicyVersion, lee: User, opus: AIModel, alice: User
) -> None:
    """As versions from before choices were cleaned: they never change."""
    asked: list[dict[str, Any]] = [{**FIELD.as_stored(), "choices": [" Law", "Art"]}]
    hung = {"key": "court", "label": "Which court?", "only_if": "field", "only_is": " Law"}
    PolicyVersion.objects.filter(pk=wording.pk).update(questions=[*asked, hung])
    policies.publish(PolicyVersion.objects.get(pk=wording.pk), by=lee)
    message = {"field": "Law", "court": "The high one."}
    sent = requests.save(replace(ask_for(opus), answers=message), by=alice, submit=True)
    assert sent.revision.answers == message


def test_api_refuses_an_invisible_answer_that_is_needed(
    wording: PolicyVersion, pat: User, lee: User, opus: AIModel, alice: User
) -> None:
    question = Question("who", "Who approved it?", required=True)
    text = replace(version_input_of(wording), questions=[question])
    policies.publish(policies.edit(wording, text, by=pat), by=lee)
    body = body_of(OPUS, answers={"who": "\u3164"}, submit=True)
    problem = problem_of(Api(alice).post(f"{API}/requests/", body), 422)
    assert "answers.who" in problem["errors"]


def test_draft_keeps_what_was_typed_without_letters(draft: AccessRequest) -> None:
    fill(Browser(draft.requester), draft, "purpose", purpose="…?")
    draft.revision.refresh_from_db()
    assert draft.revision.purpose == "…?"
