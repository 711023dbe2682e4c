"""Run an action on many rows, each in its own transaction, so one failure stops no other."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

log = logging.getLogger(__name__)


def act_on_each(ids: Iterable[Any], act: Callable[..., int], now: datetime | None) -> int:
    """Run `act` for each id, log failures, and return how many rows it acted on.

    Without `now` each call gets the current time, so a lease isn't counted from the start of a long
    sweep.
    """
    done = 0
    for pk in ids:
        try:
            done += act(pk, now=now or timezone.now())
        except Exception:
            log.exception("%s failed for %s; the next sweep tries again.", act.__name__, pk)
    return done
