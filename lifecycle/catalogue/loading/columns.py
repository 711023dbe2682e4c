"""Set the columns of a row from a file, except those that a person set."""

from collections.abc import Mapping
from typing import Any

from lifecycle.catalogue import provenance
from lifecycle.catalogue.loading.report import FactChange, LoadReport
from lifecycle.catalogue.models import CatalogueRow


def store(row: CatalogueRow, title: str, report: LoadReport, /, **values: object) -> bool:
    """Set and save what differs and wasn't set by a person; return whether anything did."""
    file_said = dict(row.set_by_people)
    free = {fact: v for fact, v in values.items() if is_free(row, fact, v, title, report)}
    differing = set_values(row, free, report)
    noted = ["set_by_people"] if row.set_by_people != file_said else []
    if row.pk is None:
        row.save()
    elif differing or noted:
        row.save(update_fields=differing + noted)
    return bool(differing)


def set_values(row: CatalogueRow, values: Mapping[str, Any], report: LoadReport) -> list[str]:
    """Set what differs, without saving it; return the names of these columns."""
    is_new = row.pk is None
    differing = [fact for fact in values if is_new or getattr(row, fact) != values[fact]]
    for fact in differing:
        before = "" if is_new else provenance.written(getattr(row, fact))
        after = provenance.written(values[fact])
        if before != after:
            report.facts.append(FactChange(row, fact, before, after, is_new))
        setattr(row, fact, values[fact])
    return differing


def is_free(row: CatalogueRow, fact: str, listed: object, title: str, report: LoadReport) -> bool:
    """Return whether a file may set this fact; otherwise report it."""
    if fact not in row.set_by_people:
        return True
    if sentence := provenance.note_file(row, fact, listed):
        report.set_by_people.append(f"{title}: {sentence}")
    return False
