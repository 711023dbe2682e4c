"""Moves of many rows in a few statements: kept until the end of a block, then written together."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from requests_app.models import Event
from requests_app.notices import outbox
from requests_app.transitions import audit_chain


class Batch:
    """What the moves of one block changed. Rows must be locked, and one instance each."""

    def __init__(self) -> None:
        self.rows: dict[tuple[type[Model], int], Any] = {}
        self.fields: dict[tuple[type[Model], int], dict[str, None]] = {}
        self.events: list[tuple[Event, Any]] = []

    def keep(self, row: Any, fields: list[str]) -> None:
        name = type(row), row.pk
        self.rows[name] = row
        self.fields.setdefault(name, {}).update(dict.fromkeys(fields))

    def write(self) -> None:
        self._write_rows()
        audit_chain.save_all([event for event, _ in self.events])
        outbox.record_all(self.events)

    def _write_rows(self) -> None:
        """One statement for all rows of a table that end up alike."""
        alike: dict[Any, list[int]] = {}
        for (table, pk), row in self.rows.items():
            columns = [row._meta.get_field(field).attname for field in self.fields[table, pk]]
            values = tuple((column, getattr(row, column)) for column in columns)
            alike.setdefault((table, values), []).append(pk)
        for (table, values), pks in alike.items():
            changed = table._default_manager.filter(pk__in=pks).update(**dict(values))
            assert changed == len(pks)  # they are locked


_bulk: ContextVar[Batch | None] = ContextVar("bulk", default=None)


@contextmanager
def batched() -> Iterator[None]:
    """The moves and notes in this block reach the database at its end, within its transaction."""
    bulk = Batch()
    before = _bulk.set(bulk)
    try:
        yield
    finally:
        _bulk.reset(before)
    bulk.write()


def save(row: Any, fields: list[str]) -> None:
    if bulk := _bulk.get():
        bulk.keep(row, fields)
    else:
        row.save(update_fields=fields)


def record(event: Event, row: Any) -> None:
    """Write an event that follows in its chain, and its notices."""
    if bulk := _bulk.get():
        bulk.events.append((event, row))
    else:
        audit_chain.save(event)
        outbox.record(event, row)
