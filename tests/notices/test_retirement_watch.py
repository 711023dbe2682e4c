"""A date that moves three times: each watcher hears of each change once, whoever dies meanwhile."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_string
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app.models import Follow, Notice, Policy, Proposal, RetirementWatch
from tests.conftest import person, today
from tests.support import retirement_edits as retirements
from tests.support.bulk_grants import many_grants
from tests.support.page_client import page
from tests.support.retirement_edits import End
from tests.support.soak_sizes import size
from tests.support.worker_processes import (
    Mailbox,
    kill_with_mails_in_hand,
    wait_until,
    worker,
)
from tests.voice.conftest import editor

pytestmark = pytest.mark.stack
FOLLOWERS, HOLDERS = size(24, 1000), size(6, 50)
PROCESSES = 2  # of a worker
LATE = 600.0


@pytest.fixture
def watched(opus: AIModel, policy: Policy) -> Retirement:
    """Retires from another platform in 90 days; every second holder follows its provider too."""
    many_grants(HOLDERS, opus, policy, keys=0)
    people = User.objects.bulk_create(
        User(email=f"follower{n}@example.org", full_name=f"Follower {n}") for n in range(FOLLOWERS)
    )
    holders = User.objects.filter(email__startswith="holder").order_by("pk")
    now = timezone.now()
    Follow.objects.bulk_create(
        [
            *(Follow(person=one, ai_model=opus, followed_at=now) for one in people),
            *(Follow(person=one, provider=opus.provider, followed_at=now) for one in holders[::2]),
        ]
    )
    end = End(today() + timedelta(days=90))
    return retirements.announce(
        opus, "Cloud", end, by=editor(person("erin", staff=True)), announced=today()
    )


@dataclass(frozen=True)
class Step:
    """A worker that sends everything after some acts, and is killed in the middle of the last."""

    mailbox: Mailbox
    folder: Path

    def run(self, *acts: Callable[[], object]) -> None:
        told = {"EMAIL_URL": self.mailbox.url, "NOTICE_LEASE_SECONDS": "5"}
        *before, last = acts
        with worker(self.folder, **told) as running:
            self.wait_for_all()
            for act in before:
                act()
                self.wait_for_all()
            kill_with_mails_in_hand(running, self.mailbox, last, PROCESSES)

    def wait_for_all(self) -> None:
        due = Notice.objects.filter(sent_at=None, dropped_at=None)
        wait_until(lambda: not due.exists(), LATE, what="all notices")


def moved_to(retirement: Retirement, days: int) -> tuple[Callable[[], object], ...]:
    """Proposed by one editor, and accepted by another: whoever watches hears of that."""

    def propose() -> None:
        write = retirements.moving(retirement, End(today() + timedelta(days=days)))
        erin = User.objects.get(full_name="Erin")
        assert retirements.propose(retirement.ai_model, write, by=erin)

    return propose, lambda: retirements.accept(Proposal.objects.get(state="waiting"))


def reminder(retirement: Retirement) -> Callable[[], object]:
    """Due now, so that the worker's sweep finds it."""
    rows = RetirementWatch.objects.filter(retirement=retirement)
    return lambda: rows.update(remind_at=timezone.now())


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_three_moves_and_a_reminder_reach_each_watcher_once_though_workers_are_killed(
    watched: Retirement, tmp_path: Path
) -> None:
    with Mailbox() as mailbox:
        step = Step(mailbox, tmp_path)
        step.run(*moved_to(watched, 120))
        step.run(*moved_to(watched, 60), *moved_to(watched, 30))
        step.run(reminder(watched))
        with worker(tmp_path, EMAIL_URL=mailbox.url, NOTICE_LEASE_SECONDS="5"):
            step.wait_for_all()
    assert_each_was_told_once(mailbox)
    assert_page_has_all_dates(watched)


def assert_each_was_told_once(mailbox: Mailbox) -> None:
    """By what the mail server took, not by what the rows say."""
    found = [message_from_string(text) for text in mailbox.messages]
    assert len({mail["Message-ID"] for mail in found}) == len(found)
    subjects = Counter((mail["To"], mail["Subject"]) for mail in found)
    apart = ("rita", "sam", "pat", "lee", "erin", "second")
    watchers = {to for to, _subject in subjects if not to.startswith(apart)}
    about = {subject for to, subject in subjects if "Opus" in subject and to in watchers}
    assert len(about) == 5
    assert len(watchers) == FOLLOWERS + HOLDERS
    assert all(subjects[to, subject] == 1 for to in watchers for subject in about)


def assert_page_has_all_dates(retirement: Retirement) -> None:
    shown = page(Client().get(f"/models/{retirement.ai_model.identifier}/"))
    for days in (90, 120, 60, 30):
        assert f"{today() + timedelta(days=days):%-d %B %Y}" in shown
