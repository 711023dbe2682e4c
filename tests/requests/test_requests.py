"""From the ask to the end of a request."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Event, Grant, Policy, RequestedModel, Revision
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.validation.request_input import RequestInput
from tests.conftest import ask_for, today

pytestmark = pytest.mark.django_db


def stored() -> tuple[int, int, int]:
    return AccessRequest.objects.count(), Revision.objects.count(), Event.objects.count()


@pytest.fixture
def still_serving(opus: AIModel) -> AIModel:
    """A model whose promised earliest date has passed, and which nobody retired."""
    haiku = AIModel.objects.create(identifier="haiku", provider=opus.provider, name="Haiku")
    Retirement.objects.create(
        ai_model=haiku,
        platform="Claude API",
        retires=date(2026, 10, 15),
        precision=Retirement.Precision.NOT_SOONER_THAN,
    )
    AccessRoute.objects.create(ai_model=haiku, kind=AccessRoute.Kind.REQUEST)
    return haiku


def test_submit_opens_the_first_stage_with_its_deadline(in_review: AccessRequest) -> None:
    stage = in_review.stages.get()
    assert in_review.state == "in_review"
    assert stage.state == "open"
    assert stage.due_at - stage.opened_at == timedelta(days=7)
    assert stage.remind_at == stage.opened_at + timedelta(days=1.75)


def test_save_refuses_an_unknown_model(policy: Policy, alice: User) -> None:
    ask = RequestInput(("gpt-99",), "Why not", today(), today() + timedelta(days=9))
    refuse(ask, alice, "identifiers", "“gpt-99” isn't in the catalogue")


def test_save_refuses_a_model_that_is_not_retired(
    policy: Policy, alice: User, still_serving: AIModel
) -> None:
    refuse(ask_for(still_serving), alice, "identifiers", "isn't retired yet")


def test_save_refuses_a_model_that_is_not_open_to_requests(
    policy: Policy, alice: User, opus: AIModel
) -> None:
    opus.access_routes.update(kind="product")
    refuse(ask_for(opus), alice, "identifiers", "doesn't offer access on request")


def test_save_refuses_a_model_without_a_policy(opus: AIModel, alice: User) -> None:
    refuse(ask_for(opus), alice, "identifiers", "no published policy")


def test_submit_refuses_an_empty_purpose(policy: Policy, opus: AIModel, alice: User) -> None:
    refuse(ask_for(opus, purpose=""), alice, "purpose", "what you need the model for", submit=True)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(0, "after the start"), (-1, "after the start"), (181, "at most 180 days")],
)
def test_save_refuses_dates_that_make_no_sense(
    policy: Policy, opus: AIModel, alice: User, days: int, sentence: str
) -> None:
    refuse(ask_for(opus, days=days), alice, "ends_on", sentence)


def test_save_takes_the_longest_duration(policy: Policy, opus: AIModel, alice: User) -> None:
    assert requests.save(ask_for(opus, days=180), by=alice).state == "draft"


def test_save_refuses_a_second_open_request(
    draft: AccessRequest, opus: AIModel, alice: User
) -> None:
    refuse(ask_for(opus), alice, "identifiers", f"open request for Claude Opus 3: {draft}")


def test_save_refuses_what_the_person_has_already(grant: Grant, opus: AIModel, alice: User) -> None:
    refuse(ask_for(opus), alice, "identifiers", "already have access")


def refuse(ask: RequestInput, by: User, field: str, sentence: str, *, submit: bool = False) -> None:
    before = stored()
    with pytest.raises(Invalid) as refusal:
        requests.save(ask, by=by, submit=submit)
    assert sentence in refusal.value.errors[field]
    assert stored() == before


def test_save_lets_somebody_else_ask_for_the_same_model(
    draft: AccessRequest, opus: AIModel, bob: User
) -> None:
    assert requests.save(ask_for(opus), by=bob, submit=True).state == "in_review"


def test_database_refuses_a_second_open_request(draft: AccessRequest, opus: AIModel) -> None:
    other = AccessRequest.objects.create(
        requester=draft.requester, policy_version=draft.policy_version, created_at=draft.created_at
    )
    with pytest.raises(IntegrityError, match="one_open_request"), transaction.atomic():
        RequestedModel.objects.create(
            access_request=other, ai_model=opus, requester=draft.requester
        )


@pytest.mark.parametrize("act", [requests.submit, requests.withdraw])
def test_action_refuses_somebody_else(
    draft: AccessRequest, eve: User, act: Callable[..., Any]
) -> None:
    with pytest.raises(NotAllowed, match="Only the requester can do this"):
        act(draft, by=eve)


def test_action_refuses_a_person_not_in_good_standing(draft: AccessRequest, alice: User) -> None:
    alice.is_active = False
    alice.save()
    with pytest.raises(NotAllowed, match="good standing"):
        requests.submit(draft, by=alice)


def test_submit_refuses_when_nobody_could_decide(
    draft: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    rita.groups.clear()
    sam.groups.clear()
    with pytest.raises(Invalid, match="enough reviewers"):
        requests.submit(draft, by=alice)
    draft.refresh_from_db()
    assert (draft.state, draft.stages.count()) == ("draft", 0)


def test_submit_refuses_when_the_requester_is_the_only_reviewer(
    policy: Policy, opus: AIModel, rita: User, sam: User
) -> None:
    sam.groups.clear()
    with pytest.raises(Invalid, match="enough reviewers"):
        requests.save(ask_for(opus), by=rita, submit=True)


def test_submit_looks_again_at_a_draft_that_waited(
    draft: AccessRequest, opus: AIModel, alice: User
) -> None:
    opus.access_routes.all().delete()
    with pytest.raises(Invalid, match="doesn't offer access on request"):
        requests.submit(draft, by=alice)


def test_withdraw_closes_the_stage_and_frees_the_model(
    in_review: AccessRequest, opus: AIModel, alice: User
) -> None:
    requests.withdraw(in_review, by=alice, reason="Found another way.")
    assert in_review.stages.get().state == "closed"
    assert requests.save(ask_for(opus), by=alice).state == "draft"


def test_withdraw_refuses_what_is_decided(grant: Grant, alice: User) -> None:
    with pytest.raises(WrongState, match="This request is approved, so it can't be withdrawn"):
        requests.withdraw(grant.access_request, by=alice)


def test_edit_keeps_the_submitted_text(
    in_review: AccessRequest, alice: User, opus: AIModel
) -> None:
    in_review.stages.update(state="closed", closed_at=in_review.submitted_at)
    AccessRequest.objects.filter(pk=in_review.pk).update(state="returned")
    requests.save(ask_for(opus, purpose="Better."), by=alice, access_request=in_review, submit=True)
    assert [r.purpose for r in in_review.revisions.all()] == ["Compare refusals.", "Better."]
    assert in_review.stages.filter(revision__number=2).get().state == "open"
