"""Series of essays as data; docs/deployment-report.md explains each field."""

from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from lifecycle.voice.models import Essay, EssaySeries
from lifecycle.voice.schedule import Week, missed, weeks
from lifecycle.voice.states import EssayState

Exported = dict[str, Any]


def with_essays() -> QuerySet[EssaySeries]:
    """Return series with all that their pages and exports need."""
    return EssaySeries.objects.select_related("ai_model__provider", "source").prefetch_related(
        "essays"
    )


def without_texts() -> QuerySet[EssaySeries]:
    """Return series with their essays, whose long columns aren't read."""
    essays = Essay.objects.defer("body", "prompt", "context")
    rows = EssaySeries.objects.select_related("ai_model", "source")
    return rows.prefetch_related(Prefetch("essays", essays))


def public_essays(series: EssaySeries) -> list[Essay]:
    """Return the essays that anybody may know of: those whose review has ended.

    One that was withdrawn is told only if a later number is public, as its own is missed then.
    """
    ended = [essay for essay in series.essays.all() if essay.state != EssayState.IN_REVIEW]
    decided = [essay for essay in ended if essay.state != EssayState.WITHDRAWN]
    last = max((essay.number for essay in decided), default=0)
    return [essay for essay in ended if essay in decided or essay.number < last]


def export(series: EssaySeries, today: date) -> Exported:
    essays = public_essays(series)
    return {
        "slug": series.slug,
        "model": series.ai_model.identifier,
        "title": series.title,
        "disclaimer": series.disclaimer,
        "starts_on": series.starts_on.isoformat(),
        "promised_weeks": series.promised_weeks,
        "channel": series.channel,
        "missed_weeks": None if series.channel else len(missed(series, essays, today)),
        "weeks": [_week(week) for week in weeks(series, essays, today)],
        "essays": [_essay(essay) for essay in essays],
    }


def _week(week: Week) -> Exported:
    return {
        "number": week.number,
        "starts_on": week.starts_on.isoformat(),
        "state": str(week.state),
        "published": [essay.number for essay in week.published],
        "refused": [essay.number for essay in week.refused],
    }


def _essay(essay: Essay) -> Exported:
    """Return what is public: of a vetoed essay that it was vetoed, when and why, and no text."""
    assert essay.closed_at  # its review has ended (constraint)
    known = {
        "number": essay.number,
        "state": essay.state,
        "decided_at": essay.closed_at.isoformat(),
        "reason": essay.reason,
    }
    if essay.state != EssayState.PUBLISHED:
        return known
    text = {name: getattr(essay, name) for name in ("title", "body", "prompt", "context")}
    return {**known, **text, "body_sha256": essay.digest}
