"""What was to be expected, from the design's timers (25 %, 50 %, half-way, the end).

It is worked out from which sweeps came to their end, and from nothing that the code says is due.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from requests_app.models import Event, Notice, Stage
from tests.support.crashing_threads import Delivery
from tests.support.simulation.runner import WINDOW, Run, Sweep

ASKING = ("stage_opened", "stage_reminder", "stage_called", "stage_deadlocked")
OVERTAKEN = {"request_received", "stage_decided"}  # late ones, if a later one says more


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
        elif notice.template not in OVERTAKEN:
            assert notice.dropped_at is None
