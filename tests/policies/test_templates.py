"""Policies to begin with: valid files, which can be published once their groups have people."""

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import new_policies, policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Event, Policy
from requests_app.policy_files import templates
from requests_app.policy_files.policy_file import InvalidPolicyFile
from requests_app.refusals import Invalid, NotAllowed
from requests_app.validation.policy_version import version_input_of, why_not_in_force
from tests.support.concurrency import at_once, one_won
from tests.support.policy_pages import group_of

pytestmark = pytest.mark.django_db


def test_every_file_of_the_folder_is_offered() -> None:
    files = {path.stem for path in templates.FOLDER.glob("*.yaml")}
    assert files == set(templates.FILES) == set(templates.all_templates())


@pytest.mark.parametrize("key", templates.FILES)
def test_template_can_be_published_once_its_groups_have_people(
    opus: AIModel, owners: Group, pat: User, lee: User, key: str
) -> None:
    template = templates.all_templates()[key]
    groups = {
        role: group_of(role, *(f"{key}-{place}{name}" for name in "abc"))
        for place, role in enumerate(template.roles)
    }
    text = template.text(groups)
    version = new_policies.begin(
        key, text, by=pat, name=template.title, owners=owners, ai_models=[opus]
    )
    assert why_not_in_force(version) == []
    assert policies.publish(version, by=lee).published_by == lee
    assert version.terms
    assert version.max_duration


@pytest.mark.parametrize("key", templates.FILES)
def test_template_says_what_is_left_to_fill_in(key: str) -> None:
    template = templates.all_templates()[key]
    assert "[Add what your institution requires" in template.draft.terms
    assert len(template.summary) > 50


def test_faulty_template_names_its_line(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.yaml").write_text("title: Bad\nsteps:\n  - name: A\n    reviewers: X\n")
    monkeypatch.setattr(templates, "FOLDER", tmp_path)
    with pytest.raises(InvalidPolicyFile) as bad:
        templates._read("bad")
    assert "bad.yaml:1: summary: This is missing. Add it." in bad.value.problems


# Groups that aren't there yet -------------------------------------------------------------------


def begin(by: User, owners: Group, *groups: Group) -> Policy:
    steps = [StepInput(f"Step {place}", group) for place, group in enumerate(groups)]
    text = VersionInput("", steps)
    version = new_policies.begin("new", text, by=by, name="New", owners=owners, ai_models=[])
    return version.policy


def test_begin_makes_the_groups_that_are_not_there_yet(
    owners: Group, reviewers: Group, pat: User
) -> None:
    policy = begin(pat, owners, reviewers, Group(name="Ethics"), Group(name="Ethics"))
    ethics = Group.objects.get(name="Ethics")
    steps = version_input_of(policy.versions.get()).steps
    assert [step.reviewers for step in steps] == [reviewers, ethics, ethics]
    assert not ethics.user_set.exists()
    event = Event.objects.get(kind="policy.groups_made")
    assert event.details == {"groups": ["Ethics"]}


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "two\nlines",
        "x" * 151,
        EDITORS,
        EDITORS.upper(),
        "Opus reviewers",
        "opus ReviewerS",
    ],
)
def test_begin_refuses_a_name_and_makes_nothing(
    owners: Group, reviewers: Group, pat: User, name: str
) -> None:
    """Whoever is in the group of that name edits the catalogue, even if it isn't there yet."""
    with pytest.raises(Invalid) as refused:
        begin(pat, owners, Group(name="Fine"), Group(name=name))
    assert list(refused.value.errors) == [f"groups.{name}"]
    assert not Policy.objects.exists()
    assert not Group.objects.filter(name="Fine").exists()


def test_begin_is_for_owners(owners: Group, rita: User) -> None:
    with pytest.raises(NotAllowed):
        begin(rita, owners, Group(name="Ethics"))
    assert not Group.objects.filter(name="Ethics").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_a_group_of_one_name_at_once_one_is_told(
    owners: Group, pat: User, lee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        new_policies, "group_name_problem", lambda name: None
    )  # both have looked before

    def act(by: User) -> Policy:
        slug = f"of-{by.pk}"
        text = VersionInput("", [StepInput("Look", Group(name="Ethics"))])
        owned = {"name": "New", "owners": owners, "ai_models": []}
        return new_policies.begin(slug, text, by=by, **owned).policy

    assert one_won(at_once(lambda: act(pat), lambda: act(lee)))
    assert Policy.objects.count() == Group.objects.filter(name="Ethics").count() == 1
