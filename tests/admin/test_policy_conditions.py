"""The condition of a step is a sentence to fill in: only the value that it needs matters."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Condition, Policy, PolicyVersion
from tests.support.policy_pages import as_person, edit_page, page_text, typed


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    step = StepInput("Review", reviewers, condition="track", condition_value="industry")
    return policies.draft(policy, VersionInput("", [step]), by=pat)


def save(who: User, version: PolicyVersion, **changes: Any) -> Any:
    client = as_person(who)
    changes = {f"steps-0-{name}": value for name, value in changes.items()}
    return client.post(edit_page(version), typed(client, version, changes))


@pytest.mark.parametrize(
    ("typed_in", "stored"),
    [
        ({"condition": "always"}, ("always", "")),
        ({"condition": "first_request"}, ("first_request", "")),
        ({"condition": "longer_than", "longer_than_value": "1,000"}, ("longer_than", "1000")),
        ({"condition": "longer_than", "longer_than_value": "0"}, ("longer_than", "0")),
        ({"condition": "costs_over", "costs_over_value": " 500 "}, ("costs_over", "500")),
        ({"condition": "operation", "operation_value": "messages"}, ("operation", "messages")),
        ({}, ("track", "industry")),
        # What was typed for another condition neither counts nor is in the way.
        ({"condition": "always", "longer_than_value": "junk"}, ("always", "")),
        ({"costs_over_value": "9" * 30, "operation_value": "fly"}, ("track", "industry")),
    ],
)
def test_edit_stores_the_value_of_the_chosen_condition(
    version: PolicyVersion, pat: User, typed_in: dict[str, str], stored: tuple[str, str]
) -> None:
    assert save(pat, version, **typed_in).status_code == 302
    step = version.steps.get()
    assert (step.condition, step.condition_value) == stored


@pytest.mark.parametrize(
    ("typed_in", "field", "sentence"),
    [
        ({"condition": "longer_than"}, "longer_than_value", "This needs a whole number."),
        ({"condition": "costs_over", "costs_over_value": "-5"}, "costs_over_value", "needs a"),
        ({"condition": "costs_over", "costs_over_value": "1" * 10}, "costs_over_value", "9 digits"),
        ({"condition": "longer_than", "longer_than_value": "x"}, "longer_than_value", "in digits"),
        ({"condition": "operation"}, "operation_value", "needs one of: messages, completions."),
        ({"track_value": "circus"}, "track_value", "circus is not one of the available choices"),
        ({"track_value": ""}, "track_value", "This needs one of: academic"),
        ({"condition": "weather"}, "condition", "weather is not one of the available choices"),
        ({"condition": ""}, "condition", "This field is required."),
    ],
)
def test_edit_refuses_a_value_in_the_sentence(
    version: PolicyVersion, pat: User, typed_in: dict[str, str], field: str, sentence: str
) -> None:
    answer = save(pat, version, **typed_in)
    assert answer.status_code == 422
    errors = answer.context["rows"].forms[0].errors
    assert list(errors) == [field]
    assert sentence in " ".join(errors[field])
    assert f'id="id_steps-0-{field}_error"' in page_text(answer)


def test_every_condition_stands_in_the_sentence_where_its_style_finds_it(
    version: PolicyVersion, pat: User
) -> None:
    """The style sheet shows the value by its place, which is that of its condition."""
    row = as_person(pat).get(edit_page(version)).context["rows"].forms[0]
    offered = [value for value, _ in row.fields["condition"].choices]
    named = [field.name if field else None for field, _unit in row.values]
    needing = {"longer_than", "costs_over", "operation", "track"}
    assert offered == Condition.values
    assert named == [f"{each}_value" if each in needing else None for each in offered]
