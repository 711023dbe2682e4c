"""Retirements that an editor announces, moves and reopens, as the desk saves them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifecycle.catalogue import editing as marks
from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app.actions import proposals
from requests_app.actions.catalogue import editing
from requests_app.models import Proposal
from tests.conftest import person
from tests.voice.conftest import editor

WHY = "The provider's page says so."


@dataclass(frozen=True)
class End:
    """The end of serving; without a day the precision is `none_yet`."""

    retires: date | None
    precision: str = "day"
    retires_at: datetime | None = None
    time_zone: str = ""


def announce(
    ai_model: AIModel, platform: str, end: End, *, by: User, announced: date
) -> Retirement:
    """Of the row that serves the model on the platform, or of a new one."""

    def write() -> None:
        rows = Retirement.objects.filter(ai_model=ai_model, platform=platform, reopened=None)
        row = rows.last() or Retirement(ai_model=ai_model, platform=platform)
        save(row, announced=announced, **vars(end))

    edit(ai_model, write, by=by)
    return Retirement.objects.filter(ai_model=ai_model, platform=platform).latest("round")


def move_date(retirement: Retirement, end: End, *, by: User, **why: Any) -> Retirement:
    """`why` are public: `reason`, `changed_on`, `source`."""
    edit(retirement.ai_model, moving(retirement, end, **why), by=by)
    return Retirement.objects.get(pk=retirement.pk)


def moving(retirement: Retirement, end: End, **why: Any) -> Callable[[], None]:
    def write() -> None:
        row = Retirement.objects.get(pk=retirement.pk)
        save(row, **vars(end))
        marks.explain_move(row, **{"changed_on": None, "reason": "", **why})

    return write


def reopen(retirement: Retirement, *, by: User, on: date) -> Retirement:
    row = Retirement.objects.get(pk=retirement.pk)
    edit(row.ai_model, lambda: save(row, reopened=on), by=by)
    return row


def save(row: Retirement, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    marks.save_edited(row)


def edit(ai_model: AIModel, write: Callable[[], object], *, by: User) -> None:
    """With a second editor where the model needs one."""
    if proposal := propose(ai_model, write, by=by):
        accept(proposal)


def propose(ai_model: AIModel, write: Callable[[], object], *, by: User) -> Proposal | None:
    return editing.edit(ai_model, write, by=by, reason=WHY)


def accept(proposal: Proposal) -> None:
    second = User.objects.filter(full_name="Second").first()
    proposals.accept(proposal, by=second or editor(person("second", staff=True)))
