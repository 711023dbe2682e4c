"""The newest changes of a scope, as the entries of a feed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from requests_app.models import Event
from requests_app.web.feeds.scopes import Scope
from requests_app.wording import catalogue_changes

MAX_ENTRIES = 100
# Reminders are no changes; the last one, on the day itself, tells of the retirement.
EARLIER_REMINDERS = Q(kind="retirement.coming", details__days__gt=0)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # the time of a feed without entries


@dataclass(frozen=True)
class FeedEntry:
    """One change. Its id never changes (RFC 4151), and neither does its time."""

    id: str
    title: str
    lines: list[str]
    page: str
    at: datetime
    about: dict[str, Any]


def newest(scope: Scope) -> list[FeedEntry]:
    """Return at most MAX_ENTRIES entries, newest first, in the active language."""
    events = scope.changes.exclude(EARLIER_REMINDERS).order_by("-pk")
    return [_entry(event) for event in events[:MAX_ENTRIES]]


def updated(entries: list[FeedEntry]) -> datetime:
    return max((entry.at for entry in entries), default=BEGINNING)


def host() -> str:
    return str(urlsplit(settings.SITE_URL).hostname)


def _entry(event: Event) -> FeedEntry:
    return FeedEntry(
        id=f"tag:{host()},2026:{event.subject}/{event.sequence}",
        title=catalogue_changes.title(event),
        lines=catalogue_changes.lines(event),
        page=f"{settings.SITE_URL}{_page(event)}",
        at=event.at,
        about=_about(event),
    )


def _page(event: Event) -> str:
    if event.ai_model:
        return reverse("model", args=[event.ai_model.identifier])
    return f"{reverse('models')}?provider={event.provider.slug if event.provider else ''}"


def _about(event: Event) -> dict[str, Any]:
    """Return what programs read: names in place of our numbers, and nobody's name."""
    names = ("platforms", "dates", "precisions", "from_dates", "from_precisions", "reopened")
    told = {name: event.details[name] for name in (*names, "facts") if name in event.details}
    if event.ai_model:
        told["model"] = event.ai_model.identifier
    if event.provider:
        told["provider"] = event.provider.slug
    return {"kind": event.kind, **told}
