"""Puts where a model and a request stand into words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format

from lifecycle.catalogue.models import AIModel, Provider, Retirement
from requests_app.models import AccessRequest, Stage
from requests_app.states import NOBODY, REQUEST, StageState

IN_FULL = "j F Y"


@dataclass(frozen=True)
class Standing:
    """A word, and a line for each platform."""

    word: str
    lines: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.word.lower().replace(" ", "-")


def of_model(ai_model: AIModel, today: date) -> Standing:
    """Wants the model's retirements prefetched."""
    last = {r.platform: r for r in sorted(ai_model.retirements.all(), key=lambda r: r.round)}
    lines = tuple(_line(retirement, today) for retirement in last.values())
    return Standing(_word(last.values(), today), lines or ("No retirement has been announced.",))


def _word(retirements: Iterable[Retirement], today: date) -> str:
    gone = [retirement.is_effective(today) for retirement in retirements]
    if any(gone):
        return "Retired" if all(gone) else "Partly retired"
    if any(r.precision == Retirement.Precision.DAY for r in retirements):
        return "Retiring"
    return "Serving"


def _line(retirement: Retirement, today: date) -> str:
    platform, day = retirement.platform, date_format(retirement.retires, IN_FULL)
    if retirement.is_effective(today):
        return f"Retired from {platform} on {day}."
    if retirement.precision == Retirement.Precision.DAY:
        return f"Still serving on {platform} until {day}."
    if retirement.retires > today:
        return f"Serving on {platform}, not to be retired sooner than {day}."
    return f"Serving on {platform}. It was promised until {day} at least; no date is set."


def last_date(ai_model: AIModel) -> date:
    return max((r.retires for r in ai_model.retirements.all()), default=date.min)


def loosely(text: str) -> str:
    """A date as precisely as it is known: “2024”, “March 2024” or “4 March 2024”."""
    parts = [int(part) for part in text.split("-")]
    formats = {1: "Y", 2: "F Y", 3: IN_FULL}
    return date_format(date(*(parts + [1, 1])[:3]), formats[len(parts)])


def promised_notice(provider: Provider) -> str:
    """What the lab promises before a retirement; empty when nothing is known."""
    days = provider.notice_days
    if isinstance(days, dict) and days:
        return f"{min(days.values())} to {max(days.values())} days, by the kind of model"
    return f"{days} days" if days else ""


def open_stage(access_request: AccessRequest) -> Stage | None:
    """Wants stages and their steps prefetched."""
    stages = access_request.stages.all()
    return next((stage for stage in stages if stage.state == StageState.OPEN), None)


def whose_turn(access_request: AccessRequest) -> str:
    """Who has the request now, said to its requester; empty when nobody has."""
    owner = REQUEST.owners[access_request.state]
    if owner == NOBODY:
        return ""
    if owner == "requester":
        return "You"
    stage = open_stage(access_request)
    return f"The reviewers of “{stage.step.name}”" if stage else "The reviewers"


def due_at(access_request: AccessRequest) -> datetime | None:
    stage = open_stage(access_request)
    return stage.due_at if stage else None
