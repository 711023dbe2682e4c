"""What an email says of retirements: only what still holds, and why its reader gets it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db.models import prefetch_related_objects
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

    @property
    def is_for_reader(self) -> bool:
        """Whether its reader watches the model, as `watchers_of` says."""
        return bool(self.follows) or self.has_access or self.shares_access or self.has_asked


class ModelFacts(NamedTuple):
    """What all readers of a model's news are told alike."""

    ai_model: AIModel
    rows: Mapping[int, Retirement]
    is_open: bool  # to requests, from its retirement on


KnownModels = dict[int, ModelFacts]  # by primary key: read once for a batch of emails


def of_notice(notice: Notice, known: KnownModels) -> RetirementNews | None:
    """Return the news of an event of a model's chain; None for all others."""
    event = notice.event
    if event.ai_model is None or "retirements" not in event.details:
        return None
    if event.ai_model.pk not in known:
        known[event.ai_model.pk] = _facts(event.ai_model)
    facts, today = known[event.ai_model.pk], clock.utc_day(timezone.now())
    ai_model, told = facts.ai_model, list(_told(event, facts.rows))
    firm = (row.retires for row in told if row.precision == Precision.DAY and not row.reopened)
    day = min((day for day in firm if day), default=None)
    is_open, is_retired = facts.is_open, ai_model.is_retired(today)
    return RetirementNews(
        ai_model=ai_model,
        lines=[_line(row, event) for row in told],
        day=day,
        headline=headline(ai_model, day, today) if day else "",
        can_be_requested_now=is_open and is_retired,
        can_be_requested_later=is_open and not is_retired and day is not None,
        **_standing(ai_model, event, notice.recipient),
    )


def _facts(ai_model: AIModel) -> ModelFacts:
    prefetch_related_objects([ai_model], "retirements")
    rows = {row.pk: row for row in ai_model.retirements.all()}
    return ModelFacts(ai_model, rows, _is_open_to_requests(ai_model))


def _told(event: Event, rows: Mapping[int, Retirement]) -> Iterator[Retirement]:
    """Yield the retirements that are still as the event says."""
    names = ("retirements", "dates", "precisions", "reopened")
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
    policy_model = getattr(ai_model, "policy_model", None) if ai_model.is_by_request() else None
    return bool(policy_model and policy_model.policy.current)


def _standing(ai_model: AIModel, event: Event, person: User | None) -> dict[str, Any]:
    if person is None:
        return {}
    follows = watchers.follows_of(ai_model, event.details["platforms"]).filter(person=person)
    return {
        "follows": list(follows.select_related("ai_model", "provider")),
        **watchers.ties_of(person, ai_model),
    }
