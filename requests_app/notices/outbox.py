"""The only writer of notices: recorded with their event, leased to a sender, marked as sent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from requests_app import clock
from requests_app.models import AccessRequest, Channel, Event, Notice, ReviewerPreference, Stage
from requests_app.notices.registry import NOTICE_RULES, NoticeRule

SEND_NOTICE = "requests_app.tasks.send_notice"
BATCH_SIZE = 10
MAX_PAUSE = timedelta(hours=6)


def record(event: Event, row: Any) -> None:
    """Write the notices of `event` about `row`, and wake the senders on commit."""
    record_all([(event, row)])


def record_all(changes: Iterable[tuple[Event, Any]]) -> None:
    """Write the notices of many events and the rows they are about."""
    notices = [notice for event, row in changes for notice in _of_event(event, row)]
    if notices:
        Notice.objects.bulk_create(notices)
        now = [notice.pk for notice in notices if notice.channel != Channel.DIGEST]
        # Not a partial: Django logs the __qualname__ of a robust callback that fails.
        transaction.on_commit(lambda: _wake(now), robust=True)


def _of_event(event: Event, row: Any) -> Iterator[Notice]:
    """Yield its notices; whom several rules name, as an owner who asks, the first one tells."""
    told: set[int] = set()
    for rule in NOTICE_RULES.get(event.kind, ()):
        notices = list(_notices(rule, event, row))
        yield from (notice for notice in notices if notice.recipient_id not in told)
        told |= {notice.recipient_id for notice in notices if notice.recipient_id}


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


def _can_wait(row: Stage | AccessRequest, event: Event) -> bool:
    """Return whether the next digest comes early enough for what has to be decided."""
    stage = row.stages.open().first() if isinstance(row, AccessRequest) else row
    if stage is None:
        return True
    opened_at, due_at = stage.opened_at, stage.due_at
    return bool(opened_at and due_at and clock.can_wait_for_digest(opened_at, due_at, event.at))


def _parted(audience: Iterable[User | str]) -> tuple[list[User], list[str]]:
    """Split an audience into people and addresses without an account."""
    everybody = list(audience)
    people = [one for one in everybody if isinstance(one, User)]
    return people, [one for one in everybody if isinstance(one, str)]


def _wanting_digests(people: Iterable[Any]) -> set[int]:
    wishes = ReviewerPreference.objects.filter(person__in=list(people), daily_digest=True)
    return set(wishes.values_list("person", flat=True))


def _wake(notice_ids: list[int]) -> None:
    wakeups.wake(SEND_NOTICE, in_batches(notice_ids))


def in_batches(notice_ids: Sequence[int]) -> list[Sequence[int]]:
    """Split ids so that one task reads facts once for many notices, and they aren't old."""
    starts = range(0, len(notice_ids), BATCH_SIZE)
    return [notice_ids[start : start + BATCH_SIZE] for start in starts]


@transaction.atomic
def claim(now: datetime, **which: Any) -> list[Notice]:
    """Lease due notices for one try; no other sender gets them meanwhile."""
    due = Notice.objects.due(now).select_for_update(of=("self",), skip_locked=True)
    notices = list(
        due.filter(**which)
        .select_related("event__access_request", "event__ai_model__provider", "recipient")
        .order_by("pk")
    )
    for notice in notices:
        # Counted before the try, so that a process that dies in it doesn't retry at once for
        # ever.
        # The number of the try identifies its lease: see `_mark`.
        notice.tries += 1
        notice.next_try_at = now + settings.NOTICE_LEASE
    Notice.objects.bulk_update(notices, ["tries", "next_try_at"])
    return notices


def mark_sent(notice: Notice, now: datetime) -> None:
    """Mark a notice as sent, even if it was given up during the hand-over."""
    _mark(notice, sent_at=now, dropped_at=None, problem="")


def mark_dropped(notice: Notice, now: datetime, problem: str) -> None:
    _mark(notice, dropped_at=now, problem=problem[:200])


def mark_failed(notice: Notice, now: datetime, problem: str) -> None:
    _mark(notice, next_try_at=now + pause_after(notice.tries), problem=problem[:200])


def pause_after(tries: int) -> timedelta:
    """Return the delay before the next try: 1, 2, 4 minutes and so on, up to six hours."""
    return min(timedelta(minutes=1 << min(tries - 1, 10)), MAX_PAUSE)


def _mark(notice: Notice, **fields: Any) -> None:
    """Update a notice if this try still holds the lease; a sent notice never changes."""
    mine = Notice.objects.filter(pk=notice.pk, tries=notice.tries)
    # A delivered message counts as sent even if the lease ran out during the delivery.
    if "sent_at" in fields:
        mine = Notice.objects.filter(pk=notice.pk)
    mine.filter(sent_at=None).update(**fields)
