"""No grant ends later than its approval says, in whatever order things happen to it.

Random histories on the real tables. What was approved is noted here when it is approved, apart
from the columns that the code keeps.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import key_format, tasks
from requests_app.actions import policies
from requests_app.actions.grants import (
    capacities,
    collaborators,
    confirmations,
    grants,
    suspensions,
)
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.gateway import lookup
from requests_app.gateway.decision import Allowed, KeyRow, decide
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, PolicyModel, Scope, Stage
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, signed
from tests.support import accepted_collaborators
from tests.support.soak_sizes import SOAK, size

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
LENGTHS = (1, 10, 30, 200, 300)
MUST_HAPPEN = {
    "extension",
    "grant.activated",
    "grant.collaborator_left",
    "grant.confirmation_asked",
    "grant.confirmed",
    "grant.end_announced",
    "grant.ended",
    "grant.resumed",
    "grant.revoked",
    "grant.shortened",
    "grant.suspended",
    "grant.terms_accepted",
    "key.claimed",
    "policy.capacity_set",
}
SWEEPS = (
    tasks.activate_grants,
    tasks.end_grants,
    tasks.lapse_grants,
    tasks.announce_ends,
    tasks.ask_for_confirmations,
    tasks.suspend_unconfirmed_grants,
    tasks.end_unconfirmed_grants,
)
some = st.integers(0, 99)
people = st.sampled_from(("alice", "bob"))

LIVE_TOGETHER = """
SELECT one.id, other.id
FROM requests_app_grant AS one
JOIN requests_app_grant AS other ON other.holder_id = one.holder_id AND other.id > one.id
JOIN requests_app_grantedmodel AS mine ON mine.grant_id = one.id
JOIN requests_app_grantedmodel AS its
    ON its.grant_id = other.id AND its.ai_model_id = mine.ai_model_id
WHERE one.state IN ('active', 'suspended') AND other.state IN ('active', 'suspended')
  AND one.activated_at < other.ends_at AND other.activated_at < one.ends_at
"""
KEYS_THAT_OUTLIVE = """
SELECT key.id FROM requests_app_key AS key
JOIN requests_app_grant AS access ON access.id = key.grant_id
WHERE key.expires_at > access.ends_at
"""


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())


def row_of(secret: str) -> KeyRow:
    """What the gateway's own statement finds."""
    digests = key_format.digests(secret, django_settings.KEY_PEPPERS)
    (found,) = rows(lookup.KEY, list(digests))
    return lookup.key_row(found)


@dataclass
class Cast:
    people: dict[str, User]
    ai_models: list[AIModel]
    policy: Policy


@dataclass(frozen=True)
class Given:
    """What an approval said, and the end that was known last."""

    length: timedelta
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def last_moment(self) -> datetime:
        assert self.begins
        return self.begins + self.length


class Lives(RuleBasedStateMachine):
    """One history: asked, approved, extended, suspended, shortened, shared, swept late or not."""

    cast: Cast
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.given: dict[int, Given] = {}
        self.secrets: dict[int, str] = {}
        self.history = transaction.atomic()
        self.history.__enter__()

    def teardown(self) -> None:
        assert not list(audit_chain.problems())
        connection.check_constraints()
        self.seen.update(Event.objects.values_list("kind", flat=True))
        self.seen["extension"] += Grant.objects.filter(
            access_request__continues__ends_at=F("activated_at")
        ).count()
        transaction.set_rollback(True)
        self.history.__exit__(None, None, None)

    def do(self, act: Callable[[], Any]) -> Any:
        """The result, or None for what was refused. Nothing else may be raised."""
        try:
            with time_machine.travel(self.now, tick=False), transaction.atomic():
                return act()
        except Refusal:
            return None

    def a_grant(self, number: int, *states: str) -> Grant:
        """Mostly the newest in one of these states, or any."""
        found = list(Grant.objects.filter(state__in=states).order_by("-pk"))
        found = found or list(Grant.objects.order_by("-pk"))
        return found[number % len(found) if number >= 60 else 0]

    def person(self, name: str) -> User:
        return self.cast.people[name]

    # What people do ---------------------------------------------------------------------------

    @initialize(days=st.sampled_from(LENGTHS), shared=st.booleans())
    def begin(self, days: int, shared: bool) -> None:
        self.ask("alice", days, 1, shared)
        self.approve(0, 0)
        self.claim("alice", 0)

    @rule(who=people, days=st.sampled_from(LENGTHS), which=st.integers(1, 3), shared=st.booleans())
    def ask(self, who: str, days: int, which: int, shared: bool) -> None:
        ai_models = [each for bit, each in enumerate(self.cast.ai_models) if which >> bit & 1]
        others = ("bob@example.org",) if shared and who == "alice" else ()
        self.do(lambda: self.send(ai_models, days, who, others))

    def send(
        self, ai_models: Sequence[AIModel], days: int, who: str, others: tuple[str, ...]
    ) -> AccessRequest:
        ask = replace(ask_for(*ai_models, days=days), collaborators=others)
        return accepted_collaborators.save(ask, by=self.person(who), submit=True)

    @rule(number=some, cut=st.sampled_from((0, 0, 0, 1, 5)))
    def approve(self, number: int, cut: int) -> None:
        stages = list(Stage.objects.open().order_by("-pk"))
        if not stages:
            return
        stage = stages[number % len(stages)]
        scope = stage.revision.scope()
        less = replace(scope, duration=scope.duration - cut * DAY)
        if self.do(lambda: self.vote(stage, less)):
            grant = Grant.objects.get(access_request=stage.access_request_id)
            self.given[grant.pk] = Given(less.duration)

    def vote(self, stage: Stage, scope: Scope) -> Stage:
        shown = stage.revision.digest()
        by = self.person("rita")
        return votes.approve(stage, by=by, reason="Sound.", shown=shown, narrowed_to=scope)

    @rule(number=some)
    def extend(self, number: int) -> None:
        grant = self.a_grant(number, "active", "ended")
        asked = self.do(lambda: requests.extend(grant, by=grant.holder))
        if asked:
            self.do(lambda: requests.submit(signed(asked), by=grant.holder))

    @rule(number=some)
    def goes_on(self, number: int) -> None:
        """In its last days it is extended, and the new key is made at once."""
        grant = self.a_grant(number, "active")
        if grant.ends_at:
            self.now = max(self.now, grant.ends_at - 3 * DAY)
        self.extend(number)
        self.approve(0, 0)
        self.claim(grant.holder.email.partition("@")[0], 0)

    @rule(who=people, number=some)
    def claim(self, who: str, number: int) -> None:
        grant = self.a_grant(number, "active")
        claimed = self.do(lambda: keys.claim(grant, by=self.person(who)))
        if claimed:
            self.secrets[claimed.key.pk] = claimed.secret

    @rule(number=some)
    def revoke_a_key(self, number: int) -> None:
        key = Key.objects.order_by("-pk").first()
        if key:
            self.do(lambda: key_revocation.revoke(key, by=key.holder))

    @rule(number=some)
    def suspend(self, number: int) -> None:
        grant = self.a_grant(number, "active")
        self.do(lambda: suspensions.suspend(grant, by=self.person("pat"), reason="Looked into."))

    @rule(number=some)
    def resume(self, number: int) -> None:
        grant = self.a_grant(number, "suspended")
        self.do(lambda: suspensions.resume(grant, by=self.person("pat"), reason="All is well."))

    @rule(number=some, hours=st.sampled_from((0, 1, 24, 400)))
    def look_into(self, number: int, hours: int) -> None:
        """Suspended, and resumed a while later."""
        self.suspend(number)
        self.now += timedelta(hours=hours)
        self.resume(number)

    @rule(number=some)
    def confirm(self, number: int) -> None:
        grant = self.a_grant(number, "suspended", "active")
        self.do(lambda: confirmations.confirm(grant, by=grant.holder))

    @rule(late=st.sampled_from((-14 * DAY, -DAY, -TICK, 0 * DAY, 3 * DAY, 20 * DAY)))
    def is_asked_to_confirm(self, late: timedelta) -> None:
        """The newest long grant; answered in time, too late, or never for being over."""
        grant = Grant.objects.live().exclude(confirm_by=None).order_by("pk").last()
        if grant and grant.confirm_by:
            self.now = max(self.now, grant.confirm_by - 14 * DAY)
            self.do(tasks.ask_for_confirmations)
            self.now = max(self.now, grant.confirm_by + late)
            self.do(tasks.suspend_unconfirmed_grants)
            self.do(lambda: confirmations.confirm(grant, by=grant.holder))

    @rule(number=some, hours=st.integers(1, 5000))
    def shorten(self, number: int, hours: int) -> None:
        grant = self.a_grant(number, "active")
        end = self.now + timedelta(hours=hours)
        self.do(lambda: grants.shorten(grant, by=grant.holder, ends_at=end))

    @rule(number=some)
    def end(self, number: int) -> None:
        grant = self.a_grant(number, "active")
        self.do(lambda: grants.end(grant, by=grant.holder))

    @rule(number=some)
    def revoke(self, number: int) -> None:
        grant = self.a_grant(number, "active")
        self.do(lambda: grants.revoke(grant, by=self.person("pat"), reason="Misused."))

    @rule(number=some, leaves=st.booleans())
    def share(self, number: int, leaves: bool) -> None:
        grant, bob = self.a_grant(number, "active"), self.person("bob")
        act = collaborators.leave if leaves else collaborators.accept
        self.do(lambda: act(grant, by=bob))

    @rule(place=st.integers(0, 1), places=st.sampled_from((None, 0, 1, 2)))
    def bound(self, place: int, places: int | None) -> None:
        ai_model, pat = self.cast.ai_models[place], self.person("pat")
        bounds = {"places": places, "monthly_budget": None}
        self.do(lambda: capacities.set_capacity(self.cast.policy, ai_model, by=pat, **bounds))

    # What time does ---------------------------------------------------------------------------

    @rule(hours=st.sampled_from((1, 24, 6 * 24, 13 * 24, 29 * 24, 90 * 24)))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=some, early=st.sampled_from((-TICK, 0 * TICK, TICK, DAY, 14 * DAY)))
    def wait_for_an_end(self, number: int, early: timedelta) -> None:
        ends_at = self.a_grant(number, "active", "suspended").ends_at
        if ends_at:
            self.now = max(self.now, ends_at - early)

    @rule(number=some)
    def wait_for_a_question(self, number: int) -> None:
        """Whether it is still needed, which chance alone seldom asks."""
        asked_at = self.a_grant(number, "active").confirmation_notice_at
        if asked_at:
            self.now = max(self.now, asked_at)
            self.do(tasks.ask_for_confirmations)

    @rule(which=st.sets(st.sampled_from(range(len(SWEEPS))), min_size=1))
    def sweep(self, which: set[int]) -> None:
        for place in sorted(which):
            self.do(SWEEPS[place])

    # What must hold ---------------------------------------------------------------------------

    @invariant()
    def no_end_moves_later_nor_beyond_what_was_approved(self) -> None:
        for grant in Grant.objects.all():
            known = self.given[grant.pk]
            assert grant.duration == known.length
            if grant.activated_at is None:
                continue
            assert known.begins in (None, grant.activated_at)
            begun = replace(known, begins=grant.activated_at, ends=grant.ends_at)
            assert grant.ends_at <= begun.last_moment
            assert known.ends is None or grant.ends_at <= known.ends
            self.given[grant.pk] = begun

    @invariant()
    def no_key_outlives_its_grant_and_no_two_grants_meet(self) -> None:
        assert rows(KEYS_THAT_OUTLIVE) == []
        assert rows(LIVE_TOGETHER) == []

    @invariant()
    def the_check_says_no_from_the_end_on(self) -> None:
        for key in Key.objects.select_related("grant").filter(pk__in=self.secrets):
            known, row = self.given[key.grant_id], row_of(self.secrets[key.pk])
            assert known.ends
            for late in (known.ends, known.ends + TICK, known.last_moment, known.ends + 999 * DAY):
                assert not self.lets_through(row, late)
            if self.lets_through(row, self.now):
                assert key.grant.state == "active"
                assert known.begins
                assert known.begins <= self.now

    def lets_through(self, row: KeyRow, now: datetime) -> bool:
        named = [*row.models, *(each.identifier for each in self.cast.ai_models)]
        return any(isinstance(decide(row, now, name, "messages"), Allowed) for name in named)


@pytest.fixture
def cast(
    policy: Policy,
    opus: AIModel,
    reviewers: Group,
    alice: User,
    bob: User,
    rita: User,
    pat: User,
    lee: User,
) -> Cast:
    haiku = AIModel.objects.create(identifier="haiku", provider=opus.provider, name="Haiku")
    for retirement in opus.retirements.all():
        retirement.pk, retirement.ai_model = None, haiku
        retirement.save()
    haiku.access_routes.create(kind="request")
    PolicyModel.objects.create(policy=policy, ai_model=haiku)
    steps = [policies.StepInput("Research review", reviewers)]
    text = policies.VersionInput("For research.", steps, max_duration=365 * DAY)
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    people = {"alice": alice, "bob": bob, "rita": rita, "pat": pat}
    return Cast(people, [opus, haiku], policy)


@pytest.mark.django_db
def test_no_grant_ends_later_than_its_approval_says(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    Lives.cast = cast
    Lives.seen.clear()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=size(2, 300),
            stateful_step_count=size(12, 30),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not [record for record in caplog.records if record.levelname == "ERROR"]  # in a sweep
    missed = MUST_HAPPEN - set(Lives.seen)
    assert Lives.seen["key.claimed"]
    assert not (SOAK and missed), missed
