"""Each mail about an access or its keys has one link that its reader may open."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.grants import (
    activation,
    capacities,
    collaborators,
    confirmations,
    grants,
    model_withdrawal,
    suspensions,
)
from requests_app.actions.keys import external_keys, key_revocation, keys, leaks
from requests_app.actions.review import break_glass
from requests_app.actions.standing import access, rules
from requests_app.models import Policy
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.transitions.locks import lock_key
from requests_app.transitions.transition import record_event
from tests.conftest import broken_by
from tests.support.desk_client import publish_next
from tests.support.mail_walk import Get, MailWalk, Walk, at, seen_on, shared_grant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def waiting(get: Get, walk: MailWalk) -> None:
    opus, pat = get("opus"), get("pat")
    capacities.set_capacity(get("policy"), opus, by=pat, places=0, monthly_budget=None)
    grant = shared_grant(get)
    walk.go()
    capacities.set_capacity(get("policy"), opus, by=pat, places=1, monthly_budget=None)
    assert activation.activate(grant.pk, now=timezone.now())
    walk.go()


def life_of_a_grant(get: Get, walk: MailWalk) -> None:
    """Long enough to be confirmed."""
    policy: Policy = get("policy")
    publish_next(policy, by=(get("pat"), get("lee")), max_duration=365 * DAY)
    grant, alice, pat = shared_grant(get, 200), get("alice"), get("pat")
    walk.go()
    keys.claim(grant, by=alice)
    suspensions.suspend(grant, by=pat, reason="A look.")
    walk.go()
    suspensions.resume(grant, by=pat, reason="All well.")
    walk.go()
    grant.refresh_from_db()
    with at(grant.confirmation_notice_at):
        assert confirmations.request_confirmation(grant.pk, now=timezone.now())
        walk.go()
    grants.shorten(grant, by=alice, ends_at=timezone.now() + 60 * DAY)
    walk.go()
    grant.refresh_from_db()
    with at(grant.expiry_notice_at):
        assert grants.announce_end(grant.pk, now=timezone.now())
        walk.go()
    with at(grant.ends_at):
        assert grants.end_due(grant.pk, now=timezone.now())
        walk.go()


def revoked(get: Get, walk: MailWalk) -> None:
    get("policy")
    grant = shared_grant(get)
    walk.go()
    collaborators.leave(grant, by=get("bob"))
    walk.go()
    grants.revoke(grant, by=get("pat"), reason="It leaked.")
    walk.go()


def removed(get: Get, walk: MailWalk) -> None:
    get("policy")
    grant = shared_grant(get)
    collaborators.remove(grant, get("bob"), by=get("alice"))
    walk.go()


def of_keys(get: Get, walk: MailWalk) -> None:
    grant, alice = get("grant"), get("alice")
    first = keys.claim(grant, by=alice)
    walk.go()
    key_revocation.revoke(first.key, by=alice)
    walk.go()
    second = keys.claim(grant, by=alice)
    leaks.report([second.secret])
    walk.go()
    third = lock_key(keys.claim(grant, by=alice).key.pk)
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    told = {"issuer": "campus", "tries": 9, "problem": "500"}
    record_event(third, "key.stuck", by=None, at=timezone.now(), details=told)
    external_keys.fail(third, problem="Lost.", now=timezone.now())
    walk.go()


def emergency(get: Get, walk: MailWalk) -> None:
    broken = broken_by(get("zoe"), get("in_review")).break_glass
    walk.go()
    with at(broken.remind_at):
        assert break_glass.remind(broken.pk, now=timezone.now())
        walk.go()


def ended_by_an_operator(get: Get, walk: MailWalk) -> None:
    get("policy")
    shared_grant(get)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    model_withdrawal.withdraw(get("policy"), get("opus"), by=ada, reason="The weights leaked.")
    walk.go()
    bulk_revocation.revoke_everything(get("alice"), by=ada, reason="Left.")
    walk.go()


def standing(get: Get, walk: MailWalk) -> None:
    lab = Group.objects.create(name="Opus lab")
    lab.user_set.add(get("alice"))
    text = StandingRuleInput(
        "Lab access", [get("opus")], timezone.now() + 365 * DAY, group=lab, requests_per_day=100
    )
    rule = rules.publish(rules.draft(get("policy"), text, by=get("pat")), by=get("lee"))
    access.start(rule, by=get("alice"), accepts=True)
    walk.go()


WALKS: Mapping[Walk, set[str]] = {
    waiting: {"shared_approved", "grant_active", "shared_active"},
    life_of_a_grant: {
        "key_claimed",
        *(
            f"{whose}_{what}"
            for whose in ("grant", "shared")
            for what in ("suspended", "resumed", "shortened", "ends_soon", "ended")
        ),
        "grant_confirm",
    },
    revoked: {"shared_left", "grant_revoked"},
    removed: {"shared_removed"},
    of_keys: {"key_revoked", "key_leaked", "owners_key_leaked", "key_failed", "key_stuck"},
    emergency: {"break_glass_used", "break_glass_review"},
    ended_by_an_operator: {
        "model_withdrawn",
        "owners_model_withdrawn",
        "access_ended",
        "owners_access_ended",
    },
    standing: {"standing_started"},
}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_mail_has_one_link_that_its_reader_may_open(
    request: pytest.FixtureRequest, walk: Walk
) -> None:
    assert seen_on(walk, request.getfixturevalue) >= WALKS[walk]
