"""Acts on many rows, each in a transaction of its own: a bad one keeps no other waiting."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

log = logging.getLogger(__name__)


def act_on_each(ids: Iterable[Any], act: Callable[..., int], now: datetime | None) -> int:
    """How many were acted on. One that fails is logged and doesn't keep the others waiting.

    Without `now` each act has its own: a lease must not start at the beginning of a long sweep.
    """
    done = 0
    for pk in ids:
        try:
            done += act(pk, now=now or timezone.now())
        except Exception:
            log.exception("%s failed for %s; the next sweep tries again.", act.__name__, pk)
    return done
