"""Who set a fact of the catalogue: a file, or a person. What a person set, no file takes back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifecycle.catalogue.models import AIModel, CatalogueRow, Provider, Retirement

FACTS: dict[type[CatalogueRow], tuple[str, ...]] = {
    Provider: ("slug", "name", "notice_days"),
    AIModel: (
        "identifier",
        "provider",
        "name",
        "released",
        "note",
        "sources",
        "replacements",
        "access_routes",
    ),
    Retirement: (
        "platform",
        "announced",
        "retires",
        "retires_at",
        "precision",
        "extended_access_from",
    ),
}


def title(fact: str) -> str:
    return fact.replace("_", " ")


def value_of(row: CatalogueRow, fact: str) -> Any:
    """As a file would give it."""
    if fact == "access_routes":
        return sorted(route.kind for route in row.access_routes.all())  # type: ignore[attr-defined]
    if fact == "replacements":
        return [(one.identifier, one.as_of) for one in row.replacements.all()]  # type: ignore[attr-defined]
    return getattr(row, fact)


def written(value: Any) -> str:
    """For people, and the same for the same value."""
    if isinstance(value, Provider):
        return value.slug
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(written, value))
    if isinstance(value, tuple):
        identifier, as_of = value
        return f"{identifier} ({as_of})" if as_of else identifier
    if isinstance(value, dict):
        return ", ".join(f"{kind}: {days}" for kind, days in value.items())
    return "" if value is None else str(value)


# A person ---------------------------------------------------------------------------------------


def note_edits(row: CatalogueRow, stored: CatalogueRow | None) -> None:
    """Note which columns of `row` a person set; `stored` is the row before, None when it is new."""
    for fact in FACTS[type(row)]:
        if fact not in ("access_routes", "replacements"):
            note_edit(row, fact, None if stored is None else written(value_of(stored, fact)))


def note_edit(row: CatalogueRow, fact: str, before: str | None) -> None:
    """Note that a person set it, unless it is what it was; an empty fact of a new row isn't set."""
    if written(value_of(row, fact)) != (before or ""):
        row.set_by_people.setdefault(fact, before)


def leave_to_file(row: CatalogueRow, facts: Sequence[str]) -> None:
    """From now on a file sets these again."""
    row.set_by_people = {
        fact: file_says for fact, file_says in row.set_by_people.items() if fact not in facts
    }


def in_words(row: CatalogueRow) -> Iterator[tuple[str, str]]:
    """Each fact that a person set, and what the file says of it."""
    for fact, file_says in row.set_by_people.items():
        file_value = "" if file_says is None else f" (the file says “{file_says}”)"
        yield fact, f"{title(fact)}{file_value}"


# A file -----------------------------------------------------------------------------------------


def note_file(row: CatalogueRow, fact: str, listed: Any) -> str:
    """Keep what the file says of a fact that a person set; the sentence on it when they differ."""
    row.set_by_people[fact] = written(listed)
    ours = written(value_of(row, fact))
    if ours == written(listed):
        return ""
    return f"{title(fact)}: a person set “{ours}”, the file says “{written(listed)}”"


def in_file(row: CatalogueRow, fact: str) -> str:
    """What the file that named it last says of it, else what we have."""
    file_says = row.set_by_people.get(fact)
    return written(value_of(row, fact)) if file_says is None else file_says


@dataclass
class FiledRetirement:
    """A retirement with the dates that the file says, by which it is found there again."""

    row: Retirement

    @property
    def announced(self) -> date | None:
        day = in_file(self.row, "announced")
        return date.fromisoformat(day) if day else None

    @property
    def retires(self) -> date:
        return date.fromisoformat(in_file(self.row, "retires"))

    @property
    def precision(self) -> str:
        return in_file(self.row, "precision")
