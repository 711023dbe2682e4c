"""Load what was promised, and who keeps a model's weights."""

from collections.abc import Callable, Iterable
from typing import Any

from lifecycle.catalogue import provenance
from lifecycle.catalogue.file_format.entries import PromiseEntry, WeightsEntry
from lifecycle.catalogue.loading.columns import store
from lifecycle.catalogue.loading.report import LoadReport
from lifecycle.catalogue.loading.sources import Sources
from lifecycle.catalogue.models import AIModel, Promise, Provider, WeightsCustody


def load_weights(
    ai_model: AIModel, entry: WeightsEntry | None, sources: Sources, report: LoadReport
) -> bool:
    """Load who keeps the weights; checks of them are a person's."""
    row: WeightsCustody | None = getattr(ai_model, "weights", None)
    title = f"{ai_model.identifier}, weights"
    if entry is None:
        if row:
            report.kept.append(f"{title}: not in the file")
        return False
    custody = row or WeightsCustody(ai_model=ai_model)
    return store(custody, title, report, **_values(WeightsCustody, entry, sources))


def load_promises(
    owner: AIModel | Provider, entries: Iterable[PromiseEntry], sources: Sources, report: LoadReport
) -> bool:
    """Load promises; one that the file leaves out stays, since it was made."""
    name = str(getattr(owner, "identifier", None) or getattr(owner, "slug", ""))
    field = "ai_model" if isinstance(owner, AIModel) else "provider"
    known_rows = owner.promises.all() if owner.pk else ()
    left = [row for row in known_rows if not row.follows_notice_days]
    is_changed = False
    for entry, known in _pairs(list(entries), left):
        row = known or Promise(**{field: owner})
        title = f"{name}, promise “{entry.text}”"
        is_changed |= store(row, title, report, **_values(Promise, entry, sources))
    report.kept += [f"{name}, promise “{row.text}”: not in the file" for row in left]
    return is_changed


def _pairs(
    entries: list[PromiseEntry], left: list[Promise]
) -> list[tuple[PromiseEntry, Promise | None]]:
    """Match each entry with the promise of its text, or the one with only another text.

    What is matched is taken from `left`.
    """
    found: dict[int, Promise] = {}
    for is_same in (_same_text, _same_but_text):
        for place, entry in enumerate(entries):
            match = next((row for row in left if is_same(entry, row)), None)
            if place not in found and match:
                left.remove(match)
                found[place] = match
    return [(entry, found.get(place)) for place, entry in enumerate(entries)]


def _same_text(entry: PromiseEntry, row: Promise) -> bool:
    return _agree(entry, row, ("kind", "text"))


def _same_but_text(entry: PromiseEntry, row: Promise) -> bool:
    return _agree(entry, row, ("kind", "promised_by", "promised_on", "due_on", "condition"))


def _agree(entry: PromiseEntry, row: Promise, facts: Iterable[str]) -> bool:
    written: Callable[[Any], str] = provenance.written
    return all(
        provenance.in_file(row, fact) == written(getattr(entry, fact) or None) for fact in facts
    )


def _values(table: type[Any], entry: Any, sources: Sources) -> dict[str, object]:
    values = {fact: getattr(entry, fact) for fact in provenance.FACTS[table]}
    return {**values, "source": sources.at(entry.source)}
