"""The only writer of notices: recorded with their event, claimed by a lease, marked when sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from requests_app import clock
from requests_app.models import Channel, Event, Notice, ReviewerPreference, Stage
from requests_app.notices.registry import NOTICE_RULES, NoticeRule

SEND_NOTICE = "requests_app.tasks.send_notice"
MAX_PAUSE = timedelta(hours=6)


def record(event: Event, row: Any) -> None:
    """Write the notices of `event`, which changed `row`; senders are woken on commit."""
    record_all([(event, row)])


def record_all(changes: Iterable[tuple[Event, Any]]) -> None:
    """The same for many events and the rows that they changed."""
    notices = [
        notice
        for event, row in changes
        for rule in NOTICE_RULES.get(event.kind, ())
        for notice in _notices(rule, event, row)
    ]
    if notices:
        Notice.objects.bulk_create(notices)
        now = [notice.pk for notice in notices if notice.channel != Channel.DIGEST]
        # Not a partial: when a robust function fails, Django wants its name.
        transaction.on_commit(lambda: _wake(now), robust=True)


def _notices(rule: NoticeRule, event: Event, row: Any) -> Iterator[Notice]:
    people, addresses = _parted(rule.audience(row, event))
    for address in addresses:
        yield Notice(event=event, address=address, template=rule.template, next_try_at=event.at)
    patient = _wanting_digests(people) if rule.can_wait and _can_wait(row, event) else set()
    for person in people:
        waits = person.pk in patient
        yield Notice(
            event=event,
            recipient=person,
            channel=Channel.DIGEST if waits else Channel.MAIL,
            template=rule.template,
            next_try_at=clock.digest_at(event.at) if waits else event.at,
        )
    if rule.chat and settings.CHAT_URLS:
        yield Notice(
            event=event, channel=Channel.CHAT, template=rule.template, next_try_at=event.at
        )


def _can_wait(stage: Stage, event: Event) -> bool:
    """Until the next digest, which has to come in time."""
    opened_at, due_at = stage.opened_at, stage.due_at
    return bool(opened_at and due_at and clock.can_wait_for_digest(opened_at, due_at, event.at))


def _parted(audience: Iterable[User | str]) -> tuple[list[User], list[str]]:
    """People, and addresses that may be nobody's."""
    everybody = list(audience)
    people = [one for one in everybody if isinstance(one, User)]
    return people, [one for one in everybody if isinstance(one, str)]


def _wanting_digests(people: Iterable[Any]) -> set[int]:
    wishes = ReviewerPreference.objects.filter(person__in=list(people), daily_digest=True)
    return set(wishes.values_list("person", flat=True))


def _wake(notice_ids: list[int]) -> None:
    wakeups.wake(SEND_NOTICE, [[notice_id] for notice_id in notice_ids])


@transaction.atomic
def claim(now: datetime, **which: Any) -> list[Notice]:
    """Take due notices for one try; nobody else gets them while the lease runs."""
    due = Notice.objects.due(now).select_for_update(of=("self",), skip_locked=True)
    notices = list(
        due.filter(**which).select_related("event__access_request", "recipient").order_by("pk")
    )
    for notice in notices:
        notice.tries += 1
        notice.next_try_at = now + settings.NOTICE_LEASE
    Notice.objects.bulk_update(notices, ["tries", "next_try_at"])
    return notices


def mark_sent(notice: Notice, now: datetime) -> None:
    """Also where it was given up during the hand-over: what is sent is sent."""
    _mark(notice, sent_at=now, dropped_at=None, problem="")


def mark_dropped(notice: Notice, now: datetime, problem: str) -> None:
    _mark(notice, dropped_at=now, problem=problem[:200])


def mark_failed(notice: Notice, now: datetime, problem: str) -> None:
    _mark(notice, next_try_at=now + pause_after(notice.tries), problem=problem[:200])


def pause_after(tries: int) -> timedelta:
    """Until the next one: one minute, then two, four, … at most six hours."""
    return min(timedelta(minutes=1 << min(tries - 1, 10)), MAX_PAUSE)


def _mark(notice: Notice, **fields: Any) -> None:
    """Only the try that holds the lease speaks for the notice; a sent one stays sent."""
    mine = Notice.objects.filter(pk=notice.pk, tries=notice.tries)
    if "sent_at" in fields:  # whoever handed it over says so, even when its lease has run out
        mine = Notice.objects.filter(pk=notice.pk)
    mine.filter(sent_at=None).update(**fields)
