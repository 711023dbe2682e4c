"""Collect many transitions in a block and write them together in a few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from requests_app.models import Event
from requests_app.notices import outbox
from requests_app.rules.eligibility import VotingPanel
from requests_app.transitions import audit_chain


class Batch:
    """The changed rows and new events of one block; rows are locked, with one instance each."""

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
        """Update rows of a table that get the same values with one statement."""
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
    """Write the transitions and events of this block at its end, in the caller's transaction."""
    bulk = Batch()
    before = _bulk.set(bulk)
    try:
        yield
    finally:
        _bulk.reset(before)
    # Not reached after an exception: a block that failed writes nothing.
    bulk.write()


def save(row: Any, fields: list[str]) -> None:
    if bulk := _bulk.get():
        bulk.keep(row, fields)
    else:
        row.save(update_fields=fields)


def record(event: Event, row: Any, fields: list[str], panel: VotingPanel | None = None) -> None:
    """Store changed fields of a row, their event and its notices, or keep them for the end.

    The notices' audiences are asked with the `panel` of a stage that the caller has anyway.
    """
    if bulk := _bulk.get():
        if fields:
            bulk.keep(row, fields)
        bulk.events.append((event, panel or row))
        return
    heads_chain = row is audit_chain.owner_of(event)
    if fields and not heads_chain:
        row.save(update_fields=fields)
    audit_chain.save(event, fields if heads_chain else [])
    outbox.record(event, panel or row)
