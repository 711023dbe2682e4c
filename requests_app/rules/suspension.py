"""Whether an owner's suspension stands: its end by the holder or the clock doesn't lift it."""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from requests_app.models import Event, Grant

KINDS = ("grant.suspended", "grant.resumed")


def standing_suspension(grant: Grant, *, since: datetime | None = None) -> Event | None:
    """The last suspension by an owner that no owner lifted, also where the grant has ended."""
    events = grant.access_request.events.filter(subject=grant.public_id, kind__in=KINDS)
    if since:
        events = events.filter(at__gte=since)
    last = events.order_by("sequence").last()
    if last is None or last.kind != "grant.suspended":
        return None
    return last if suspended_by(last) else None


def suspended_by(event: Event) -> str:
    """The owner's number, also where the clock carried the suspension on; empty for the clock."""
    return str(event.details.get("suspended_by", event.actor_id or ""))


def ended_suspended(grants: QuerySet[Grant]) -> list[Grant]:
    """Those of these ended grants, in one query; `suspension` is what the event says."""
    last = Event.objects.filter(
        access_request=OuterRef("access_request"), subject=OuterRef("public_id"), kind__in=KINDS
    ).order_by("-sequence")
    rows = grants.annotate(
        last_kind=Subquery(last.values("kind")[:1]),
        last_actor=Subquery(last.values("actor")[:1]),
        suspension=Subquery(last.values("details")[:1]),
    )
    suspended = rows.filter(last_kind="grant.suspended").distinct().order_by("pk")
    return [row for row in suspended if row.last_actor or "suspended_by" in row.suspension]
