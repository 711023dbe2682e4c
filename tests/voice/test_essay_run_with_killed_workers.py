"""The twelve weeks again, with a worker that is killed twice with mails in hand."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_string, policy
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries
from requests_app.actions.voice import essay_votes
from requests_app.models import Notice, Policy
from tests.support.forked_programs import Program
from tests.support.simulated_days import SimulatedClock
from tests.support.worker_processes import Mailbox, kill_with_mails_in_hand, wait_until
from tests.voice.conftest import an_essay, decide
from tests.voice.test_essay_run import (
    BEGIN,
    MISSED,
    SWEEPS,
    VETOED,
    WEEK,
    WEEKS,
    begin,
    feed_has_what_was_published,
    pages_show_each_week,
)

pytestmark = pytest.mark.stack
HOUR = timedelta(hours=1)
DECIDED, REMINDED = 41 * HOUR, 42 * HOUR  # a quarter of the seven days
PROCESSES = 2  # of a worker
KILLED_AT_END = 10  # and at the reminders of the vetoed one


@dataclass
class Run:
    """A series week by week, and the worker that sends its mails and reminds its reviewers."""

    clock: SimulatedClock
    mailbox: Mailbox
    series: EssaySeries
    editor: User
    workers: ExitStack
    running: Program = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        started = self.clock.worker(EMAIL_URL=self.mailbox.url)
        self.running = self.workers.enter_context(started)

    def week(self, number: int) -> None:
        monday = self.clock.now
        if number != MISSED:
            self.essay(number, monday)
        self.live(sweep)
        self.clock.set(monday + WEEK)

    def essay(self, number: int, monday: datetime) -> None:
        """Handed in on Monday, decided on Wednesday; later, after a reminder, if it is vetoed."""
        self.live(partial(self.hand_in, number))
        if number == VETOED:
            self.clock.set(monday + REMINDED)
            self.live(sweep, deadly=True)
        else:
            self.clock.set(monday + DECIDED)
        self.live(partial(self.decide, number), deadly=number == KILLED_AT_END)

    def hand_in(self, number: int) -> None:
        an_essay(self.series, self.editor, title=f"Essay of week {number}")

    def decide(self, number: int) -> None:
        essay = Essay.objects.get(title=f"Essay of week {number}")
        act = essay_votes.veto if number == VETOED else essay_votes.approve
        decide(essay, act, *User.objects.filter(full_name__in=("Rita", "Sam")))

    def live(self, act: Callable[[], object], *, deadly: bool = False) -> None:
        """Do something, and wait until all that the worker has to say of it is sent."""
        if deadly:
            kill_with_mails_in_hand(self.running, self.mailbox, act, PROCESSES)
            self.clock.set(self.clock.now + HOUR)
            self.start()
            sweep()
        else:
            act()
        due = Notice.objects.filter(sent_at=None, dropped_at=None)
        wait_until(lambda: not due.exists(), what="all notices")


def sweep() -> None:
    for task in SWEEPS:
        task.delay()


@pytest.fixture
def run(example: AIModel, ed: User, essay_policy: Policy, tmp_path: Path) -> Iterator[Run]:
    clock = SimulatedClock(tmp_path, BEGIN)
    with Mailbox() as mailbox, ExitStack() as workers, clock.followed_here():
        series = begin(example, ed, essay_policy)
        yield Run(clock, mailbox, series, ed, workers)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_run_is_told_once_though_workers_are_killed(run: Run, client: Client) -> None:
    for number in range(1, WEEKS + 1):
        run.week(number)
    each_mail_was_taken_once(run)
    pages_show_each_week(client)
    feed_has_what_was_published(client)
    call_command("audit", "verify")


def each_mail_was_taken_once(run: Run) -> None:
    """By what the mail server took, not by what the rows say."""
    mails = [message_from_string(text, policy=policy.default) for text in run.mailbox.messages]
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    taken = Counter((mail["To"], mail["Subject"]) for mail in mails)
    assert set(taken.values()) == {1}
    kinds = Counter(re.split(r"[:,]| by ", mail["Subject"].strip())[0] for mail in mails)
    essays = WEEKS - 1
    assert kinds == {
        "Decide": 3 * essays,
        "Reminder": 3,
        "Nothing left to decide": 2 * essays,
        "Published": essays - 1,
        "Vetoed": 1,
    }
