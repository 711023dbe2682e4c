"""A denial that an appeal has overturned counts nowhere."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.admin.review import dashboard, requester_history
from requests_app.models import AccessRequest, Policy
from requests_app.refusals import Invalid
from requests_app.reports.public_numbers import statistics
from requests_app.reports.review import page
from requests_app.validation import requested_models
from tests.conftest import ask_for, today
from tests.support.api_client import Api, place
from tests.support.page_client import Browser
from tests.support.page_client import page as text_of

pytestmark = pytest.mark.django_db


def decide(access_request: AccessRequest, by: User, *, well: bool) -> None:
    stage = access_request.stages.open().get()
    act = votes.approve if well else votes.deny
    act(stage, by=by, reason="Read it.", shown=stage.revision.digest())


@pytest.fixture
def overturned(in_review: AccessRequest, alice: User, rita: User, sam: User) -> AccessRequest:
    decide(in_review, rita, well=False)
    appeal = requests.appeal(in_review, by=alice, reason="You misread it.")
    decide(appeal, sam, well=True)
    return AccessRequest.objects.get(pk=in_review.pk)


def test_overturned_denial_has_no_waiting_time(
    overturned: AccessRequest, opus: AIModel, alice: User
) -> None:
    requested_models.check_wait([opus], by=alice, today=today())


def test_denial_that_stands_has_one(
    in_review: AccessRequest, opus: AIModel, alice: User, rita: User
) -> None:
    decide(in_review, rita, well=False)
    requests.appeal(in_review, by=alice, reason="You misread it.")
    with pytest.raises(Invalid, match="you can request Claude Opus 3 again from"):
        requested_models.check_wait([opus], by=alice, today=today())


def test_overturned_denial_is_in_no_numbers(
    overturned: AccessRequest, alice: User, pat: User
) -> None:
    told = statistics.statistics_tables().overall
    assert (told.asked, told.granted, told.denied) == (1, 1, 0)
    assert dashboard.dashboard_context(pat, timezone.now())["decided"] == 1
    appeal = overturned.appeal
    shown = page.ReviewPage(appeal, pat, timezone.now())
    assert requester_history.history(shown)["asked_before"] == []


def test_pages_and_api_name_no_day_after_a_won_appeal(
    overturned: AccessRequest, alice: User
) -> None:
    shown = text_of(Browser(alice).get(f"/requests/{overturned}/"))
    assert "You appealed:" in shown
    assert "send a new request" not in shown
    assert Api(alice).get(place(overturned)).json()["ask_again_on"] is None


def test_appeal_of_a_first_request_is_a_first_request(
    policy: Policy, opus: AIModel, reviewers: Group, alice: User, rita: User, pat: User, lee: User
) -> None:
    """Else the step for newcomers would be left out of the appeal."""
    steps = [
        policies.StepInput("Newcomers", reviewers, condition="first_request"),
        policies.StepInput("Everybody", reviewers, allow_repeat_voters=True),
    ]
    policies.publish(policies.draft(policy, policies.VersionInput("Terms.", steps), by=pat), by=lee)
    denied = requests.save(ask_for(opus), by=alice, submit=True)
    decide(denied, rita, well=False)
    appeal = requests.appeal(denied, by=alice, reason="You misread it.")
    assert appeal.stages.open().get().step.name == "Newcomers"
