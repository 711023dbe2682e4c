"""Before anybody asks, pages say how long the review takes at most, and how long it has taken."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.policies import StepInput
from requests_app.models import AccessRequest, Policy
from tests.support.bulk_grants import many_grants
from tests.support.desk_client import publish, publish_next
from tests.support.page_client import Browser, other_model, page

pytestmark = pytest.mark.django_db
MEDIAN = "Median decision time: 3 days."


def decided(policy: Policy, opus: AIModel, many: int, start: int = 0) -> None:
    """Each within three days."""
    many_grants(many, opus, policy, start=start)
    now = timezone.now()
    sent = AccessRequest.objects.filter(state="approved")
    sent.update(submitted_at=now - timedelta(days=3), closed_at=now)


def everywhere(alice: User, draft: AccessRequest, opus: AIModel) -> list[str]:
    model = page(Client().get(f"/models/{opus.identifier}/"))
    browser = Browser(alice)
    return [model, *(page(browser.get(f"/requests/{each}")) for each in ("new/", f"{draft}/edit/"))]


def test_one_step_is_told_everywhere(draft: AccessRequest, alice: User, opus: AIModel) -> None:
    other_model("m-1", "request")
    draft.policy_version.policy.ai_models.add(AIModel.objects.get(identifier="m-1"))
    for shown in everywhere(alice, draft, opus):
        assert "The review takes at most 7 days." in shown
        assert "Median" not in shown


def test_windows_of_all_steps_add_up(
    policy: Policy, reviewers: Group, opus: AIModel, pat: User, lee: User, client: Client
) -> None:
    again: dict[str, Any] = {"allow_repeat_voters": True}
    steps = [
        StepInput("Triage", reviewers, window=timedelta(days=3), **again),
        StepInput("Safety", reviewers, window=timedelta(days=10), **again),
        StepInput("Lead", reviewers, condition="longer_than", condition_value="90", **again),
    ]
    publish_next(policy, by=(pat, lee), steps=steps)
    shown = page(client.get(f"/models/{opus.identifier}/"))
    assert "The review takes at most 20 days, in 3 steps." in shown


def test_windows_in_working_days_say_so(
    policy: Policy, opus: AIModel, pat: User, lee: User, client: Client
) -> None:
    publish_next(policy, by=(pat, lee), country="DE")
    shown = page(client.get(f"/models/{opus.identifier}/"))
    assert "The review takes at most 7 working days (Germany, UTC)." in shown


def test_median_is_told_before_anybody_asks(
    policy: Policy, draft: AccessRequest, alice: User, opus: AIModel
) -> None:
    decided(policy, opus, 5)
    model, _new, started = everywhere(alice, draft, opus)
    assert MEDIAN in model
    assert MEDIAN in started


def test_median_stays_hidden_where_the_statistics_hide_it(
    policy: Policy,
    opus: AIModel,
    reviewers: Group,
    owners: Group,
    pat: User,
    lee: User,
    client: Client,
) -> None:
    """Six of this policy and one of another: with the total, six would tell of the one."""
    other = other_model("m-1", "request")
    few = publish(StepInput("Review", reviewers), by=(pat, lee), owners=owners, ai_models=[other])
    decided(policy, opus, 6)
    decided(few, other, 1, start=6)
    assert "Opus 3 6 hidden: it would reveal a smaller row" in page(client.get("/numbers/"))
    shown = page(client.get(f"/models/{opus.identifier}/"))
    assert "The review takes at most 7 days." in shown
    assert "Median decision time" not in shown


def test_models_of_several_policies_each_have_their_time(
    policy: Policy, opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, bob: User
) -> None:
    step = StepInput("Review", reviewers, window=timedelta(days=9))
    publish(step, by=(pat, lee), owners=owners, ai_models=[other_model("m-1", "request")])
    shown = page(Browser(bob).get("/requests/new/"))
    assert "“Opus 3”: The review takes at most 7 days." in shown
    assert "“P”: The review takes at most 9 days." in shown
