"""Frees the rows of a long list as soon as it has been written."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model


def release(rows: Iterable[Model]) -> None:
    """Take from rows what was fetched with them; whoever needs it afterwards asks the database.

    Rows that were fetched together refer to each other, so only Python's collector would free
    them: thousands at once, in the middle of whichever call comes next, for tens of milliseconds.
    """
    waiting = list(rows)
    while waiting:
        row = waiting.pop()
        waiting += filter(None, row._state.fields_cache.values())
        row._state.fields_cache.clear()
        for fetched in _lists_of(vars(row)):
            waiting += fetched


def _lists_of(attributes: dict[str, Any]) -> Iterator[Iterable[Model]]:
    """Take and yield what was prefetched, also into lists with names of their own."""
    # Django has no public name for it; DRF empties it in the same way.
    yield from attributes.pop("_prefetched_objects_cache", {}).values()
    for name in [name for name, value in attributes.items() if isinstance(value, list)]:
        if attributes[name] and isinstance(attributes[name][0], Model):
            yield attributes.pop(name)
