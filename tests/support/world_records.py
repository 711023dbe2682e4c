"""Builds the fixtures that most tests start from once, and writes their rows again for the next.

The first test that asks for such a fixture builds it by real actions, some two hundred queries for
a grant; what they left in the tables is recorded. In the tests after it the same rows are written
at once, and the objects are copies of those that the actions returned. Whatever could make the
actions go another way has them run again: another clock or language, a changed setting, a patch,
a row that something else has written, a fixture that a module has of its own. So does a test that
starts processes, as those hear of what actions commit.
"""

import copy
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import time_machine
from django.conf import settings
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.utils import translation

from tests.support.table_cleanup import STAY

MAX_AGE = 40  # seconds, since some tests look at how long ago something was; the least is 60
OTHERS_TABLE = "emeritus_gateway_process"  # gateways write there at any moment
NOT_WRITES = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")
TABLES = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1
"""
COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
    WHERE table_schema = 'public' AND quote_ident(table_name) = %s AND is_generated = 'NEVER'
"""

ELEMENTS = "(SELECT jsonb_array_elements(%s::jsonb))"

Rows = dict[str, Counter[str]]
Fixture = Callable[..., Any]

marked: set[Fixture] = set()


def recorded(fixture: Fixture) -> Fixture:
    """Mark a fixture that can be recorded: it changes no object that it is given."""
    marked.add(fixture)
    return fixture


@dataclass(frozen=True)
class Record:
    """What a fixture returned, and the rows that it took away and wrote."""

    value: Any
    gone: Rows
    new: Rows


class Records:
    """Those of this process, and how far the test that is running can use them."""

    def __init__(self) -> None:
        self.kept: dict[Fixture, Record] = {}
        self.since, self.day = 0.0, date.min
        self.values: dict[Fixture, Any] = {}
        self.unwritten: list[Record] = []
        self.clean = self.paused = self.alone = False
        self.patches: list[Any] = []
        self.patched = 0
        connection.execute_wrappers.append(self.notice_statement)
        setting_changed.connect(self.notice_setting)

    def begin(self, patches: list[Any], *, alone: bool = True) -> None:
        """A test begins, and has written nothing yet; `alone` if no other process looks on."""
        self.clean, self.alone, self.values, self.unwritten = True, alone, {}, []
        self.patches, self.patched = patches, len(patches)
        today = datetime.now(UTC).date()
        if time.monotonic() - self.since > MAX_AGE or self.day != today:
            self.kept, self.since, self.day = {}, time.monotonic(), today

    def notice_statement(self, execute: Callable[..., Any], sql: Any, *args: Any) -> Any:
        """Whoever writes changes what the actions of the next fixture would see."""
        if not self.paused:
            self.write()
            if not str(sql).lstrip().upper().startswith(NOT_WRITES):
                self.clean = False
        return execute(sql, *args)

    def notice_setting(self, *, enter: bool, **_: Any) -> None:
        if enter:
            self.clean = False

    def value(self, fixture: Fixture, build: Callable[[], Any], needs: Sequence[Any]) -> Any:
        """Of this fixture, from its record where there is one; `needs` are those it rests on."""
        if not self.usable(needs):
            return build()
        kept = self.kept.get(fixture)
        value = self.replay(kept) if kept else self.record(fixture, build)
        self.values[fixture] = value
        return value

    def usable(self, needs: Sequence[Any]) -> bool:
        return (
            self.clean
            and self.alone
            and len(self.patches) == self.patched
            and not time_machine.escape_hatch.is_travelling()
            and translation.get_language() == settings.LANGUAGE_CODE
            and all(any(need is value for value in self.values.values()) for need in needs)
        )

    def record(self, fixture: Fixture, build: Callable[[], Any]) -> Any:
        """Build it, and keep a copy with the rows that are new and those that are gone."""
        self.write()
        with self.pause():
            before = snapshot()
            value = build()
            after = snapshot()
        known = {id(self.values[other]): self.kept[other].value for other in self.values}
        kept = copy.deepcopy(value, known)
        self.kept[fixture] = Record(kept, minus(before, after), minus(after, before))
        return value

    def replay(self, record: Record) -> Any:
        """Have the rows written, and return a copy that leads to this test's own other values."""
        self.unwritten.append(record)
        known = {id(self.kept[other].value): self.values[other] for other in self.values}
        return copy.deepcopy(record.value, known)

    def write(self) -> None:
        """Write the rows of all that were replayed, together, before anything can look for them."""
        if not self.unwritten:
            return
        records, self.unwritten = self.unwritten, []
        atomic = transaction.atomic(savepoint=False)
        with self.pause(), atomic, connection.cursor() as cursor:
            cursor.execute(*as_replica(*together(records)))

    @contextmanager
    def pause(self) -> Iterator[None]:
        """What is written meanwhile is recorded, or comes from records."""
        self.paused = True
        try:
            yield
        finally:
            self.paused = False


def snapshot() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(all_rows())
        rows: Rows = {table: Counter() for table in tables()}
        for table, row in cursor.fetchall():
            rows[table][row] += 1
    return rows


@cache
def all_rows() -> str:
    """As one statement, since there are a hundred tables, most of them empty."""
    each = "SELECT '{0}', to_jsonb(whole_row)::text FROM {0} whole_row"
    return " UNION ALL ".join(map(each.format, tables()))


@cache
def tables() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        found = [table for (table,) in cursor.fetchall()]
    return tuple(table for table in found if table not in {*STAY, OTHERS_TABLE})


def minus(some: Rows, others: Rows) -> Rows:
    return {table: rows for table in some if (rows := some[table] - others[table])}


def together(records: Iterable[Record]) -> tuple[Rows, Rows]:
    """The rows that are gone and new after all of them; what one wrote, a later one may change."""
    gone: Rows = defaultdict(Counter)
    new: Rows = defaultdict(Counter)
    for record in records:
        for table, rows in record.gone.items():
            gone[table] += rows - new[table]
            new[table] -= rows
        for table, rows in record.new.items():
            new[table] += rows
    return gone, new


def as_replica(gone: Rows, new: Rows) -> tuple[str, list[str]]:
    """As SQL that writes them past the triggers, whose work is among the rows."""
    role = "SET LOCAL session_replication_role = "
    statements, params = [f"{role}replica"], []
    for table in filter(gone.get, gone):
        statements.append(f"DELETE FROM {table} old WHERE to_jsonb(old) IN {ELEMENTS}")  # noqa: S608
        params.append(as_array(gone[table]))
    for table in filter(new.get, new):
        columns = columns_of(table)
        statements.append(
            f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608
            f"FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
        )
        params.append(as_array(new[table]))
    return "; ".join([*statements, f"{role}origin"]), params


def as_array(rows: Counter[str]) -> str:
    return f"[{','.join(rows.elements())}]"


@cache
def columns_of(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return str(cursor.fetchone()[0])
