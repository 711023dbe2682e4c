"""Load the facts that are lists with rows of their own, such as aliases and access routes."""

from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.catalogue import provenance
from lifecycle.catalogue.file_format.entries import Entry
from lifecycle.catalogue.loading.columns import is_free
from lifecycle.catalogue.loading.report import FactChange, LoadReport
from lifecycle.catalogue.loading.sources import Sources
from lifecycle.catalogue.models import AIModel, Provider

Owner = AIModel | Provider


def load_list(
    owner: Owner, fact: str, entries: Iterable[Entry], sources: Sources, report: LoadReport
) -> bool:
    """Replace the rows of a list if the file has others; return whether it has."""
    rows = [_columns(fact, entry, sources) for entry in entries]
    listed = provenance.listed(fact, rows)
    known = provenance.value_of(owner, fact)
    if not _may_load(owner, fact, listed, report) or known == listed:
        return False
    manager = getattr(owner, fact)
    is_new = not known
    before, after = (provenance.written(value) for value in (known, listed))
    report.facts.append(FactChange(owner, fact, before, after, is_new))
    manager.all().delete()
    manager.model.objects.bulk_create(
        manager.model(**{manager.field.name: owner}, **_place(fact, number), **columns)
        for number, columns in enumerate(rows, start=1)
    )
    return True


def _columns(fact: str, entry: Entry, sources: Sources) -> dict[str, Any]:
    values: Mapping[str, Any] = {name: getattr(entry, name) for name in provenance.LISTS[fact]}
    pages = {name: sources.at(values[name]) for name in values if name.endswith("source")}
    return {**values, **pages}


def _place(fact: str, number: int) -> dict[str, int]:
    return {"position": number} if fact in provenance.IN_ORDER else {}


def _may_load(owner: Owner, fact: str, listed: object, report: LoadReport) -> bool:
    file_said = dict(owner.set_by_people)
    name = "identifier" if isinstance(owner, AIModel) else "slug"
    may_load = is_free(owner, fact, listed, provenance.in_file(owner, name), report)
    if owner.set_by_people != file_said:
        owner.save(update_fields=["set_by_people"])
    return may_load
