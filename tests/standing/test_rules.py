"""Drafting, publishing and ending standing rules, and keeping their lists."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.standing import lists, rules
from requests_app.models import Event, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.refusals import Invalid, NotAllowed, Refusal, WrongState
from requests_app.transitions import audit_chain
from requests_app.validation.policy_version import version_input_of
from requests_app.validation.standing.rule_input import digest, input_of
from tests.standing.conftest import Publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(policy: Policy, text: StandingRuleInput, pat: User) -> StandingRule:
    return rules.draft(policy, text, by=pat)


def test_draft_is_for_owners(policy: Policy, text: StandingRuleInput, rita: User) -> None:
    with pytest.raises(NotAllowed, match="Only the policy's owners can draft a standing rule"):
        rules.draft(policy, text, by=rita)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": " "}, "name", "A rule needs a name: one line of at most 100 characters."),
        ({"ai_models": []}, "ai_models", "Choose at least one model."),
        ({"operations": ["other"]}, "operations", "Choose from: messages, completions."),
        ({"duration": timedelta(hours=3)}, "duration", "Access must last at least a day."),
        (
            {"ends_at": timezone.now()},
            "ends_at",
            "A rule must end in the future, within 731 days. You can publish another.",
        ),
        (
            {"requests_per_day": 0},
            "requests_per_day",
            "Enter 1 to 10,000,000 requests per day, or leave blank for no limit.",
        ),
        ({"kind": "other"}, "kind", "Choose one of: group, claim, list."),
        ({"group": None}, "group", "Choose the group whose members may start access."),
        (
            {"kind": "claim", "claim_name": "groups", "claim_value": "lab"},
            "claim_provider",
            "Choose one of the sign-in providers of this site.",
        ),
    ],
)
def test_draft_refuses(
    policy: Policy,
    text: StandingRuleInput,
    pat: User,
    changes: dict[str, Any],
    field: str,
    sentence: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        rules.draft(policy, replace(text, **changes), by=pat)
    assert refused.value.errors == {field: sentence}


def test_draft_refuses_a_model_of_another_policy(
    policy: Policy, text: StandingRuleInput, pat: User
) -> None:
    lab = Provider.objects.create(slug="example", name="Example Lab")
    other = AIModel.objects.create(identifier="example-1", name="Example 1", provider=lab)
    with pytest.raises(Invalid, match="Example 1 isn't covered by this policy"):
        rules.draft(policy, replace(text, ai_models=[other]), by=pat)


def test_draft_drops_what_its_kind_does_not_use(draft: StandingRule, pat: User) -> None:
    text = replace(input_of(draft), kind="list", claim_name="groups")
    changed = rules.edit(draft, text, by=pat)
    assert (changed.group, changed.claim_name) == (None, "")


def test_edit_is_for_the_author(draft: StandingRule, lee: User, pat: User) -> None:
    text = replace(input_of(draft), name="Another")
    with pytest.raises(NotAllowed, match="Only the author can change this draft"):
        rules.edit(draft, text, by=lee)
    assert rules.edit(draft, text, by=pat).name == "Another"


def test_edit_and_publish_are_of_what_was_shown(draft: StandingRule, pat: User, lee: User) -> None:
    shown = digest(input_of(draft))
    rules.edit(draft, replace(input_of(draft), name="Another"), by=pat, shown=shown)
    with pytest.raises(WrongState, match="Someone has changed this rule"):
        rules.edit(draft, input_of(draft), by=pat, shown=shown)
    with pytest.raises(WrongState, match="Someone has changed this rule"):
        rules.publish(draft, by=lee, shown=shown)


def test_publish_takes_another_owner(draft: StandingRule, pat: User, rita: User, lee: User) -> None:
    with pytest.raises(NotAllowed, match="You wrote this rule, so another owner has to publish it"):
        rules.publish(draft, by=pat)
    with pytest.raises(NotAllowed, match="Only the policy's owners can do this"):
        rules.publish(draft, by=rita)
    published = rules.publish(draft, by=lee)
    assert (published.state, published.published_by) == ("published", lee)
    kinds = Event.objects.filter(subject=draft.public_id).order_by("sequence")
    assert list(kinds.values_list("kind", flat=True)) == [
        "standing_rule.drafted",
        "standing_rule.published",
    ]
    assert not list(audit_chain.problems())


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (
            {"max_duration": timedelta(days=30)},
            "Without review, access can't last longer than the policy's 30 days.",
        ),
        (
            {"requests_per_day": 50},
            "Without review, limits can't be wider than the policy's. At most 50 requests per day.",
        ),
    ],
)
def test_publish_refuses_more_than_the_policy_allows(
    draft: StandingRule, policy: Policy, pat: User, lee: User, limits: Any, sentence: str
) -> None:
    version = replace(version_input_of(policy.current), **limits)
    policies.publish(policies.draft(policy, version, by=pat), by=lee)
    with pytest.raises(Invalid) as refused:
        rules.publish(draft, by=lee)
    assert refused.value.sentence == sentence
    assert rules.why_not_publish(draft, lee, timezone.now()) == sentence


def test_publish_is_refused_to_the_author_by_the_database(draft: StandingRule, pat: User) -> None:
    rows = StandingRule.objects.filter(pk=draft.pk)
    with pytest.raises(IntegrityError, match="not_published_by_its_author"), transaction.atomic():
        rows.update(state="published", published_at=timezone.now(), published_by=pat)


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": timezone.now() + timedelta(days=700)},
        {"requests_per_day": None},
        {"name": "Another"},
        {"state": "draft", "published_at": None, "published_by": None},
    ],
)
def test_published_rule_is_never_changed(rule: StandingRule, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="never changed after its publication"):
        StandingRule.objects.filter(pk=rule.pk).update(**changes)


def test_published_rule_keeps_its_models_and_its_row(rule: StandingRule) -> None:
    with (
        pytest.raises(IntegrityError, match="models of a published standing rule"),
        transaction.atomic(),
    ):
        rule.ai_models.clear()
    with pytest.raises(IntegrityError):
        StandingRule.objects.filter(pk=rule.pk).delete()


def test_end_needs_an_owner_and_a_reason(rule: StandingRule, rita: User, lee: User) -> None:
    with pytest.raises(NotAllowed, match="Only the policy's owners can do this"):
        rules.end(rule, by=rita, reason="No.")
    with pytest.raises(Invalid, match="Give a reason"):
        rules.end(rule, by=lee, reason=" ")
    ended = rules.end(rule, by=lee, reason="The project is over.")
    assert (ended.state, ended.closed_by) == ("ended", lee)
    with pytest.raises(WrongState, match="This standing rule is ended, so it can't be ended"):
        rules.end(rule, by=lee, reason="Again.")


def test_end_drops_a_draft(draft: StandingRule, pat: User) -> None:
    assert rules.end(draft, by=pat, reason="Not needed.").published_at is None


# Lists --------------------------------------------------------------------------------------------


def test_list_is_kept_by_owners_and_only_for_its_kind(
    by_list: StandingRule, publish: Publish, rita: User, pat: User
) -> None:
    with pytest.raises(NotAllowed, match="Only the policy's owners can do this"):
        lists.add(by_list, ["new@example.org"], by=rita)
    with pytest.raises(NotAllowed, match="This rule has no list of addresses"):
        lists.add(publish(name="By group"), ["new@example.org"], by=pat)


def test_list_is_the_same_after_a_repeated_call(by_list: StandingRule, pat: User) -> None:
    for changed in (1, 0):
        done = lists.add(by_list, ["New@Example.org", "new@example.org"], by=pat)
        assert (done.changed, done.unchanged) == (changed, 1 - changed)
    for changed in (1, 0):
        done = lists.remove(by_list, ["new@EXAMPLE.org"], by=pat)
        assert (done.changed, done.unchanged) == (changed, 1 - changed)
    added = Event.objects.filter(kind="standing_rule.members_added", details__count=1)
    assert added.count() == 2  # alice, and the new one


@pytest.mark.parametrize(
    ("emails", "sentence"),
    [
        ([], "Name at least one address."),
        (["fine@example.org", "no address"], "Address 2: Enter one email address"),
        (["a@example.org"] * 1001, "Name at most 1,000 addresses in one call."),
    ],
)
def test_list_refuses_bad_addresses(
    by_list: StandingRule, pat: User, emails: list[str], sentence: str
) -> None:
    before = by_list.listed.count()
    with pytest.raises(Refusal, match=sentence):
        lists.add(by_list, emails, by=pat)
    assert by_list.listed.count() == before


def test_list_events_name_nobody(by_list: StandingRule, pat: User) -> None:
    lists.remove(by_list, ["alice@example.org"], by=pat)
    for event in Event.objects.filter(kind__startswith="standing_rule.members"):
        assert "alice" not in str(event.details)
