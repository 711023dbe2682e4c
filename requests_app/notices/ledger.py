"""The only writer of notices: recorded with their event, claimed by a lease, marked when sent."""

import logging
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from lifecycle.config.celery import app
from requests_app.models import Event, Notice
from requests_app.notices.audiences import TELLINGS

log = logging.getLogger(__name__)

SEND_NOTICE = "requests_app.tasks.send_notice"
LONGEST_PAUSE = timedelta(hours=6)
QUIET_SECONDS = 10  # after a failure, so that pages don't each wait for a broker that is away
_quiet_until = 0.0


def record(event: Event, row: Any) -> None:
    """Write the notices of `event`, which changed `row`; senders are woken on commit."""
    notices = [
        Notice(event=event, recipient=person, template=template, next_try_at=event.at)
        for audience, template in TELLINGS.get(event.kind, ())
        for person in audience(row, event)
    ]
    if notices:
        Notice.objects.bulk_create(notices)
        transaction.on_commit(partial(_wake, [notice.pk for notice in notices]), robust=True)


def _wake(notice_ids: list[int]) -> None:
    """Hand the notices to a worker now. Without a broker the sweep finds them later."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        with app.connection_for_write(transport_options=settings.WAKING) as connection:
            for notice_id in notice_ids:
                app.send_task(SEND_NOTICE, args=[notice_id], connection=connection)
    except (OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("No broker (%s); notices wait for the sweep.", type(error).__name__)


@transaction.atomic
def claim(notice_id: int, now: datetime) -> Notice | None:
    """Take a due notice for one try; nobody else gets it while the lease runs."""
    due = Notice.objects.due(now).select_for_update(of=("self",), skip_locked=True)
    notice = due.filter(pk=notice_id).select_related("event__access_request", "recipient").first()
    if notice:
        notice.tries += 1
        notice.next_try_at = now + settings.NOTICE_LEASE
        notice.save(update_fields=["tries", "next_try_at"])
    return notice


def mark_sent(notice: Notice, now: datetime) -> None:
    notice.sent_at = now
    notice.problem = ""
    notice.save(update_fields=["sent_at", "problem"])


def mark_dropped(notice: Notice, now: datetime, problem: str) -> None:
    notice.dropped_at = now
    notice.problem = problem[:200]
    notice.save(update_fields=["dropped_at", "problem"])


def mark_failed(notice: Notice, now: datetime, problem: str) -> None:
    """Try again after one minute, then two, four, … at most six hours."""
    pause = min(timedelta(minutes=1) * 2 ** min(notice.tries - 1, 10), LONGEST_PAUSE)
    notice.next_try_at = now + pause
    notice.problem = problem[:200]
    notice.save(update_fields=["next_try_at", "problem"])
