"""Save changes made in the catalogue's admin, and mark them as made by a person."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import AIModel, CatalogueRow, DateChange, Retirement, Source
from lifecycle.catalogue.retirements import lock, save_retirement


@transaction.atomic
def save_edited(row: CatalogueRow, *, leaving: Sequence[str] = ()) -> None:
    """Save the row; files no longer change what a person set.

    Files may set the facts in `leaving` again.
    """
    lock()
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    if stored:
        row.set_by_people = stored.set_by_people
    provenance.note_edits(row, stored)
    provenance.leave_to_file(row, leaving)
    if isinstance(row, Retirement):
        save_retirement(row)
    else:
        row.save()


def note_edited_rows(ai_model: AIModel, fact: str, before: str | None) -> None:
    """Mark replacements or access routes as set by a person; `before` is None for a new model."""
    provenance.note_edit(ai_model, fact, before)
    ai_model.save(update_fields=["set_by_people"])


def explain_move(
    retirement: Retirement,
    *,
    changed_on: date | None,
    reason: str,
    source: str = "",
    source_kind: str = Source.Kind.PROVIDER,
) -> None:
    """State publicly when and why a saved retirement's date has moved last, and where it says so.

    `source` is an address.
    """
    last = DateChange.objects.filter(retirement=retirement).last()
    if last is None or last.to_end != (retirement.retires, retirement.precision):
        return  # it didn't move
    last.changed_on, last.reason = changed_on, reason
    if source:
        kind = {"kind": source_kind}
        last.source, _ = Source.objects.get_or_create(url=source, defaults=kind)
    last.save(update_fields=["changed_on", "reason", "source"])
