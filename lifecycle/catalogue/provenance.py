"""Whether a file or a person set a fact; no file changes what a person set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from lifecycle.catalogue.models import (
    AIModel,
    CatalogueRow,
    Promise,
    Provider,
    Retirement,
    Source,
    WeightsCustody,
)

LISTS: dict[str, tuple[str, ...]] = {
    # Facts stored in rows of their own, with the columns that files give; a list is one fact.
    "replacements": ("identifier", "as_of", "named_by", "source"),
    "access_routes": (
        "kind",
        "where",
        "since",
        "rationale",
        "cost_note",
        "base_url",
        "api",
        "input_price",
        "output_price",
        "priced_on",
        "price_source",
        "source",
    ),
    "aliases": ("identifier", "platform", "starts", "ends", "source"),
    "feature_ends": ("name", "kind", "where", "announced", "ends", "note", "source"),
    "sdk_versions": ("package", "version", "checked_on", "source"),
}
IN_ORDER = ("replacements",)  # the other lists are sorted


def _columns(table: type[Model], *, but: tuple[str, ...]) -> tuple[str, ...]:
    """Return what people and files may set of a table."""
    editable = (column for column in table._meta.fields if column.editable)
    return tuple(one.name for one in editable if not one.primary_key and one.name not in but)


FACTS: dict[type[CatalogueRow], tuple[str, ...]] = {
    Source: ("kind",),
    Provider: ("slug", "name", "notice_days", "feature_ends"),
    AIModel: (
        "identifier",
        "provider",
        "name",
        "released",
        "kind",
        "context_window",
        "parameters",
        "note",
        "sources",
        *LISTS,
    ),
    Retirement: _columns(Retirement, but=("ai_model", "round")),
    WeightsCustody: ("kept", "custodian", "kept_until", "kept_while", "source"),
    Promise: (
        "kind",
        "access_kind",
        "text",
        "promised_by",
        "promised_on",
        "source",
        "due_on",
        "condition",
    ),
}


def title(fact: str) -> str:
    return fact.replace("_", " ")


def value_of(row: CatalogueRow, fact: str) -> Any:
    """Return the fact as a file would give it."""
    if fact in LISTS:
        return listed(fact, map(vars_of(fact), getattr(row, fact).all()))
    return getattr(row, fact)


def vars_of(fact: str) -> Callable[[Model], dict[str, Any]]:
    return lambda one: {column: getattr(one, column) for column in LISTS[fact]}


def listed(fact: str, entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return a list fact in words, one tuple for each of its rows."""
    rows = [tuple(written(entry[column]) for column in LISTS[fact]) for entry in entries]
    return rows if fact in IN_ORDER else sorted(rows)


def written(value: Any) -> str:
    """Return the value in words; the same value always gives the same words."""
    if isinstance(value, Provider):
        return value.slug
    if isinstance(value, Source):
        return value.url
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"  # the database adds zeros
    if isinstance(value, list):
        return ", ".join(map(written, value))
    if isinstance(value, tuple):
        first, *more = value
        rest = "; ".join(filter(None, more))
        return f"{first} ({rest})" if rest else first
    if isinstance(value, dict):
        return ", ".join(f"{kind}: {days}" for kind, days in value.items())
    return "" if value is None else str(value)


# A person ---------------------------------------------------------------------------------------


def note_edits(row: CatalogueRow, stored: CatalogueRow | None) -> None:
    """Mark the columns of `row` that a person set; `stored` is the row before, None if new."""
    for fact in FACTS[type(row)]:
        if fact not in LISTS:
            note_edit(row, fact, None if stored is None else written(value_of(stored, fact)))


def note_edit(row: CatalogueRow, fact: str, before: str | None) -> None:
    """Mark a fact as set by a person if it changed; an empty fact of a new row isn't set."""
    if written(value_of(row, fact)) != (before or ""):
        row.set_by_people.setdefault(fact, before)


def leave_to_file(row: CatalogueRow, facts: Sequence[str]) -> None:
    """Let files set these facts again."""
    row.set_by_people = {
        fact: file_says for fact, file_says in row.set_by_people.items() if fact not in facts
    }


def in_words(row: CatalogueRow) -> Iterator[tuple[str, str]]:
    """Yield each fact that a person set, with what the file says."""
    for fact, file_says in row.set_by_people.items():
        file_value = "" if file_says is None else f" (the file says “{file_says}”)"
        yield fact, f"{title(fact)}{file_value}"


# A file -----------------------------------------------------------------------------------------


def note_file(row: CatalogueRow, fact: str, listed: Any) -> str:
    """Store what the file says of a fact that a person set; return a sentence if they differ."""
    row.set_by_people[fact] = written(listed)
    ours = written(value_of(row, fact))
    if ours == written(listed):
        return ""
    return f"{title(fact)}: a person set “{ours}”, the file says “{written(listed)}”"


def in_file(row: CatalogueRow, fact: str) -> str:
    """Return what the last file says of the fact, else the current value."""
    file_says = row.set_by_people.get(fact)
    return written(value_of(row, fact)) if file_says is None else file_says


@dataclass
class FiledRetirement:
    """A retirement with the dates of its file, by which it is matched there again."""

    row: Retirement

    @property
    def announced(self) -> date | None:
        day = in_file(self.row, "announced")
        return date.fromisoformat(day) if day else None

    @property
    def retires(self) -> date | None:
        day = in_file(self.row, "retires")
        return date.fromisoformat(day) if day else None

    @property
    def precision(self) -> str:
        return in_file(self.row, "precision")
