"""What keeps requests from coming is listed with its draft, and models are opened by one click."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.actions import policies, proposals
from requests_app.actions.catalogue import opening
from requests_app.actions.policies import StepInput
from requests_app.models import Policy, PolicyVersion, Proposal
from requests_app.refusals import NotAllowed, WrongState
from requests_app.reports.publish_checklist import checklist
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.policy_pages import VERSIONS, as_person, group_of, page_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(policy: Policy, pat: User) -> PolicyVersion:
    return policies.draft(policy, version_input_of(policy.current), by=pat)


@pytest.fixture
def closed(policy: Policy, opus: AIModel, pat: User) -> AIModel:
    """A second model, which says that nobody can reach it; and opus without any route."""
    AccessRoute.objects.all().delete()
    closed = AIModel.objects.create(
        identifier="claude-2.1", name="Claude 2.1", provider=opus.provider
    )
    retirement = opus.retirements.get()
    retirement.pk, retirement.ai_model = None, closed
    retirement.save()
    AccessRoute.objects.create(ai_model=closed, kind=AccessRoute.Kind.NONE)
    policies.assign(policy, [opus, closed], by=pat)
    return closed


@pytest.fixture
def editors(db: None) -> Group:
    return Group.objects.create(name=EDITORS)


def texts(version: PolicyVersion) -> list[str]:
    return [line.text for line in checklist(version, timezone.now().date())]


def press(who: User, version: PolicyVersion) -> Any:
    return as_person(who).post(f"{VERSIONS}{version.pk}/open/", follow=True)


# What is listed ---------------------------------------------------------------------------------


def test_ready_draft_has_nothing_to_do(draft: PolicyVersion) -> None:
    assert texts(draft) == []


def test_group_without_anybody_on_the_desk_is_named_once(
    draft: PolicyVersion, reviewers: Group, pat: User
) -> None:
    safety, nobody = group_of("Safety reviewers", "sue", "sol"), Group.objects.create(name="Leads")
    User.objects.filter(groups=safety).update(is_staff=False)
    person("tim").groups.add(reviewers)
    steps = [
        StepInput("Triage", reviewers),
        StepInput("Safety", safety, alternates=nobody),
        StepInput("Again", safety),
    ]
    version = policies.edit(draft, replace(version_input_of(draft), steps=steps), by=pat)
    assert texts(version) == [
        "Nobody in Safety reviewers can open the review desk.",
        "Nobody in Leads can open the review desk.",
        "Tim is among the reviewers, but can't open the review desk.",
    ]
    page = page_text(as_person(pat).get(f"{VERSIONS}{version.pk}/change/"))
    link = f'<a href="/admin/requests_app/policy/{version.policy_id}/reviewers/#group-{safety.pk}"'
    assert f"{link}>Change who is in Safety reviewers</a>" in page


def test_terms_that_a_template_left_to_fill_in_are_named(draft: PolicyVersion, pat: User) -> None:
    terms = "Cite us.\n[Add what your institution requires.] [] [x\n[y] z]"
    version = policies.edit(draft, replace(version_input_of(draft), terms=terms), by=pat)
    assert texts(version) == [
        "The terms still have a part to fill in: [Add what your institution requires.]"
    ]


def test_lone_owner_is_told_that_publishing_takes_two(draft: PolicyVersion, lee: User) -> None:
    User.objects.filter(pk=lee.pk).update(is_staff=False)
    assert texts(draft) == [
        "Nobody else in Policy owners can publish it: that takes a second owner who can open the "
        "review desk."
    ]
    assert texts(draft.policy.current) == []


@pytest.mark.parametrize("count", [1, 20])
def test_checklist_takes_the_same_queries_for_any_number_of_steps(
    draft: PolicyVersion, pat: User, count: int, django_assert_max_num_queries: Any
) -> None:
    groups = [Group.objects.create(name=f"Group {place}") for place in range(count)]
    steps = [StepInput(group.name, group) for group in groups]
    version = policies.edit(draft, replace(version_input_of(draft), steps=steps), by=pat)
    with django_assert_max_num_queries(8):
        assert len(texts(version)) == count


# Opening models ---------------------------------------------------------------------------------


def test_one_click_opens_all_models_once_a_second_editor_agrees(
    draft: PolicyVersion, closed: AIModel, opus: AIModel, editors: Group, pat: User, lee: User
) -> None:
    pat.groups.add(editors)
    lee.groups.add(editors)
    page = page_text(as_person(pat).get(f"{VERSIONS}{draft.pk}/change/"))
    assert "Open these 2 models to requests now" in page
    done = page_text(press(pat, draft))
    for ai_model in (opus, closed):
        assert f"{ai_model} waits for a second editor to be opened." in done
    assert "Open these" not in done
    assert "A change of it waits for a second editor" in done
    for proposal in Proposal.objects.all():
        assert proposal.reason == "Opened to requests under the policy Opus 3."
        proposals.accept(proposal, by=lee)
    assert [str(route) for route in closed.access_routes.all()] == ["By request"]
    assert opus.is_by_request()
    assert texts(draft) == []


def test_second_click_changes_nothing(
    draft: PolicyVersion, closed: AIModel, editors: Group, pat: User
) -> None:
    pat.groups.add(editors)
    for _ in range(2):
        assert press(pat, draft).status_code == 200
    assert Proposal.objects.count() == 2


def test_owner_who_edits_no_catalogue_has_no_button_and_is_refused(
    draft: PolicyVersion, closed: AIModel, pat: User
) -> None:
    page = page_text(as_person(pat).get(f"{VERSIONS}{draft.pk}/change/"))
    assert "Claude 2.1 isn't open to requests. <span" in page
    assert "to requests now" not in page
    assert "Only members of the group Catalogue editors" in page_text(press(pat, draft))
    assert not Proposal.objects.exists()


def test_model_with_another_change_that_waits_is_left_alone(
    draft: PolicyVersion, closed: AIModel, opus: AIModel, editors: Group, pat: User
) -> None:
    pat.groups.add(editors)
    opening.open_to_requests(opus, by=pat, reason="First.")
    page = page_text(as_person(pat).get(f"{VERSIONS}{draft.pk}/change/"))
    assert "Open it to requests now" in page
    with pytest.raises(WrongState, match="waits for a second editor"):
        opening.open_to_requests(opus, by=pat, reason="Again.")
    press(pat, draft)
    assert Proposal.objects.count() == 2


def test_withdrawn_and_unretired_models_are_not_opened(
    draft: PolicyVersion, closed: AIModel, opus: AIModel, editors: Group, pat: User
) -> None:
    pat.groups.add(editors)
    AIModel.objects.filter(pk=opus.pk).update(withdrawn_at=timezone.now())
    closed.retirements.all().delete()
    assert [line.opens for line in checklist(draft, timezone.now().date())] == [False, False]
    press(pat, draft)
    assert not Proposal.objects.exists()


def test_opened_route_is_a_persons_fact_that_no_file_takes_back(
    opus: AIModel, editors: Group, pat: User
) -> None:
    """Without a policy nobody relies on the model yet, so no second editor is needed."""
    pat.groups.add(editors)
    opus.access_routes.all().delete()
    assert opening.open_to_requests(opus, by=pat, reason="Asked for.") is None
    opus.refresh_from_db()
    assert "access_routes" in opus.set_by_people


def test_only_editors_open_models(closed: AIModel, opus: AIModel, pat: User, rita: User) -> None:
    for who in (pat, rita):
        with pytest.raises(NotAllowed):
            opening.open_to_requests(opus, by=who, reason="Please.")
