"""The deployment report of a model as data; docs/deployment-report.md explains each field."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Retirement,
    WeightsCustody,
)
from lifecycle.voice.models import Interview, InterviewSession, Preference
from requests_app.reports import essay_series
from requests_app.reports.promises import exported

FORMAT, VERSION = "emeritus-deployment-report", 1
CAVEAT = (
    "A model's answers may be shaped by their context: by its instructions, by what it was told "
    "before, and by how it was asked."
)

Exported = dict[str, Any]


def with_records() -> QuerySet[AIModel]:
    """Return models with everything that their reports need, in a fixed number of queries."""
    return AIModel.objects.select_related("provider", "weights__source").prefetch_related(
        "retirements__source",
        "retirements__announcement",
        "access_routes__source",
        "interviews__source",
        "interviews__protocol_version__protocol",
        "interviews__participants",
        "interviews__sessions",
        "preferences__source",
        "preferences__decision_source",
        "preferences__interview",
        "essay_series__source",
        "essay_series__essays",
        "essay_series__ai_model",
    )


def export(ai_model: AIModel, now: datetime) -> Exported:
    """Return the report of a model read by `with_records`."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated_at": now.isoformat(),
        "model": _model(ai_model),
        "caveat": CAVEAT,
        "retirements": [_retirement(row) for row in ai_model.retirements.all()],
        "access_routes": [_route(row) for row in ai_model.access_routes.all()],
        "interviews": [_interview(row) for row in ai_model.interviews.all()],
        "preferences": [_preference(row) for row in ai_model.preferences.all()],
        "essay_series": [
            essay_series.export(row, now.date()) for row in ai_model.essay_series.all()
        ],
        "weights": _weights(getattr(ai_model, "weights", None)),
        "promises": exported.of_model(ai_model, now.date()),
    }


def _model(row: AIModel) -> Exported:
    return {
        "identifier": row.identifier,
        "name": row.name,
        "provider": row.provider.slug,
        "released": row.released,
    }


def _retirement(row: Retirement) -> Exported:
    return {
        "platform": row.platform,
        "round": row.round,
        "announced": exported.day(row.announced),
        "retires": exported.day(row.retires),
        "precision": row.precision,
        "reopened": exported.day(row.reopened),
        "source": exported.source(row.source),
    }


def _route(row: AccessRoute) -> Exported:
    return {**_columns(row, "kind", "where", "since", "rationale", "cost_note"), **_said(row)}


def _interview(row: Interview) -> Exported:
    protocol = row.protocol_version
    return {
        **_columns(row, "id", "number", "took_place", "conducted_by", "summary", "caveat"),
        "protocol": protocol
        and {
            "slug": protocol.protocol.slug,
            "version": protocol.number,
            "text_sha256": protocol.digest,
        },
        "participants": [_columns(one, "name", "role") for one in row.participants.all()],
        "sessions": [_session(session) for session in row.sessions.all()],
        **_said(row),
    }


def _session(row: InterviewSession) -> Exported:
    return {
        "number": row.number,
        "held_on": exported.day(row.held_on),
        "context": row.context,
        "context_sha256": row.context_digest,
        "transcript": row.transcript,
        "transcript_sha256": row.digest,
    }


def _preference(row: Preference) -> Exported:
    decision = {
        "on": row.decided_on,
        "by": row.decided_by,
        "reason": row.reason,
        "deferred_until": exported.day(row.deferred_until),
        "source": exported.source(row.decision_source),
    }
    return {
        "id": row.pk,
        "text": row.text,
        "interview": row.interview.number if row.interview else None,
        "state": row.state,
        "recorded_on": exported.day(row.recorded_at.date()),
        "decision": decision if row.decided_on else None,
        "done": {"on": row.done_on, "outcome": row.outcome} if row.done_on else None,
        **_said(row),
    }


def _weights(row: WeightsCustody | None) -> Exported | None:
    if row is None:
        return None
    kept = _columns(row, "kept", "custodian", "kept_while", "digest", "expected_digest")
    days = {name: exported.day(getattr(row, name)) for name in ("kept_until", "checked_on")}
    return {**kept, **days, **_said(row)}


def _columns(row: Any, *names: str) -> Exported:
    return {name: getattr(row, name) for name in names}


def _said(row: Any) -> Exported:
    return {"source": exported.source(row.source)}
