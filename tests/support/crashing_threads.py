"""Processes that may die at any commit: each is a thread here, with a connection of its own."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from lifecycle import mail_transport
from requests_app.models import Notice, Stage
from requests_app.notices import mail, outbox


class SimulatedCrash(BaseException):
    """The process is gone; nothing of it runs any more, and its connection is cut."""


@dataclass(eq=False)
class Delivery:
    """One message that a mail server took."""

    notices: list[int]
    message_id: str
    at: datetime
    stage_was_open: dict[int, bool]
    confirmed: set[int] = field(default_factory=set)
    died: bool = False


class ThreadState(threading.local):
    """What the running thread is: mortal or not, dead or not, and the mail in its hands."""

    mortal = False
    dead = False
    notices: tuple[Notice, ...] = ()
    delivery: Delivery | None = None


@dataclass(eq=False)
class CrashInjector:
    """Decides who dies where, and writes down what the mail server took."""

    random: random.Random
    chance: float
    refusals: float
    deaths: Counter[str] = field(default_factory=Counter)
    deliveries: list[Delivery] = field(default_factory=list)
    woken: list[int] = field(default_factory=list)
    life: ThreadState = field(default_factory=ThreadState)

    def strike(self, where: str) -> None:
        """Die here, now and then."""
        if self.life.dead:
            raise SimulatedCrash(where)
        if self.life.mortal and self.random.random() < self.chance:
            self.deaths[where] += 1
            self.life.dead = True
            if self.life.delivery:
                self.life.delivery.died = True
            if connection.connection:
                connection.connection.close()
            raise SimulatedCrash(where)

    def live(self, *acts: Callable[[], Any]) -> list[bool]:
        """Run each in a process of its own, all at once; which of them came to their end."""
        if len(acts) == 1:
            ends: list[bool | BaseException] = [self.process(acts[0])]
        else:
            with ThreadPoolExecutor(len(acts)) as processes:
                ends = list(processes.map(self.passing, acts))
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return [end is True for end in ends]

    def process(self, act: Callable[[], Any]) -> bool | BaseException:
        """A process lives until its death and keeps its connection until then, as a worker does."""
        self.life.mortal = True
        try:
            act()
        except BaseException as error:
            return False if self.life.dead else error
        finally:
            if self.life.dead:
                connection.close()
            self.life.mortal = self.life.dead = False
        return True

    def passing(self, act: Callable[[], Any]) -> bool | BaseException:
        """One that ends after its act."""
        try:
            return self.process(act)
        finally:
            connection.close()

    def take(self, message: EmailMultiAlternatives) -> None:
        """The mail server's end of the line: it notes each message that it took."""
        notices = self.life.notices
        stages = {n.pk: n.event.subject for n in notices}
        self.life.delivery = Delivery(
            [notice.pk for notice in notices],
            message.extra_headers["Message-ID"],
            timezone.now(),
            {pk: is_open(subject) for pk, subject in stages.items()},
        )
        self.deliveries.append(self.life.delivery)


def is_open(subject: str) -> bool:
    """Whether the stage that a notice speaks of still waits for votes; True for other notices."""
    if not subject.startswith("stage-"):
        return True
    return Stage.objects.get(pk=subject.removeprefix("stage-")).state == "open"


def install(crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a possible death before and after each commit and each hand-over of a mail."""
    around(crashes, monkeypatch, BaseDatabaseWrapper, "_commit", "commit")
    around(crashes, monkeypatch, outbox, "claim", "claim")
    around(crashes, monkeypatch, outbox, "mark_dropped", "drop")
    around(crashes, monkeypatch, outbox, "mark_failed", "failure")
    monkeypatch.setattr(outbox, "_wake", crashes.woken.extend)
    cut_connections(crashes, monkeypatch)
    hold_mail(crashes, monkeypatch)
    deliver_mail(crashes, monkeypatch)
    confirm_mail(crashes, monkeypatch)


def around(
    crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, step: str
) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        crashes.strike(f"before {step}")
        result = real(*args, **kwargs)
        crashes.strike(f"after {step}")
        return result

    monkeypatch.setattr(owner, name, wrapped)


def cut_connections(crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is dead gets no new connection."""
    connect = BaseDatabaseWrapper.ensure_connection

    def ensure_connection(wrapper: BaseDatabaseWrapper) -> None:
        if crashes.life.dead:
            raise SimulatedCrash("no connection")
        connect(wrapper)

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", ensure_connection)


def hold_mail(crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember which notices a process has in its hands."""
    hand_over = mail._send

    def _send(notices: Any, message: EmailMultiAlternatives, now: datetime) -> bool:
        crashes.life.notices = tuple(notices)
        try:
            return hand_over(notices, message, now)
        finally:
            crashes.life.notices, crashes.life.delivery = (), None

    monkeypatch.setattr(mail, "_send", _send)


def deliver_mail(crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server refuses now and then, and notes what it takes."""
    hand_over = mail_transport.hand_over

    def deliver(message: EmailMultiAlternatives) -> None:
        crashes.strike("before hand-over")
        if crashes.random.random() < crashes.refusals:
            raise ConnectionRefusedError
        hand_over(message)
        crashes.take(message)
        crashes.strike("after hand-over")

    monkeypatch.setattr(mail_transport, "hand_over", deliver)


def confirm_mail(crashes: CrashInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note which notices were marked as sent."""
    confirm = outbox.mark_sent

    def mark_sent(notice: Notice, now: datetime) -> None:
        crashes.strike("before confirmation")
        confirm(notice, now)
        if crashes.life.delivery:
            crashes.life.delivery.confirmed.add(notice.pk)
        crashes.strike("after confirmation")

    monkeypatch.setattr(outbox, "mark_sent", mark_sent)
