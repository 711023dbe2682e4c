"""Places and budgets: who waits, who is next, and that never more start than there are places."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from lifecycle.people.models import User
from requests_app import clock, tasks
from requests_app.actions import policies
from requests_app.actions.grants import activation, capacities, grants
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import Event, Grant, Policy, Stage, Usage
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.waitlist import Waitlist
from tests.conftest import ask_for, person, today
from tests.support.concurrency import at_once, is_blocked, started
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

Ask = Callable[..., Grant]


@pytest.fixture
def sonnet(opus: AIModel, policy: Policy, pat: User) -> AIModel:
    """A second model under the same policy."""
    sonnet = AIModel.objects.create(
        identifier="sonnet", provider=opus.provider, name="Claude Sonnet 3"
    )
    Retirement.objects.create(
        ai_model=sonnet, platform="API", retires=today() - timedelta(days=9), precision="day"
    )
    AccessRoute.objects.create(ai_model=sonnet, kind=AccessRoute.Kind.REQUEST)
    policies.assign(policy, [opus, sonnet], by=pat)
    return sonnet


@pytest.fixture
def granted(policy: Policy, opus: AIModel, rita: User) -> Ask:
    """What somebody gets who asks now and is approved at once."""

    def granted(name: str, *ai_models: AIModel) -> Grant:
        by = User.objects.filter(email=f"{name}@example.org").first() or person(name)
        asked = requests.save(ask_for(*(ai_models or (opus,))), by=by, submit=True)
        stage = asked.stages.open().get()
        votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
        return asked.grants.get()

    return granted


@pytest.fixture
def bound(policy: Policy, pat: User) -> Callable[..., Any]:
    def bound(
        ai_model: AIModel, places: int | None = None, monthly_budget: int | None = None
    ) -> None:
        bounds = {"places": places, "monthly_budget": monthly_budget}
        capacities.set_capacity(policy, ai_model, by=pat, **bounds)

    return bound


def states(*rows: Grant) -> list[str]:
    return [Grant.objects.get(pk=row.pk).state for row in rows]


def places(grant: Grant) -> list[tuple[str, int]]:
    found = Waitlist(timezone.now()).positions_of(Grant.objects.get(pk=grant.pk))
    return [(place.ai_model.name, place.number) for place in found]


def test_approve_waits_in_line_when_all_places_are_taken(
    granted: Ask, bound: Any, opus: AIModel
) -> None:
    bound(opus, places=1)
    first, second, third = granted("ann"), granted("ben"), granted("cem")
    assert states(first, second, third) == ["active", "waiting", "waiting"]
    assert (places(first), places(second)) == ([], [("Claude Opus 3", 1)])
    assert places(third) == [("Claude Opus 3", 2)]


def test_end_gives_the_place_to_who_is_first(
    granted: Ask,
    bound: Any,
    opus: AIModel,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bound(opus, places=1)
    first, second, third = granted("ann"), granted("ben"), granted("cem")
    with django_capture_on_commit_callbacks(execute=True):
        grants.end(first, by=first.holder)
    assert states(first, second, third) == ["ended", "active", "waiting"]


def test_sweep_starts_who_is_first_and_nobody_else(granted: Ask, bound: Any, opus: AIModel) -> None:
    bound(opus, places=1)
    first, second, third = granted("ann"), granted("ben"), granted("cem")
    grants.end(first, by=first.holder)
    assert not activation.activate(third.pk, now=timezone.now())
    assert tasks.activate_grants() == 1
    assert tasks.activate_grants() == 0
    assert states(second, third) == ["active", "waiting"]


def test_two_models_start_together_and_are_not_overtaken(
    granted: Ask, bound: Any, opus: AIModel, sonnet: AIModel
) -> None:
    bound(opus, places=1)
    bound(sonnet, places=1)
    first, both, later = granted("ann"), granted("ben", opus, sonnet), granted("cem", sonnet)
    assert states(first, both, later) == ["active", "waiting", "waiting"]
    assert places(later) == [("Claude Sonnet 3", 2)]
    grants.end(first, by=first.holder)
    tasks.activate_grants()
    assert states(both, later) == ["active", "waiting"]


def test_suspended_grants_keep_their_place(granted: Ask, bound: Any, opus: AIModel) -> None:
    bound(opus, places=1)
    first, second = granted("ann"), granted("ben")
    Grant.objects.filter(pk=first.pk).update(state="suspended", suspended_at=timezone.now())
    assert tasks.activate_grants() == 0
    assert states(second) == ["waiting"]


def test_spent_budget_keeps_others_waiting_until_it_is_raised_or_the_month_is_over(
    granted: Ask, bound: Any, opus: AIModel
) -> None:
    bound(opus, monthly_budget=5)
    first = granted("ann")
    key = keys.claim(first, by=first.holder).key
    usage = Usage.objects.create(key=key, ai_model=opus, day=today(), cost=5_000_000)
    second = granted("ben")
    assert states(second) == ["waiting"]
    usage.cost -= 1
    usage.save()
    assert tasks.activate_grants() == 1


def test_who_waits_for_money_is_told_so_on_every_door(
    granted: Ask, bound: Any, opus: AIModel
) -> None:
    bound(opus, monthly_budget=0)
    waiting = granted("ben")
    place = f"/access/{waiting.public_id}/"
    assert "This month's budget is used up. It resets on" in text_of(
        signed_in(waiting.holder).get(place)
    )
    answer = signed_in(waiting.holder).get(f"/api/v1/grants/{waiting.public_id}/")
    [line] = answer.json()["line"]
    assert datetime.fromisoformat(line["not_before"]) == clock.next_month(timezone.now())
    bound(opus, places=0)
    assert "budget is used up" not in text_of(signed_in(waiting.holder).get(place))


def test_whose_models_were_all_withdrawn_while_they_waited_is_ended_and_told(
    granted: Ask, bound: Any, opus: AIModel
) -> None:
    bound(opus, places=0)
    waiting = granted("ben")
    AIModel.objects.update(withdrawn_at=timezone.now())
    bound(opus, places=1)
    assert tasks.activate_grants() == 0
    assert (tasks.end_grants_without_models(), tasks.end_grants_without_models()) == (1, 0)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.activated_at) == ("ended", None)
    tasks.send_notices()
    [told] = [each for each in mail.outbox if each.subject.startswith("Your access has ended")]
    assert "permanently withdrawn before it could start. It never started" in flat(str(told.body))
    assert "requests/new/" not in str(told.body)


def test_nobody_waits_for_a_model_that_was_withdrawn(
    granted: Ask, bound: Any, opus: AIModel, sonnet: AIModel
) -> None:
    bound(opus, places=0)
    both = granted("ben", opus, sonnet)
    AIModel.objects.filter(pk=opus.pk).update(withdrawn_at=timezone.now())
    assert (tasks.end_grants_without_models(), tasks.activate_grants()) == (0, 1)
    assert states(both) == ["active"]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_budget_forgets_the_month_before(granted: Ask, bound: Any, opus: AIModel) -> None:
    bound(opus, monthly_budget=5)
    first = granted("ann")
    key = keys.claim(first, by=first.holder).key
    before = today().replace(day=1) - timedelta(days=1)
    Usage.objects.create(key=key, ai_model=opus, day=before, cost=9_000_000)
    assert states(granted("ben")) == ["active"]


def test_set_capacity_is_for_owners_and_superusers(
    policy: Policy, opus: AIModel, eve: User, rita: User
) -> None:
    for other in (eve, rita):
        with pytest.raises(NotAllowed, match="Only the policy's owners"):
            capacities.set_capacity(policy, opus, by=other, places=1, monthly_budget=None)
    eve.is_superuser = True
    eve.save()
    capacities.set_capacity(policy, opus, by=eve, places=1, monthly_budget=None)
    event = Event.objects.get(kind="policy.capacity_set")
    assert (event.policy, event.details["to"]) == (policy, {"places": 1})


def test_set_capacity_refuses_what_is_not_a_bound(policy: Policy, opus: AIModel, pat: User) -> None:
    with pytest.raises(Invalid, match="whole number"):
        capacities.set_capacity(policy, opus, by=pat, places=-1, monthly_budget=None)


def test_set_capacity_to_more_calls_who_waits(
    granted: Ask,
    bound: Any,
    opus: AIModel,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bound(opus, places=0)
    first, second = granted("ann"), granted("ben")
    with django_capture_on_commit_callbacks(execute=True):
        bound(opus, places=None)
    assert states(first, second) == ["active", "active"]


@pytest.mark.django_db(transaction=True)
def test_race_for_places_never_gives_more_than_there_are_and_keeps_the_order(
    granted: Ask, bound: Any, opus: AIModel, reviewers: Group
) -> None:
    """Endings, sweeps and activations at the same moment, twice as many as there are places."""
    bound(opus, places=2)
    rows = [granted(name) for name in ("ann", "ben", "cem", "dov", "eli", "fay")]
    now = timezone.now()
    holders = [lambda row=row: grants.end(row, by=row.holder) for row in rows[:2]]
    sweeps = [lambda row=row: activation.activate(row.pk, now=now) for row in reversed(rows[2:])]
    results = at_once(*holders, *sweeps, tasks.activate_grants, tasks.activate_grants)
    assert not [each for each in results if isinstance(each, Exception)]
    tasks.activate_grants()
    assert states(*rows) == ["ended", "ended", "active", "active", "waiting", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_race_of_approvals_gives_the_last_place_once(
    policy: Policy, opus: AIModel, bound: Any, rita: User, sam: User
) -> None:
    bound(opus, places=1)
    asked = [requests.save(ask_for(opus), by=person(n), submit=True) for n in ("ann", "ben")]
    stages = [each.stages.open().get() for each in asked]

    def approve(stage: Any, by: User) -> Any:
        return votes.approve(stage, by=by, reason="Sound.", shown=stage.revision.digest())

    results = at_once(lambda: approve(stages[0], rita), lambda: approve(stages[1], sam))
    assert not [each for each in results if isinstance(each, Exception)]
    by_age = Grant.objects.order_by("created_at")
    assert [grant.state for grant in by_age] == ["active", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_first_limit_waits_for_an_approval_under_way(
    granted: Ask, bound: Any, opus: AIModel
) -> None:
    with transaction.atomic():
        first = granted("ann")
        limited = started(lambda: bound(opus, places=1))
        assert is_blocked()
    assert limited() is None
    assert states(first, granted("ben")) == ["active", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_first_limit_waits_for_a_start_under_way(
    policy: Policy, bound: Any, opus: AIModel, rita: User, approve: Callable[..., Grant]
) -> None:
    later = replace(ask_for(opus), starts_on=today() + timedelta(days=1))
    asked = requests.save(later, by=person("ann"), submit=True)
    grant = approve(asked, rita)
    with transaction.atomic():
        assert activation.activate(grant.pk, now=timezone.now() + timedelta(days=2))
        limited = started(lambda: bound(opus, places=1))
        assert is_blocked()
    assert limited() is None


@pytest.mark.django_db(transaction=True)
def test_approve_waits_for_a_first_limit_under_way_and_keeps_it(
    stage: Stage, bound: Any, opus: AIModel, rita: User
) -> None:
    shown = stage.revision.digest()
    with transaction.atomic():
        bound(opus, places=0)
        voted = started(lambda: votes.approve(stage, by=rita, reason="Sound.", shown=shown))
    assert voted() == stage
    assert Grant.objects.get().state == "waiting"
