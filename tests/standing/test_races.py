"""Starts against what takes the membership away, with real threads."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.standing import access, lists, rules
from requests_app.models import AccessRequest, Grant, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from requests_app.validation.standing.rule_input import digest, input_of
from tests.standing.conftest import Publish
from tests.support.concurrency import at_once, one_won, started
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(size(3, 100))


def live() -> int:
    return Grant.objects.live().count()


def test_two_starts_at_once_give_one_grant(rule: StandingRule, alice: User) -> None:
    def start() -> Grant:
        return access.start(rule, by=alice, accepts=True)

    for _ in ROUNDS:
        results = at_once(start, start, start)
        assert one_won(results)
        assert (live(), AccessRequest.objects.count()) == (1, Grant.objects.count())
        grants.end(Grant.objects.live().get(), by=alice)
    assert not list(audit_chain.problems())


def expel(person: User, lab: Group) -> None:
    """As the desk's page of a person does."""
    with transaction.atomic():
        User.objects.get(pk=person.pk).save()
        lab.user_set.remove(person)
        access.recheck_person(person)


def test_start_and_removal_from_the_group_leave_nothing(
    rule: StandingRule, lab: Group, alice: User
) -> None:
    for _ in ROUNDS:
        results = at_once(
            lambda: access.start(rule, by=alice, accepts=True), lambda: expel(alice, lab)
        )
        assert isinstance(results[0], Grant | Refusal)
        assert (results[1], live()) == (None, 0)
        lab.user_set.add(alice)


def test_start_waits_for_a_removal_under_way(rule: StandingRule, lab: Group, alice: User) -> None:
    with transaction.atomic():
        expel(alice, lab)
        join = started(lambda: access.start(rule, by=alice, accepts=True))
    assert isinstance(join(), Refusal)
    assert live() == 0


def test_start_and_end_of_the_rule_leave_nothing(
    policy: Policy, text: StandingRuleInput, publish: Publish, alice: User, pat: User
) -> None:
    for turn in ROUNDS:
        rule = publish(name=f"Rule {turn}")
        results = at_once(
            lambda rule=rule: access.start(rule, by=alice, accepts=True),  # type: ignore[misc]
            lambda rule=rule: rules.end(rule, by=pat, reason="Over."),  # type: ignore[misc]
        )
        assert isinstance(results[0], Grant | Refusal)
        assert (results[1].state, live()) == ("ended", 0)


def test_start_and_removal_from_the_list_leave_nothing(
    by_list: StandingRule, alice: User, pat: User
) -> None:
    for _ in ROUNDS:
        results = at_once(
            lambda: access.start(by_list, by=alice, accepts=True),
            lambda: lists.remove(by_list, [alice.email], by=pat),
        )
        assert isinstance(results[0], Grant | Refusal)
        assert (results[1].changed, live()) == (1, 0)
        lists.add(by_list, [alice.email], by=pat)


def test_publication_and_edit_at_once_publish_what_was_read(
    policy: Policy, text: StandingRuleInput, pat: User, lee: User
) -> None:
    for _ in ROUNDS:
        rule = rules.draft(policy, text, by=pat)
        shown = digest(input_of(rule))
        longer = replace(input_of(rule), duration=timedelta(days=100))
        results = at_once(
            lambda rule=rule, to=longer: rules.edit(rule, to, by=pat),  # type: ignore[misc]
            lambda rule=rule, shown=shown: rules.publish(rule, by=lee, shown=shown),  # type: ignore[misc]
        )
        assert one_won(results)
