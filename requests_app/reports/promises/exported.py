"""A promise as data, the same in the API and in deployment reports."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from lifecycle.catalogue.models import AIModel, Promise, Source
from requests_app.reports.promises import ledger
from requests_app.reports.promises.ledger import Found


def of_model(ai_model: AIModel, today: date) -> list[dict[str, Any]]:
    """Return the promises about a model and those about all of its provider's."""
    rows: Sequence[Promise] = list(ledger.of_model(ai_model))
    states = ledger.states(rows, today)
    return [export(row, states[row.pk]) for row in rows]


def export(row: Promise, found: Found) -> dict[str, Any]:
    """Return a row of `ledger.rows()` with its state."""
    provider = row.ai_model.provider if row.ai_model else row.provider
    assert provider  # it is about one of them (constraint)
    return {
        "id": row.pk,
        "kind": row.kind,
        "access_kind": row.access_kind,
        "model": row.ai_model and row.ai_model.identifier,
        "provider": provider.slug,
        "text": row.text,
        "promised_by": row.promised_by,
        "promised_on": row.promised_on,
        "due_on": day(row.due_on),
        "condition": row.condition,
        "state": str(found.state),
        "basis": found.basis,
        "since": found.since,
        "record": found.record,
        "kept_on": day(row.kept_on),
        "broken_on": day(row.broken_on),
        "ended_on": day(row.ended_on),
        "outcome": row.outcome,
        "source": source(row.source),
    }


def source(row: Source | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"url": row.url, "kind": row.kind, "verified_on": day(row.verified_on)}


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None
