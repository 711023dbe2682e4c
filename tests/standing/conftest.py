"""Standing rules of the three kinds, and people who are members by them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.config.sign_in_providers import ProviderSettings
from lifecycle.people.models import User
from requests_app.actions.standing import access, lists, rules
from requests_app.models import Grant, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from tests.conftest import confirmed

Publish = Callable[..., StandingRule]
PROVIDER = "campus"


@pytest.fixture
def lab(db: None, alice: User, bob: User) -> Group:
    lab = Group.objects.create(name="Opus lab")
    lab.user_set.add(alice, bob)
    return lab


@pytest.fixture
def text(opus: AIModel, policy: Policy, lab: Group) -> StandingRuleInput:
    return StandingRuleInput(
        "Lab access", [opus], timezone.now() + timedelta(days=365), group=lab, requests_per_day=100
    )


@pytest.fixture
def publish(policy: Policy, text: StandingRuleInput, pat: User, lee: User) -> Publish:
    """A published rule with this content instead."""

    def publish(**changes: Any) -> StandingRule:
        content = StandingRuleInput(**{**vars(text), **changes})
        return rules.publish(rules.draft(policy, content, by=pat), by=lee)

    return publish


@pytest.fixture
def rule(publish: Publish) -> StandingRule:
    return publish()


@pytest.fixture
def standing_grant(rule: StandingRule, alice: User) -> Grant:
    return access.start(rule, by=alice, accepts=True)


@pytest.fixture
def provider(settings: Settings) -> None:
    entry = ProviderSettings(PROVIDER, "oidc", "Campus", "https://id.example.org", "us", "secret")
    settings.SIGN_IN_PROVIDERS = {PROVIDER: entry}


@pytest.fixture
def by_claim(publish: Publish, provider: None) -> StandingRule:
    claim = {"claim_provider": PROVIDER, "claim_name": "groups", "claim_value": "ai-lab"}
    return publish(kind="claim", group=None, **claim)


@pytest.fixture
def by_list(publish: Publish, alice: User, pat: User) -> StandingRule:
    """With alice's address on it, which is hers."""
    rule = publish(kind="list", group=None)
    confirmed(alice)
    lists.add(rule, ["Alice@Example.org"], by=pat)
    return rule


def identity(person: User, **claims: Any) -> SocialAccount:
    """Their account at the provider, as of a sign-in just now."""
    data = {"userinfo": {"sub": "1", **claims}, "id_token": {"sub": "1"}}
    return SocialAccount.objects.create(
        user=person, provider=PROVIDER, uid=f"person-{person.pk}", extra_data=data
    )
