"""The reviewers of a policy on the desk: who they are, and what its owners change of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.actions.review import delegations
from requests_app.models import AccessRequest, Policy, PolicyVersion
from tests.conftest import confirmed, person
from tests.support.policy_pages import POLICIES, VERSIONS, as_person, group_of, page_text


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    safety, leads = group_of("Safety reviewers", "sue"), Group.objects.create(name="Leads")
    steps = [StepInput("Triage", reviewers), StepInput("Safety", safety, alternates=leads)]
    return policies.draft(policy, VersionInput("Cite us.", steps), by=pat)


def page(policy: Policy) -> str:
    return f"{POLICIES}{policy.pk}/reviewers/"


def post(who: User, policy: Policy, group: Group, act: str, **data: Any) -> Any:
    return as_person(who).post(f"{page(policy)}{group.pk}/{act}/", data)


def row_of(text: str, name: str) -> str:
    return text.partition(f'<th scope="row"> {name} ')[2].partition("</tr>")[0]


def test_page_lists_the_groups_of_the_version_in_force_and_of_drafts(
    version: PolicyVersion, pat: User
) -> None:
    text = page_text(as_person(pat).get(page(version.policy)))
    assert "Research review, Triage." in text
    assert "Safety (alternates)." in text
    assert text.index("Opus reviewers</h2>") < text.index("Safety reviewers</h2>")
    assert "Nobody is in this group yet, so nobody can decide." in text


def test_page_says_of_each_member_what_keeps_them_from_deciding(
    version: PolicyVersion, reviewers: Group, in_review: AccessRequest,
    rita: User, sam: User, pat: User, alice: User,
) -> None:  # fmt: skip
    oslo = Institution.objects.create(name="University of Oslo")
    User.objects.filter(pk=rita.pk).update(institution=oslo)
    now = timezone.now()
    away = {"starts_at": now, "ends_at": now + timedelta(days=9), "takes_open": True, "away": True}
    delegations.delegate(sam, by=rita, **away)
    for name, state in (("tim", {"is_staff": False}), ("tom", {"is_active": False})):
        member = person(name, staff=True)
        reviewers.user_set.add(member)
        User.objects.filter(pk=member.pk).update(**state)
    reviewers.user_set.add(alice)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    text = page_text(as_person(pat).get(page(version.policy)))
    assert "University of Oslo" in row_of(text, "Rita")
    assert "Away until" in row_of(text, "Rita")
    assert "Sam decides for them." in row_of(text, "Rita")
    assert "Yes" in row_of(text, "Sam")
    assert "can't open the review desk" in row_of(text, "Tim")
    assert "the account is closed" in row_of(text, "Tom")
    assert "Yes, but not on their own request" in row_of(text, "Alice")


def test_owner_adds_somebody_by_their_address_and_removes_them(
    version: PolicyVersion, reviewers: Group, pat: User, eve: User
) -> None:
    confirmed(eve)
    added = post(pat, version.policy, reviewers, "add", email="  EVE@Example.org ")
    assert added["Location"] == page(version.policy)
    text = page_text(as_person(pat).get(page(version.policy)))
    assert 'aria-label="Remove Eve from Opus reviewers"' in text
    removed = post(pat, version.policy, reviewers, "remove", person=eve.pk)
    assert removed["Location"] == page(version.policy)
    assert not eve.groups.exists()


@pytest.mark.parametrize("email", ["", "nobody@example.org", "eve@example.org", "x", "pat\x00"])
def test_refusal_stands_at_the_group_with_what_was_typed(
    version: PolicyVersion, reviewers: Group, pat: User, eve: User, email: str
) -> None:
    answer = post(pat, version.policy, reviewers, "add", email=email)
    assert answer.status_code == 422
    bound = {row["group"].name: row["form"].is_bound for row in answer.context["groups"]}
    assert bound == {"Opus reviewers": True, "Safety reviewers": False, "Leads": False}
    assert f'id="id_{reviewers.pk}_email_error"' in page_text(answer)


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 30, "²"])
def test_remove_of_nobody_changes_nothing(
    version: PolicyVersion, reviewers: Group, pat: User, number: str
) -> None:
    assert post(pat, version.policy, reviewers, "remove", person=number).status_code == 302
    assert reviewers.user_set.count() == 2


def test_group_that_others_name_says_whose_and_has_no_buttons(
    version: PolicyVersion, reviewers: Group, pat: User, rita: User
) -> None:
    others = Group.objects.create(name="Other owners")
    olga = person("olga", staff=True)
    olga.groups.add(others)
    theirs = policies.create("theirs", by=olga, name="Theirs", owners=others, ai_models=[])
    policies.draft(theirs, VersionInput("", [StepInput("Look", reviewers)]), by=olga)
    text = page_text(as_person(pat).get(page(version.policy)))
    assert "Also under Theirs." in text
    assert "This group is named by other policies, too: Theirs." in text
    assert "Add to Opus reviewers" not in text
    assert "Remove Rita" not in text
    assert "Add to Safety reviewers" in text
    refused = post(pat, version.policy, reviewers, "remove", person=rita.pk)
    assert refused.status_code == 403
    assert "named by other policies" in page_text(refused)


def test_group_that_the_policy_does_not_name_is_not_found(
    version: PolicyVersion, owners: Group, pat: User, eve: User
) -> None:
    for act in ("add", "remove"):
        assert post(pat, version.policy, owners, act, email=eve.email).status_code == 404


def test_owners_see_who_decides_beside_each_step_and_reviewers_do_not(
    version: PolicyVersion, policy: Policy, pat: User, rita: User
) -> None:
    text = page_text(as_person(pat).get(f"{VERSIONS}{version.pk}/change/"))
    assert "Safety reviewers: 1 person" in text
    assert "Leads (alternates): 0 people" in text
    assert f"{page(policy)}#group-" in text
    assert "Opus reviewers: 2" not in page_text(
        as_person(rita).get(f"{VERSIONS}{policy.current.pk}/change/")
    )


@pytest.mark.parametrize("count", [1, 20])
def test_page_takes_the_same_queries_for_any_number_of_steps_and_people(
    policy: Policy, pat: User, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    groups = [group_of(f"Group {at}", f"a{at}", f"b{at}") for at in range(count)]
    steps = [StepInput(group.name, group) for group in groups]
    version = policies.draft(policy, VersionInput("", steps), by=pat)
    client = as_person(pat)
    for address, most in ((page(policy), 20), (f"{VERSIONS}{version.pk}/change/", 36)):
        with django_assert_max_num_queries(most):
            assert f"B{count - 1}" in page_text(client.get(address))


def test_braces_in_the_name_of_a_group_are_only_braces(
    policy: Policy, pat: User, eve: User
) -> None:
    confirmed(eve)
    group = Group.objects.create(name="{0.password} {x} {}")
    policies.draft(policy, VersionInput("Cite us.", [StepInput("Triage", group)]), by=pat)
    browser, at = as_person(pat), f"{page(policy)}{group.pk}/"
    added = browser.post(f"{at}add/", {"email": eve.email}, follow=True)
    assert "Eve is in {0.password} {x} {} and can open the review desk." in page_text(added)
    removed = browser.post(f"{at}remove/", {"person": eve.pk}, follow=True)
    assert "Eve is no longer in {0.password} {x} {}." in page_text(removed)
