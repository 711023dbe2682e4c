"""Months of reminders with a clock of our own, processes that die, and a beat that fails.

What is to be expected is worked out here from the design's timers (25 %, 50 %, half-way, the end),
from which sweeps came to their end, and from nothing that the code says is due.
"""

import itertools
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import audit, tasks
from requests_app.actions import policies, requests, reviews
from requests_app.actions.requests import Ask
from requests_app.models import AccessRequest, Event, Notice, ReviewerPreference, Stage
from requests_app.rules import Refusal
from tests.conftest import person
from tests.mortality import Delivery, Fate, install
from tests.sizes import size

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
REQUESTS, DAYS, STEP = size(12, 500), size(14, 90), size(4, 1)
WINDOW = timedelta(days=6)
QUORUM = 2
SEED = 20261122
SWEEPS = ("remind_stages", "escalate_stages", "expire_stages", "send_notices", "send_digests")
ASKING = ("stage_opened", "stage_reminder", "stage_called", "stage_deadlocked")


@dataclass
class Plan:
    """What will happen to one request: hours after START, and who does what."""

    asker: User
    deeds: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass
class Sweep:
    """One sweep that was begun at a reading of the clock, and whether it came to its end."""

    tick: int
    at: datetime
    done: bool


@dataclass
class Run:
    """A simulation under way."""

    fate: Fate
    people: dict[str, User]
    ai_model: AIModel
    plans: list[Plan]
    tick: int = 0
    sweeps: dict[str, list[Sweep]] = field(default_factory=dict)
    newest_event: list[int] = field(default_factory=list)  # after the deeds of each tick
    last_event: list[int] = field(default_factory=list)  # after its sweeps

    # What people do -------------------------------------------------------------------------------

    def deed(self, plan: Plan, what: str, who: str) -> None:
        row = AccessRequest.objects.filter(requester=plan.asker).first()
        if what == "ask":
            today = datetime.now(UTC).date()
            if row is None:
                ask = Ask((self.ai_model.identifier,), "Why.", today, today + timedelta(days=60))
                requests.save(ask, by=plan.asker, submit=True)
        elif row and what == "withdraw":
            requests.withdraw(row, by=plan.asker)
        elif row and (stage := row.stages.open().first()):
            by, shown = self.people[who], stage.revision.digest()
            act: Any = {"approve": reviews.approve, "deny": reviews.deny}.get(
                what, reviews.ask_for_changes
            )
            act(stage, by=by, reason="Because.", shown=shown)

    def do(self, plan: Plan, what: str, who: str) -> bool:
        def act() -> None:
            with suppress(Refusal):
                self.deed(plan, what, who)

        return self.fate.live(act)[0]

    # The beat -------------------------------------------------------------------------------------

    def beat(self, now: datetime) -> None:
        """One pass of all sweeps, sometimes by two workers at once."""
        for name in SWEEPS:
            workers = 2 if self.fate.random.random() < 0.1 else 1
            ends = self.fate.live(*[getattr(tasks, name)] * workers)
            self.sweeps.setdefault(name, []).append(Sweep(self.tick, now, any(ends)))

    def wake(self) -> None:
        """The broker's messages: most arrive, some are lost, some come twice."""
        woken, self.fate.woken[:] = list(self.fate.woken), []
        for notice in woken:
            for _ in range(self.fate.random.choice((0, 1, 1, 1, 1, 2))):
                self.fate.live(lambda pk=notice: tasks.send_notice(pk))  # type: ignore[misc]  # bound now

    def go(self) -> None:
        todo = sorted((hour, n, deed) for n, p in enumerate(self.plans) for hour, *deed in p.deeds)
        asleep, behind = 0, 0
        for hours in range(0, DAYS * 24, STEP):
            asleep, behind = max(asleep - STEP, 0), max(behind - STEP, 0)
            if self.fate.random.random() < 0.01 * STEP:
                asleep = self.fate.random.randint(3, 40)
            if self.fate.random.random() < 0.005 * STEP:
                behind = self.fate.random.randint(2, 8)
            now = START + HOUR * (hours - min(behind, 3))
            with time_machine.travel(now, tick=False):
                while todo and todo[0][0] <= hours:
                    _, n, (what, who) = todo.pop(0)
                    while not self.do(self.plans[n], what, who):
                        pass  # they try again
                self.newest_event.append(newest())
                if not asleep:
                    self.wake()
                    self.beat(now)
                self.last_event.append(newest())
            self.tick += 1

    def finish(self) -> None:
        """Two quiet days in the end, so that whatever is still to do is done."""
        self.fate.chance = self.fate.refusals = 0
        for hours in range(DAYS * 24, DAYS * 24 + 48, 4):
            with time_machine.travel(START + HOUR * hours, tick=False):
                self.newest_event.append(newest())
                self.wake()
                self.beat(START + HOUR * hours)
                self.last_event.append(newest())
            self.tick += 1


def newest() -> int:
    return int(Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0)


def plan_for(asker: User, dice: random.Random) -> Plan:
    """Everybody asks early enough for the last window to end before the simulation does."""
    asked = dice.randrange(0, (DAYS - 7) * 24)
    ends = ("silence", "silence", "one", "approve", "deny", "withdraw", "return", "late")
    deeds, kind = [(asked, "ask", "")], dice.choice(ends)
    when = [asked + dice.randrange(1, 150) for _ in range(2)]
    reviewers = dice.sample(("rita", "sam", "tom"), 2)
    if kind in ("one", "approve", "late"):
        deeds.append((when[0], "approve", reviewers[0]))
    if kind == "approve":
        deeds.append((when[1], "approve", reviewers[1]))
    if kind == "late":
        deeds.append((asked + 24 * 6, "approve", reviewers[1]))
    if kind in ("deny", "return"):
        deeds.append((when[0], kind, reviewers[0]))
    if kind == "withdraw":
        deeds.append((when[0], "withdraw", ""))
    return Plan(asker, deeds)


@pytest.fixture
def run(opus: AIModel, owners: Group, pat: User, lee: User, monkeypatch: pytest.MonkeyPatch) -> Run:
    dice = random.Random(SEED)  # noqa: S311  # not for secrets
    people = {name: person(name, staff=True) for name in ("rita", "sam", "tom", "uma")}
    reviewers = Group.objects.create(name="Reviewers")
    alternates = Group.objects.create(name="Alternates")
    reviewers.user_set.set([people[name] for name in ("rita", "sam", "tom")])
    alternates.user_set.set([people["uma"]])
    ReviewerPreference.objects.create(person=people["tom"], daily_digest=True)
    with time_machine.travel(START - HOUR, tick=False):
        policy = policies.create("p", by=pat, name="P", owners=owners, ai_models=[opus])
        step = policies.Step("Review", reviewers, QUORUM, window=WINDOW, alternates=alternates)
        version = policies.draft(policy, policies.Text("Terms.", [step]), by=pat)
        policies.publish(version, by=lee)
    askers = User.objects.bulk_create(
        User(email=f"asker{n}@example.org", full_name=f"Asker {n}") for n in range(REQUESTS)
    )
    fate = Fate(dice, chance=size(0.004, 0.002), refusals=0.03)
    install(fate, monkeypatch)
    return Run(fate, people, opus, [plan_for(asker, dice) for asker in askers])


# What was to be expected ----------------------------------------------------------------------


@dataclass
class Life:
    """A stage as its events tell it."""

    opened: Event
    closed: Event
    events: list[Event]

    @property
    def due_at(self) -> datetime:
        return self.opened.at + WINDOW

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


def lives() -> Iterator[Life]:
    for stage in Stage.objects.all():
        events = list(Event.objects.filter(subject=f"stage-{stage.pk}").order_by("pk"))
        ends = ("stage.passed", "stage.failed", "stage.expired", "stage.closed")
        assert [event.kind for event in events if event.kind in ends] == [events[-1].kind]
        yield Life(events[0], events[-1], events)


def seen_by(run: Run, name: str, life: Life) -> list[Sweep]:
    """The sweeps that came to their end while the stage was open and its time not over."""
    return [
        sweep
        for sweep in run.sweeps[name]
        if sweep.done
        and life.opened.pk <= run.newest_event[sweep.tick] < life.closed.pk
        and sweep.at < life.due_at
    ]


def tick_of(run: Run, event: Event) -> int:
    return next(tick for tick, last in enumerate(run.last_event) if event.pk <= last)


def check_reminders(run: Run, life: Life) -> None:
    """Each moment to remind at was covered by one reminder, and each reminder covers one."""
    sent, sweeps = life.of("stage.reminded"), seen_by(run, "remind_stages", life)
    moments = [life.opened.at + WINDOW * share for share in (0.25, 0.5)]
    for moment in moments:
        first = next((sweep for sweep in sweeps if sweep.at >= moment), None)
        if first:
            on_time = [e for e in sent if e.at >= moment and tick_of(run, e) <= first.tick]
            assert on_time, f"no reminder for {moment} by {first}"
    for before, event in itertools.pairwise([life.opened, *sent]):
        assert any(before.at < moment <= event.at for moment in moments), f"{event} at {event.at}"
        assert event.at < life.due_at
    assert all(event.pk < life.closed.pk for event in sent)


def check_escalation(run: Run, life: Life) -> None:
    called, half = life.of("stage.escalated"), life.opened.at + WINDOW / 2
    assert len(called) <= 1
    assert all(half <= event.at < life.due_at for event in called)
    if any(sweep.at >= half for sweep in seen_by(run, "escalate_stages", life)):
        assert called


def check_end(run: Run, life: Life) -> None:
    """Nobody decides after the end, and the first sweep after it says so."""
    votes = [event for event in life.events if event.kind.startswith("vote.")]
    assert all(event.at < life.due_at for event in votes)
    if life.closed.kind != "stage.expired":
        return
    assert life.closed.at >= life.due_at
    earlier = [
        sweep
        for sweep in run.sweeps["expire_stages"]
        if sweep.done and sweep.at >= life.due_at and sweep.tick < tick_of(run, life.closed)
    ]
    assert not [s for s in earlier if run.last_event[s.tick] >= life.opened.pk]


def check_who_was_told(run: Run, life: Life) -> None:
    """Each reminder tells those who may vote and haven't; nobody is told twice."""
    votes = {
        event.actor_id: event.pk
        for event in Event.objects.filter(subject=life.opened.subject, kind__startswith="vote.")
    }
    members = [run.people[name] for name in ("rita", "sam", "tom")]
    called = life.of("stage.escalated")
    for event in life.of("stage.reminded"):
        seats = [*members, run.people["uma"]] if called and called[0].pk < event.pk else members
        left = [user.pk for user in seats if not votes.get(user.pk, event.pk) < event.pk]
        told = list(event.notices.values_list("recipient", flat=True))
        assert sorted(told) == sorted(left)


def check_deliveries(deliveries: list[Delivery]) -> None:
    """Sent once; only who was killed in the hand-over repeats, with the same Message-ID."""
    of: dict[int, list[Delivery]] = {notice.pk: [] for notice in Notice.objects.all()}
    for delivery in deliveries:
        for pk in delivery.notices:
            of[pk].append(delivery)
    for notice in Notice.objects.all():
        confirmed = [delivery for delivery in of[notice.pk] if notice.pk in delivery.confirmed]
        assert len(confirmed) == (1 if notice.sent_at else 0)
        assert notice.sent_at or notice.dropped_at, f"{notice} is left over"
        assert all(delivery.died for delivery in of[notice.pk] if delivery not in confirmed)
        if notice.channel == "mail":
            assert {delivery.message_id for delivery in of[notice.pk]} <= {
                f"<notice-{notice.pk}@localhost>"
            }
        if notice.template in ASKING:
            assert all(delivery.stage_was_open[notice.pk] for delivery in of[notice.pk])
        else:
            assert notice.dropped_at is None


@pytest.mark.django_db(transaction=True)
def test_reminders_of_many_days_are_sent_once_and_none_after_the_decision(run: Run) -> None:
    run.go()
    run.finish()
    assert AccessRequest.objects.count() == REQUESTS
    for life in lives():
        check_reminders(run, life)
        check_escalation(run, life)
        check_end(run, life)
        check_who_was_told(run, life)
    check_deliveries(run.fate.deliveries)
    assert len(mail.outbox) == len(run.fate.deliveries)
    assert not list(audit.problems())
    assert sum(run.fate.deaths.values()) > size(3, 200), run.fate.deaths
