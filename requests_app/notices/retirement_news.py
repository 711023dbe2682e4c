"""What an email says of retirements: only what still holds, and why its reader gets it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel, Precision, Retirement
from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import Event, Follow, Notice
from requests_app.rules import watchers
from requests_app.wording.retirements import date_phrase, headline


@dataclass(frozen=True)
class RetirementNews:
    """The lines of an email, one for each platform, and what its reader has to do with it."""

    ai_model: AIModel
    lines: list[str]
    day: date | None  # the first date that is firm
    headline: str  # such as “Claude Opus 3 retires in 7 days”
    can_be_requested_now: bool
    can_be_requested_later: bool
    follows: list[Follow] = field(default_factory=list)
    has_access: bool = False
    shares_access: bool = False
    has_asked: bool = False


def of_notice(notice: Notice) -> RetirementNews | None:
    """Return the news of an event of a model's chain; None for all others."""
    event = notice.event
    if event.ai_model is None or "retirements" not in event.details:
        return None
    ai_model, today = event.ai_model, clock.utc_day(timezone.now())
    told = list(_told(event))
    firm = (row.retires for row in told if row.precision == Precision.DAY and not row.reopened)
    day = min((day for day in firm if day), default=None)
    is_open, is_retired = _is_open_to_requests(ai_model), ai_model.is_retired(today)
    return RetirementNews(
        ai_model=ai_model,
        lines=[_line(row, event) for row in told],
        day=day,
        headline=headline(ai_model, day, today) if day else "",
        can_be_requested_now=is_open and is_retired,
        can_be_requested_later=is_open and not is_retired and day is not None,
        **_standing(ai_model, event, notice.recipient),
    )


def _told(event: Event) -> Iterator[Retirement]:
    """Yield the retirements that are still as the event says."""
    names = ("retirements", "dates", "precisions", "reopened")
    rows = Retirement.objects.in_bulk(event.details["retirements"])
    for pk, *told in zip(*(event.details[name] for name in names), strict=True):
        row = rows.get(pk)
        if row and told == [_iso(row.retires), row.precision, _iso(row.reopened)]:
            yield row


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _line(row: Retirement, event: Event) -> str:
    """Return a platform with its date, and with the one before if that was moved."""
    named = {"platform": row.platform}
    if row.reopened:
        return _("%(platform)s: from %(day)s") % {**named, "day": date_format(row.reopened)}
    named["date"] = date_phrase(row.retires, row.precision, row.retires_at)
    if event.kind != "retirement.date_moved":
        return f"{named['platform']}: {named['date']}"
    at = event.details["retirements"].index(row.pk)
    before = event.details["from_dates"][at]
    day = date.fromisoformat(before) if before else None
    named["before"] = date_phrase(day, event.details["from_precisions"][at])
    return _("%(platform)s: %(date)s (previously: %(before)s)") % named


def _is_open_to_requests(ai_model: AIModel) -> bool:
    """Return whether access can be requested, from its retirement on."""
    policy_model = getattr(ai_model, "policy_model", None)
    return bool(ai_model.is_by_request() and policy_model and policy_model.policy.current)


def _standing(ai_model: AIModel, event: Event, person: User | None) -> dict[str, Any]:
    if person is None:
        return {}
    follows = watchers.follows_of(ai_model, event.details["platforms"]).filter(person=person)
    return {
        "follows": list(follows.select_related("ai_model", "provider")),
        "has_access": watchers.grants_of(ai_model).filter(holder=person).exists(),
        "shares_access": watchers.places_of(ai_model).filter(person=person).exists(),
        "has_asked": watchers.requests_of(ai_model).filter(requester=person).exists(),
    }
