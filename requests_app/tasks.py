"""Sweeps: find what is due, and make one action of each. Safe to run twice, late, at once."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils import timezone

from lifecycle.config.celery import app
from requests_app.actions import grants, reviews
from requests_app.models import Grant, Notice, Stage
from requests_app.notices import mail

log = logging.getLogger(__name__)


def _each(ids: Iterable[int], act: Callable[..., bool], now: datetime) -> int:
    """How many were acted on. One that fails is logged and doesn't keep the others waiting."""
    done = 0
    for pk in ids:
        try:
            done += act(pk, now=now)
        except Exception:
            log.exception("%s failed for %s; the next sweep tries again.", act.__name__, pk)
    return done


@app.task
def remind_stages() -> int:
    now = timezone.now()
    return _each(Stage.objects.due_for_reminder(now).ids(), reviews.remind, now)


@app.task
def expire_stages() -> int:
    now = timezone.now()
    return _each(Stage.objects.due_for_expiry(now).ids(), reviews.expire, now)


@app.task
def activate_grants() -> int:
    now = timezone.now()
    return _each(Grant.objects.due_for_activation(now).ids(), grants.activate, now)


@app.task
def end_grants() -> int:
    now = timezone.now()
    return _each(Grant.objects.due_for_end(now).ids(), grants.end_due, now)


@app.task
def lapse_grants() -> int:
    now = timezone.now()
    return _each(Grant.objects.due_for_lapse(now).ids(), grants.lapse, now)


@app.task
def send_notices() -> int:
    now = timezone.now()
    return _each(Notice.objects.due(now).ids(), mail.send, now)


@app.task
def send_notice(notice_id: int) -> int:
    return _each([notice_id], mail.send, timezone.now())
