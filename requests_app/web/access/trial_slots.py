"""How many trial calls run at once: each holds a thread of the site until it ends."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.utils.translation import gettext as _

from lifecycle.config.cache import process_share
from lifecycle.people.models import User
from requests_app.refusals import RateLimited

MAX_RUNNING = 2  # on the whole site, which has SITE_PROCESSES times SITE_THREADS threads
HELD_SECONDS = 60  # longer than a call; then what a process held when it died is free again
RETRY_SECONDS = 10  # as long as a call may take


@contextmanager
def held(person: User) -> Iterator[None]:
    """Hold the person's only slot, and one of the site's. Raises RateLimited."""
    running = _("Your last call is still running. Wait for its answer, then try again.")
    busy = _("Other people are trying a model right now. Try again in 10 seconds.")
    slots = [f"trial:site:{number}" for number in range(process_share(MAX_RUNNING))]
    with _one_of([f"trial:person:{person.pk}"], running), _one_of(slots, busy):
        yield


@contextmanager
def _one_of(slots: list[str], sentence: str) -> Iterator[None]:
    mark = secrets.token_hex(8)
    slot = next((slot for slot in slots if cache.add(slot, mark, HELD_SECONDS)), None)
    if slot is None:
        raise RateLimited(sentence, RETRY_SECONDS)
    try:
        yield
    finally:
        if cache.get(slot) == mark:  # else it has expired, and may be another call's by now
            cache.delete(slot)
