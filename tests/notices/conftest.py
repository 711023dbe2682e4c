"""Policies that more than one test of mails needs."""

from datetime import date

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Policy
from tests.support.desk_client import publish_next


@pytest.fixture
def two_steps(policy: Policy, reviewers: Group, pat: User, lee: User) -> Policy:
    """Both decided by the same group, and nobody in both."""
    steps = [policies.StepInput(name, reviewers) for name in ("Triage", "Lead")]
    publish_next(policy, by=(pat, lee), steps=steps)
    return policy


@pytest.fixture
def second(opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User) -> Policy:
    """Another policy of the same owners, for a model of its own."""
    model = AIModel.objects.create(identifier="b", provider=opus.provider, name="Model B")
    AccessRoute.objects.create(ai_model=model, kind=AccessRoute.Kind.REQUEST)
    Retirement.objects.create(
        ai_model=model,
        platform="API",
        retires=date(2026, 1, 5),
        precision=Retirement.Precision.DAY,
    )
    policy = policies.create("b", by=pat, name="Policy B", owners=owners, ai_models=[model])
    text = policies.VersionInput("For research.", [policies.StepInput("Review", reviewers)])
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return policy
