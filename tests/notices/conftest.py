"""A policy that more than one test of mails needs."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Policy
from requests_app.validation.policy_version import version_input_of


@pytest.fixture
def two_steps(policy: Policy, reviewers: Group, pat: User, lee: User) -> Policy:
    """Both decided by the same group, and nobody in both."""
    steps = [policies.StepInput(name, reviewers) for name in ("Triage", "Lead")]
    text = replace(version_input_of(policy.current), steps=steps)
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return policy
