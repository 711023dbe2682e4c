"""Starting standing access: what it gives, what it records, and what refuses it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.grants import activation, capacities, grants, suspensions
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.standing import access, rules
from requests_app.models import AccessRequest, Grant, Notice, Policy, StandingRule
from requests_app.refusals import Invalid, NotAllowed, Refusal
from requests_app.rules.permissions import why_not
from requests_app.transitions import audit_chain
from requests_app.validation.policy_version import version_input_of
from requests_app.validation.standing import offers
from tests.conftest import ask_for, person
from tests.standing.conftest import Publish, identity

pytestmark = pytest.mark.django_db


def start(rule: StandingRule, by: User) -> Grant:
    return access.start(rule, by=by, accepts=True)


def refusal(rule: StandingRule, by: User) -> str:
    with pytest.raises(Refusal) as refused, transaction.atomic():
        start(rule, by)
    assert offers.why_not(rule, by, timezone.now()) == refused.value.sentence
    return refused.value.sentence


def test_start_gives_a_key_at_once(rule: StandingRule, opus: AIModel, alice: User) -> None:
    grant = start(rule, alice)
    assert (grant.state, grant.holder, grant.requests_per_day) == ("active", alice, 100)
    assert grant.duration == timedelta(days=90)
    assert [row.ai_model for row in grant.granted_models.all()] == [opus]
    assert keys.claim(grant, by=alice).secret


def test_start_is_recorded_as_admitted_by_the_publisher(
    rule: StandingRule, alice: User, lee: User
) -> None:
    record = start(rule, alice).access_request
    assert (record.state, record.standing_rule, record.closed_by) == ("approved", rule, lee)
    assert record.revision.purpose == f"Standing access by “Lab access” ({rule.public_id})."
    assert record.revision.accepted == record.policy_version
    kinds = list(record.events.order_by("sequence").values_list("kind", "actor"))
    assert [kind for kind, _ in kinds] == ["request.admitted", "grant.created", "grant.activated"]
    assert {actor for _, actor in kinds} == {alice.pk}
    assert record.events.get(sequence=1).details["rule"] == rule.public_id
    assert not list(audit_chain.problems())


def test_start_tells_the_member(rule: StandingRule, alice: User) -> None:
    start(rule, alice)
    assert Notice.objects.get().template == "standing_started"
    assert Notice.objects.get().recipient == alice


def test_start_needs_the_terms(rule: StandingRule, alice: User) -> None:
    with pytest.raises(Invalid, match="Accept the policy's terms to start"):
        access.start(rule, by=alice, accepts=False)


def test_start_is_for_exactly_what_was_shown(
    rule: StandingRule, alice: User, publish_terms: Callable[[str], None]
) -> None:
    shown = offers.offer(rule, alice, timezone.now()).digest
    publish_terms("Other terms.")
    with pytest.raises(Refusal, match="This has changed since you opened it"):
        access.start(rule, by=alice, accepts=True, shown=shown)


def test_start_gives_no_more_than_the_policy(
    rule: StandingRule, policy: Policy, alice: User, pat: User, lee: User
) -> None:
    text = replace(
        version_input_of(policy.current), requests_per_day=40, max_duration=timedelta(days=10)
    )
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    grant = start(rule, alice)
    assert (grant.requests_per_day, grant.duration) == (40, timedelta(days=10))


def test_start_ends_with_its_rule(publish: Publish, alice: User) -> None:
    ends_at = timezone.now() + timedelta(days=5)
    grant = start(publish(ends_at=ends_at), alice)
    assert grant.ends_at
    assert ends_at - timedelta(seconds=1) < grant.ends_at <= ends_at


# Refusals -----------------------------------------------------------------------------------------


def test_start_refuses_those_who_are_no_members(rule: StandingRule, eve: User) -> None:
    sentence = "You aren't a member for “Lab access”. You can send a request instead."
    assert refusal(rule, eve) == sentence


def test_start_refuses_a_sign_in_that_is_too_old(by_claim: StandingRule, alice: User) -> None:
    assert refusal(by_claim, alice) == (
        "You aren't a member for “Lab access”, by a sign-in with Campus in the last 30 days. "
        "Sign in with it again, or send a request instead."
    )
    identity(alice, groups="ai-lab")
    assert start(by_claim, alice).member_until


@pytest.mark.parametrize("name", ["pat", "lee"])
def test_start_refuses_author_and_publisher(
    rule: StandingRule, lab: Group, request: pytest.FixtureRequest, name: str
) -> None:
    maker = request.getfixturevalue(name)
    lab.user_set.add(maker)
    sentence = "You helped to make “Lab access”, so you can't use it. Send a request instead."
    assert refusal(rule, maker) == sentence
    version = rule.policy.current
    assert version
    with pytest.raises(IntegrityError, match="those who made it"), transaction.atomic():
        AccessRequest.objects.create(
            requester=maker, policy_version=version, created_at=timezone.now(), standing_rule=rule
        )


def test_start_refuses_a_second_grant(rule: StandingRule, alice: User) -> None:
    grant = start(rule, alice)
    assert refusal(rule, alice) == f"You already have access to this model: {grant}."


def test_start_refuses_beside_an_open_request(
    rule: StandingRule, opus: AIModel, alice: User
) -> None:
    open_one = requests.save(ask_for(opus), by=alice)
    assert refusal(rule, alice) == (
        f"You already have an open request for Claude Opus 3: {open_one}. Continue that one, or "
        "withdraw it first."
    )


def test_start_gives_the_models_that_are_free(
    publish: Publish, policy: Policy, opus: AIModel, sonnet: AIModel, alice: User
) -> None:
    rule = publish(ai_models=[opus, sonnet])
    requests.save(ask_for(opus), by=alice)
    grant = start(rule, alice)
    assert [row.ai_model for row in grant.granted_models.all()] == [sonnet]


@pytest.fixture
def sonnet(opus: AIModel, policy: Policy, pat: User) -> AIModel:
    sonnet = AIModel.objects.create(identifier="sonnet", provider=opus.provider, name="Sonnet")
    retirement = opus.retirements.get()
    retirement.pk, retirement.ai_model = None, sonnet
    retirement.save()
    policies.assign(policy, [opus, sonnet], by=pat)
    return sonnet


def test_start_refuses_a_withdrawn_model(rule: StandingRule, opus: AIModel, alice: User) -> None:
    AIModel.objects.filter(pk=opus.pk).update(withdrawn_at=timezone.now())
    sentence = "Claude Opus 3 has been withdrawn, so nobody can use it any more."
    assert refusal(rule, alice) == sentence


def test_start_refuses_a_model_that_left_the_policy(
    rule: StandingRule, policy: Policy, alice: User, pat: User
) -> None:
    policies.assign(policy, [], by=pat)
    assert refusal(rule, alice) == "No model of “Lab access” is under its policy any more."


def test_start_refuses_a_suspended_account(rule: StandingRule, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert refusal(rule, alice) == "This account is not in good standing."


def test_start_refuses_a_rule_that_is_over(
    rule: StandingRule, alice: User, pat: User, policy: Policy
) -> None:
    rules.end(rule, by=pat, reason="The project is over.")
    rule.refresh_from_db()
    assert refusal(rule, alice) == "“Lab access” is over. You can send a request instead."


def test_start_refuses_what_an_owner_revoked(rule: StandingRule, alice: User, pat: User) -> None:
    grant = start(rule, alice)
    grants.revoke(grant, by=pat, reason="Shared the key.")
    assert refusal(rule, alice) == (
        f"An owner of the policy stopped your access {grant}, so it can't start again without a "
        "review. Send a request instead."
    )


def test_start_refuses_what_ended_while_suspended(
    rule: StandingRule, alice: User, pat: User
) -> None:
    grant = start(rule, alice)
    suspensions.suspend(grant, by=pat, reason="Odd calls.")
    grants.end(grant, by=alice)
    assert "An owner of the policy stopped your access" in refusal(rule, alice)


def test_start_by_a_later_rule_after_a_whole_policy_was_revoked(
    publish: Publish, policy: Policy, alice: User, pat: User
) -> None:
    first = publish()
    start(first, alice)
    bulk_revocation.revoke_everything(policy, by=pat, reason="An incident.")
    first.refresh_from_db()
    assert (first.state, first.closing_reason) == ("ended", "An incident.")
    assert refusal(first, alice) == "“Lab access” is over. You can send a request instead."
    assert not list(audit_chain.problems())
    assert start(publish(name="After the incident"), alice).state == "active"


def test_start_waits_for_a_place(
    rule: StandingRule, policy: Policy, opus: AIModel, alice: User, bob: User, pat: User
) -> None:
    capacities.set_capacity(policy, opus, by=pat, places=1, monthly_budget=None)
    first, second = start(rule, alice), start(rule, bob)
    assert (first.state, second.state) == ("active", "waiting")
    grants.end(first, by=alice)
    assert activation.activate(second.pk, now=timezone.now())


def test_start_from_the_waitlist_only_while_a_member(
    rule: StandingRule, policy: Policy, opus: AIModel, lab: Group, alice: User, pat: User
) -> None:
    capacities.set_capacity(policy, opus, by=pat, places=0, monthly_budget=None)
    grant = start(rule, alice)
    capacities.set_capacity(policy, opus, by=pat, places=1, monthly_budget=None)
    lab.user_set.clear()
    assert not activation.activate(grant.pk, now=timezone.now())


def test_standing_access_is_neither_extended_nor_shared(rule: StandingRule, alice: User) -> None:
    grant = start(rule, alice)
    sentence = why_not("extend", grant, alice)
    assert sentence == (
        "Standing access isn't extended. While you are a member, you can start again when it has "
        "ended."
    )
    with pytest.raises(NotAllowed, match="Standing access isn't extended"):
        requests.extend(grant, by=alice)


def test_start_again_after_its_end(rule: StandingRule, alice: User) -> None:
    grants.end(start(rule, alice), by=alice)
    assert start(rule, alice).state == "active"


def test_start_by_eve_who_joins_later(rule: StandingRule, lab: Group) -> None:
    late = person("late")
    lab.user_set.add(late)
    assert start(rule, late).state == "active"
