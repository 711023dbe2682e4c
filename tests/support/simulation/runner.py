"""What happens: people's plans, the sweeps of each hour, and messages that get lost."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.requests import requests
from requests_app.actions.requests.requests import RequestInput
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Event
from requests_app.refusals import Refusal
from tests.conftest import COMPLETE, accepting
from tests.support.crashing_threads import CrashInjector
from tests.support.soak_sizes import size

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
REQUESTS, DAYS, STEP = size(12, 500), size(14, 90), size(4, 1)
WINDOW = timedelta(days=6)
QUORUM = 2
SWEEPS = ("remind_stages", "escalate_stages", "expire_stages", "send_notices", "send_digests")


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

    crashes: CrashInjector
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
                names, ends_on = (self.ai_model.identifier,), today + timedelta(days=60)
                answers = COMPLETE | accepting(self.ai_model)
                ask = RequestInput(names, "Why.", today, ends_on, **answers)
                requests.save(ask, by=plan.asker, submit=True)
        elif row and what == "withdraw":
            requests.withdraw(row, by=plan.asker)
        elif row and (stage := row.stages.open().first()):
            by, shown = self.people[who], stage.revision.digest()
            act: Any = {"approve": votes.approve, "deny": votes.deny}.get(
                what, votes.ask_for_changes
            )
            act(stage, by=by, reason="Because.", shown=shown)

    def do(self, plan: Plan, what: str, who: str) -> bool:
        def act() -> None:
            with suppress(Refusal):
                self.deed(plan, what, who)

        return self.crashes.live(act)[0]

    # The beat -------------------------------------------------------------------------------------

    def beat(self, now: datetime) -> None:
        """One pass of all sweeps, sometimes by two workers at once."""
        for name in SWEEPS:
            workers = 2 if self.crashes.random.random() < 0.1 else 1
            ends = self.crashes.live(*[getattr(tasks, name)] * workers)
            self.sweeps.setdefault(name, []).append(Sweep(self.tick, now, any(ends)))

    def wake(self) -> None:
        """The broker's messages: most arrive, some are lost, some come twice."""
        woken, self.crashes.woken[:] = list(self.crashes.woken), []
        for notice in woken:
            for _ in range(self.crashes.random.choice((0, 1, 1, 1, 1, 2))):
                self.crashes.live(lambda pk=notice: tasks.send_notice(pk))  # type: ignore[misc]  # bound now

    def go(self) -> None:
        todo = sorted((hour, n, deed) for n, p in enumerate(self.plans) for hour, *deed in p.deeds)
        asleep, behind = 0, 0
        for hours in range(0, DAYS * 24, STEP):
            asleep, behind = max(asleep - STEP, 0), max(behind - STEP, 0)
            if self.crashes.random.random() < 0.01 * STEP:
                asleep = self.crashes.random.randint(3, 40)
            if self.crashes.random.random() < 0.005 * STEP:
                behind = self.crashes.random.randint(2, 8)
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
        self.crashes.chance = self.crashes.refusals = 0
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
