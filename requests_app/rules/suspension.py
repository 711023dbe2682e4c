"""Find suspensions by an owner that outlast their grant, since only an owner lifts them."""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from requests_app.models import Event, Grant

KINDS = ("grant.suspended", "grant.resumed")


def standing_suspension(grant: Grant, *, since: datetime | None = None) -> Event | None:
    """Return the last suspension by an owner that wasn't lifted, even if the grant has ended."""
    events = grant.access_request.events.filter(subject=grant.public_id, kind__in=KINDS)
    if since:
        events = events.filter(at__gte=since)
    last = events.order_by("sequence").last()
    if last is None or last.kind != "grant.suspended":
        return None
    return last if suspended_by(last) else None


def suspended_by(event: Event) -> str:
    """Return the owner's id, also for a suspension carried over; empty if the clock suspended."""
    return str(event.details.get("suspended_by", event.actor_id or ""))


def ended_suspended(grants: QuerySet[Grant]) -> list[Grant]:
    """Return those ended grants with an owner's suspension, whose details are in `suspension`."""
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
