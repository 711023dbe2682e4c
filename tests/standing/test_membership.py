"""Who is a member by a rule of each kind."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.standing import lists
from requests_app.models import StandingRule
from requests_app.rules import standing
from tests.conftest import confirmed
from tests.standing.conftest import identity

pytestmark = pytest.mark.django_db


def members(rule: StandingRule, **later: int) -> set[str]:
    """By a query for the rule's people; one for each person's rules has to agree."""
    now = timezone.now() + timedelta(**later)
    found = set(standing.members(rule, now))
    everybody, published = User.objects.all(), StandingRule.objects.all()
    assert found == {one for one in everybody if standing.of_member(published, one, now).exists()}
    return {person.full_name for person in found}


def test_members_of_a_group_are_its_people_in_good_standing(
    rule: StandingRule, lab: Group, alice: User, bob: User, eve: User
) -> None:
    assert members(rule) == {"Alice", "Bob"}
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert members(rule) == {"Alice"}
    lab.user_set.set([eve])
    assert members(rule) == {"Eve"}


@pytest.mark.parametrize(
    ("claims", "is_member"),
    [
        ({"groups": "ai-lab"}, True),
        ({"groups": ["staff", "ai-lab"]}, True),
        ({"groups": ["staff"]}, False),
        ({"groups": "ai-lab-2"}, False),
        ({"groups": "AI-Lab"}, False),
        ({"groups": [["ai-lab"]]}, False),
        ({"groups": {"ai-lab": True}}, False),
        ({"groups": True}, False),
        ({"groups": None}, False),
        ({"role": "ai-lab"}, False),
        ({}, False),
    ],
)
def test_members_by_a_claim_have_the_text_or_a_list_with_it(
    by_claim: StandingRule, alice: User, claims: dict[str, Any], is_member: bool
) -> None:
    identity(alice, **claims)
    assert members(by_claim) == ({"Alice"} if is_member else set())


def test_members_by_a_claim_of_the_token_only_where_userinfo_has_none(
    by_claim: StandingRule, alice: User
) -> None:
    account = identity(alice)
    claims: dict[str, Any] = {"sub": "1"}
    data = {"userinfo": claims, "id_token": {"sub": "1", "groups": ["ai-lab"]}}
    SocialAccount.objects.filter(pk=account.pk).update(extra_data=data)
    assert members(by_claim) == {"Alice"}
    claims["groups"] = []
    SocialAccount.objects.filter(pk=account.pk).update(extra_data=data)
    assert members(by_claim) == set()


def test_members_by_a_claim_signed_in_within_the_age(by_claim: StandingRule, alice: User) -> None:
    identity(alice, groups="ai-lab")
    assert members(by_claim, days=29) == {"Alice"}
    assert members(by_claim, days=30, seconds=1) == set()


def test_members_by_a_claim_of_a_provider_that_the_site_trusts(
    by_claim: StandingRule, alice: User, settings: Settings
) -> None:
    account = identity(alice, groups="ai-lab")
    SocialAccount.objects.filter(pk=account.pk).update(provider="other")
    assert members(by_claim) == set()
    SocialAccount.objects.filter(pk=account.pk).update(provider="campus")
    settings.SIGN_IN_PROVIDERS = {}
    assert members(by_claim) == set()


def test_members_of_a_list_have_verified_the_address(
    by_list: StandingRule, alice: User, bob: User, pat: User
) -> None:
    lists.add(by_list, ["bob@example.org"], by=pat)
    EmailAddress.objects.create(user=bob, email=bob.email, verified=False)
    assert members(by_list) == {"Alice"}
    EmailAddress.objects.filter(user=bob).update(verified=True)
    assert members(by_list) == {"Alice", "Bob"}
    lists.remove(by_list, ["alice@example.org"], by=pat)
    assert members(by_list) == {"Bob"}


def test_members_of_a_list_are_not_those_who_put_themselves_on_it(
    by_list: StandingRule, pat: User, lee: User
) -> None:
    confirmed(pat)
    lists.add(by_list, [pat.email], by=pat)
    assert members(by_list) == {"Alice"}
    lists.remove(by_list, [pat.email], by=lee)
    lists.add(by_list, [pat.email], by=lee)
    assert members(by_list) == {"Alice", "Pat"}
