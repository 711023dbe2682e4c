"""Policies on the review desk: their owners make and compare them, nobody else gets near."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import VersionInput
from requests_app.models import Event, Policy, PolicyVersion, UsageLimits
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.policy_pages import (
    POLICIES,
    VERSIONS,
    as_person,
    draft_of_two_steps,
    edit_page,
    group_of,
    page_text,
    typed,
)


@pytest.fixture
def safety(db: None) -> Group:
    return group_of("Safety reviewers", "sue", "sol")


@pytest.fixture
def version(policy: Policy, reviewers: Group, safety: Group, pat: User) -> PolicyVersion:
    """A draft of pat's."""
    return draft_of_two_steps(policy, reviewers, safety, by=pat)


# Who gets where ---------------------------------------------------------------------------------


def filled(part: str, pk: int) -> str:
    if "object_id" in part:
        return str(pk)
    return "1" if part.startswith("int:") else "requests"


def addresses(version: PolicyVersion) -> list[str]:
    """Every address of a policy and of its versions, those to come too."""
    rows = {POLICIES: (Policy, version.policy_id), VERSIONS: (PolicyVersion, version.pk)}
    return [
        start + re.sub("<(.*?)>", lambda found: filled(found[1], pk), str(entry.pattern))
        for start, (model, pk) in rows.items()
        for entry in admin.site.get_model_admin(model).get_urls()
        if "object_id" in str(entry.pattern) and entry.name
    ]


@pytest.fixture
def other_owner(reviewers: Group) -> User:
    """Somebody who owns another policy, and reviews under this one."""
    olga = person("olga", staff=True)
    group = Group.objects.create(name="Other owners")
    olga.groups.add(group, reviewers)
    policies.create("other", by=olga, name="Other", owners=group, ai_models=[])
    return olga


@pytest.mark.parametrize("who", ["rita", "stranger", "other_owner"])
def test_policies_of_others_are_not_found(
    request: pytest.FixtureRequest, version: PolicyVersion, who: str
) -> None:
    user = person("stranger", staff=True) if who == "stranger" else request.getfixturevalue(who)
    client, events = as_person(user), Event.objects.count()
    for address in addresses(version):
        for answer in (client.get(address), client.post(address, {"terms": "Mine."})):
            # The admin sends people away from a row that isn't there, with a message.
            is_gone = answer.status_code in (403, 404) or answer["Location"] == "/admin/"
            assert is_gone, (address, answer.status_code)
    assert Event.objects.count() == events


def test_reviewers_read_what_they_decide_under_and_no_drafts(
    version: PolicyVersion, rita: User
) -> None:
    client = as_person(rita)
    assert client.get(f"{VERSIONS}{version.pk}/change/").status_code == 404
    page = page_text(client.get(f"{VERSIONS}{version.policy.current.pk}/change/"))
    assert "One approval from Opus reviewers within 7 days" in page
    listed = client.get(VERSIONS).context["cl"].result_list
    assert [row.number for row in listed] == [1]


def test_people_without_the_review_desk_are_sent_to_sign_in(
    version: PolicyVersion, alice: User, owners: Group
) -> None:
    alice.groups.add(owners)
    for address in addresses(version):
        assert "login" in as_person(alice).post(address)["Location"]


def test_superusers_look_and_are_told_why_they_cannot_act(
    version: PolicyVersion, admin_client: Client
) -> None:
    pages = (f"{VERSIONS}{version.pk}/{page}/" for page in ("edit", "publish"))
    for address in (*pages, f"{POLICIES}{version.policy_id}/change/"):
        assert "Only the policy's owners can" in page_text(admin_client.get(address))
    data = typed(admin_client, version, {"terms": "Mine."})
    assert admin_client.post(edit_page(version), data).status_code == 403
    for page in ("draft", "models"):
        address = f"{POLICIES}{version.policy_id}/{page}/"
        assert admin_client.post(address, {"ai_models": []}).status_code == 403


# Policies ---------------------------------------------------------------------------------------


def test_create_makes_a_policy_over_free_models(
    policy: Policy, opus: AIModel, owners: Group, pat: User
) -> None:
    free = AIModel.objects.create(identifier="claude-2.1", name="C", provider=opus.provider)
    client = as_person(pat)
    form = client.get(f"{POLICIES}add/?template=empty").context["form"]
    assert list(form.fields["ai_models"].queryset) == [free]
    data = {"name": "Two", "slug": "two", "owners": owners.pk, "ai_models": [free.pk]}
    response = client.post(f"{POLICIES}add/", data)
    made = Policy.objects.get(slug="two")
    assert response["Location"] == f"{POLICIES}{made.pk}/change/"
    assert "No version is in force yet" in page_text(client.get(response["Location"]))


def test_create_refuses_and_keeps_what_was_typed(
    policy: Policy, opus: AIModel, reviewers: Group, owners: Group, pat: User
) -> None:
    client = as_person(pat)
    for changes, field in (
        ({"slug": "opus"}, "slug"),
        ({"slug": "a b"}, "slug"),
        ({"owners": reviewers.pk}, "owners"),
        ({"ai_models": [opus.pk]}, "ai_models"),
    ):
        data = {"name": "Typed name", "slug": "two", "owners": owners.pk} | changes
        response = client.post(f"{POLICIES}add/", data)
        assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
        assert "Typed name" in page_text(response)
    assert Policy.objects.count() == 1


def test_create_is_for_people_in_a_group(policy: Policy) -> None:
    client = as_person(person("stranger", staff=True))
    assert client.get(f"{POLICIES}add/").status_code == 403
    assert client.post(f"{POLICIES}add/", {"name": "x"}).status_code == 403


def test_create_is_offered_to_owners_and_never_to_groups_that_review(
    policy: Policy, reviewers: Group, owners: Group, rita: User, pat: User
) -> None:
    reviewer = as_person(rita)
    assert reviewer.get(f"{POLICIES}add/").status_code == 403
    assert f"{POLICIES}add/" not in reviewer.get("/admin/").content.decode()
    pat.groups.add(reviewers)
    form = as_person(pat).get(f"{POLICIES}add/?template=empty").context["form"]
    assert list(form.fields["owners"].queryset) == [owners]


def test_start_copies_the_current_version_once(policy: Policy, pat: User) -> None:
    client = as_person(pat)
    response = client.post(f"{POLICIES}{policy.pk}/draft/")
    version = policy.versions.get(number=2)
    assert response["Location"] == edit_page(version)
    assert [step.name for step in version.steps.all()] == ["Research review"]
    again = client.post(f"{POLICIES}{policy.pk}/draft/")
    assert again.status_code == 409
    assert "Version 2 is already a draft" in page_text(again)


def test_start_of_a_first_version_proposes_a_limit(owners: Group, pat: User) -> None:
    policy = policies.create("new", by=pat, name="New", owners=owners, ai_models=[])
    client = as_person(pat)
    client.post(f"{POLICIES}{policy.pk}/draft/")
    assert policy.versions.get().limits() == UsageLimits(requests_per_minute=60)


def test_start_keeps_the_limits_of_the_version_before(policy: Policy, pat: User) -> None:
    assert policies.start(policy, by=pat).limits() == policy.current.limits() == UsageLimits()


def test_models_are_changed_by_owners(policy: Policy, opus: AIModel, pat: User) -> None:
    free = AIModel.objects.create(identifier="claude-2.1", name="C", provider=opus.provider)
    client, address = as_person(pat), f"{POLICIES}{policy.pk}/models/"
    client.post(address, {"ai_models": [free.pk, opus.pk]})
    assert policy.ai_models.count() == 2
    other = policies.create("other", by=pat, name="Other", owners=policy.owners, ai_models=[])
    response = client.post(f"{POLICIES}{other.pk}/models/", {"ai_models": [opus.pk]})
    assert response.status_code == 422
    assert "is no longer available" in page_text(response)


# Differences ------------------------------------------------------------------------------------


def test_versions_are_compared_field_by_field(version: PolicyVersion, pat: User) -> None:
    client, address = as_person(pat), f"{VERSIONS}{version.pk}/change/"
    page = client.get(address)
    assert page.context["other"].number == 1
    whats = [(each.where, each.what) for each in page.context["differences"]]
    assert whats == [
        ("", "terms"),
        ("Triage", "step"),
        ("Safety", "step"),
        ("Research review", "step"),
    ]
    third = policies.draft(version.policy, VersionInput("Third.", []), by=pat)
    address = f"{VERSIONS}{third.pk}/change/"
    assert client.get(address).context["other"].number == 1  # the one in force
    assert client.get(f"{address}?against=2").context["other"] == version
    assert client.get(f"{address}?against=junk").context["other"].number == 1


def test_pages_have_nothing_inline(version: PolicyVersion, lee: User, policy: Policy) -> None:
    client = as_person(lee)
    pages = ("change", "edit", "publish")
    for address in (
        *(f"{VERSIONS}{version.pk}/{page}/" for page in pages),
        f"{POLICIES}{policy.pk}/change/",
        f"{POLICIES}add/",
        POLICIES,
    ):
        page = page_text(client.get(address)).split('id="content"')[1]
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_any_two_versions_are_compared_in_plain_words(
    version: PolicyVersion, pat: User, lee: User
) -> None:
    policy, client = version.policy, as_person(pat)
    third = policies.draft(policy, VersionInput("Third.", version_input_of(version).steps), by=pat)
    page = page_text(client.get(f"{POLICIES}{policy.pk}/change/"))
    assert f'action="{POLICIES}{policy.pk}/compare/"' in page
    address = f"{POLICIES}{policy.pk}/compare/"
    for query, numbers, whats in (
        ("", (2, 3), ["terms"]),
        ("?from=3&to=2", (3, 2), ["terms"]),
        ("?from=1&to=3", (1, 3), ["terms", "step", "step", "step"]),
        ("?from=2&to=2", (2, 2), []),
        ("?from=x&to=99", (2, 3), ["terms"]),
    ):
        answer = client.get(address + query)
        shown = (answer.context["older"].number, answer.context["newer"].number)
        assert shown == numbers, query
        assert [each.what for each in answer.context["differences"]] == whats, query
    assert "Two approvals from Safety reviewers within 7 days" in page_text(
        client.get(f"{address}?from=1&to=3")
    )
    assert third.number == 3


def test_fewer_than_two_versions_are_compared_with_nothing(owners: Group, pat: User) -> None:
    policy = policies.create("new", by=pat, name="New", owners=owners, ai_models=[])
    client, address = as_person(pat), f"{POLICIES}{policy.pk}/compare/"
    assert "nothing to compare" in page_text(client.get(address))
    policies.start(policy, by=pat)
    assert "No differences." in page_text(client.get(address))
    assert "/compare/" not in page_text(client.get(f"{POLICIES}{policy.pk}/change/"))
