"""A new policy on the desk begins with a template, empty, or with a file."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from requests_app.models import Policy
from requests_app.policy_files.templates import FILES, all_templates
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.policy_pages import POLICIES, as_person, edit_page, page_text

ADD = f"{POLICIES}add/"


def send(who: User, key: str, group: Group, /, **changes: Any) -> Any:
    client = as_person(who)
    address = f"{ADD}?template={key}"
    form = client.get(address).context["form"]
    typed = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "")}
    names = {"name": "Mine", "slug": "mine", "owners": group.pk}
    return client.post(address, typed | names | changes)


def test_page_offers_each_template_in_plain_words(owners: Group, pat: User) -> None:
    text = page_text(as_person(pat).get(ADD))
    for key in FILES:
        assert f'href="?template={key}"' in text
        assert all_templates()[key].title in text
    assert "Two approvals from Safety reviewers within 7 days; escalates to Leads" in text
    assert 'href="?template=empty"' in text
    assert f'href="{ADD}file/"' in text


def test_models_stand_under_their_providers(owners: Group, opus: AIModel, pat: User) -> None:
    gpt = AIModel.objects.create(
        identifier="gpt-4", name="GPT-4", provider=Provider.objects.create(slug="o", name="OpenAI")
    )
    form = as_person(pat).get(f"{ADD}?template=empty").context["form"]
    offered = {
        heading: [str(choice) for _, choice in choices]
        for heading, choices in form["ai_models"].field.choices
    }
    assert offered == {"Anthropic": [str(opus)], "OpenAI": [str(gpt)]}


@pytest.mark.parametrize("key", FILES)
def test_template_makes_a_draft_with_new_groups_and_opens_its_form(
    owners: Group, pat: User, key: str
) -> None:
    answer = send(pat, key, owners)
    version = Policy.objects.get(slug="mine").versions.get()
    assert answer["Location"] == edit_page(version)
    draft = all_templates()[key].draft
    stored = version_input_of(version)
    assert [step.name for step in stored.steps] == [step.name for step in draft.steps]
    assert stored.terms == draft.terms
    assert stored.limits() == draft.limits()
    assert Group.objects.filter(name__in=all_templates()[key].roles).count() == len(
        all_templates()[key].roles
    )
    page = page_text(as_person(pat).get(edit_page(version)))
    assert "Fix these before publishing" in page


def test_roles_take_groups_that_are_there(owners: Group, reviewers: Group, pat: User) -> None:
    send(pat, "three-steps", owners, group_0=reviewers.pk, new_0="", new_1="Safety of ours")
    steps = version_input_of(Policy.objects.get(slug="mine").versions.get()).steps
    assert [str(step.reviewers) for step in steps] == ["Opus reviewers", "Safety of ours", "Leads"]
    assert str(steps[1].alternates) == "Leads"
    assert not Group.objects.filter(name="Triage").exists()


def test_template_chooses_groups_of_its_names_and_the_only_owners(owners: Group, pat: User) -> None:
    leads = Group.objects.create(name="leads")
    form = as_person(pat).get(f"{ADD}?template=three-steps").context["form"]
    assert [form[f"group_{place}"].value() for place in range(3)] == [None, None, leads.pk]
    assert form["owners"].value() == owners.pk
    assert send(pat, "three-steps", owners).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"new_1": ""}, "new_1", "A group needs a name"),
        ({"new_1": "opus Reviewers"}, "new_1", "There is a group “opus Reviewers” already."),
        ({"new_1": "Catalogue editors"}, "new_1", "There is a group “Catalogue editors” already."),
        ({"group_1": "99999"}, "group_1", "99999 is not one of the available choices"),
        ({"group_1": "own", "group_2": "own"}, "group_2", "The alternates are the reviewers."),
        ({"slug": "opus"}, "slug", "already uses the short name"),
        ({"name": ""}, "name", "This field is required."),
        ({"owners": ""}, "owners", "This field is required."),
    ],
)
def test_refusal_stands_at_its_field_and_nothing_is_half_made(
    policy: Policy, reviewers: Group, owners: Group, pat: User,
    changes: dict[str, str], field: str, sentence: str,
) -> None:  # fmt: skip
    own = {name: reviewers.pk if value == "own" else value for name, value in changes.items()}
    answer = send(pat, "three-steps", owners, **{"new_0": "Kept as typed", **own})
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert sentence in " ".join(errors[field])
    assert answer.context["form"]["new_0"].value() == "Kept as typed"
    assert Policy.objects.count() == 1
    assert not Group.objects.filter(name="Kept as typed").exists()


def test_unknown_template_is_not_found(owners: Group, pat: User) -> None:
    for key in ("nothing", "../one-reviewer", "x" * 3000):
        assert as_person(pat).get(ADD, {"template": key}).status_code == 404
        assert as_person(pat).post(f"{ADD}?template={key}", {}).status_code == 404


def test_empty_policy_is_made_without_a_draft(owners: Group, pat: User) -> None:
    answer = send(pat, "empty", owners)
    made = Policy.objects.get(slug="mine")
    assert answer["Location"] == f"{POLICIES}{made.pk}/change/"
    assert not made.versions.exists()


def test_templates_are_for_people_in_a_group(owners: Group) -> None:
    client = as_person(person("stranger", staff=True))
    for address in (ADD, f"{ADD}?template=one-reviewer"):
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403
