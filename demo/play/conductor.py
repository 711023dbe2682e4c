"""Plays stories side by side, each at its own days, with the sweeps and mails of those days."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from heapq import heapify, heappop, heappush

import time_machine
from django.utils import timezone

from requests_app import tasks

# Yields how many days ago its next part happens.
Story = Iterator[float]
SWEEPS: tuple[Callable[[], int], ...] = (
    tasks.activate_grants,
    tasks.announce_ends,
    tasks.end_grants,
    tasks.lapse_grants,
    tasks.retire_keys,
    tasks.ask_for_confirmations,
    tasks.suspend_unconfirmed_grants,
    tasks.remind_stages,
    tasks.escalate_stages,
    tasks.expire_stages,
    tasks.remind_of_break_glass,
    tasks.push_revocations,
    tasks.notify_leaked_token_owners,
    tasks.tell_of_retirements,
    tasks.send_digests,
)


def perform(stories: Iterable[Story]) -> None:
    now = timezone.now()
    ahead = [(-next(story), number, story) for number, story in enumerate(stories)]
    heapify(ahead)
    while ahead:
        at, number, story = heappop(ahead)
        with time_machine.travel(now + timedelta(days=at)):
            for sweep in SWEEPS:
                sweep()
            later = next(story, None)
            tasks.send_notices()
        if later is not None:
            heappush(ahead, (-later, number, story))
