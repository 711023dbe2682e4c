"""What there is in the model: requests, their texts and stages, and places lent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

Scope = tuple[frozenset[str], frozenset[str], int]  # models, operations, days
DAY = timedelta(days=1)
MAX_REMINDERS = 3  # of one stage
NEVER = datetime.min.replace(tzinfo=UTC)
OPEN = ("draft", "in_review", "returned")


class Refused(Exception):
    """The design doesn't allow it."""


def require(condition: object) -> None:
    if not condition:
        raise Refused


@dataclass(frozen=True, eq=False)
class StepRules:
    group: str
    quorum: int = 1
    denials_to_fail: int = 1
    window: timedelta = 7 * DAY
    alternates: str | None = None
    blind: bool = False
    shared: bool = False
    rereview_on: frozenset[str] = frozenset()
    condition: str = "always"
    value: str = ""


@dataclass(frozen=True)
class RequestText:
    models: frozenset[str]
    purpose: str
    starts_on: date
    days: int
    operations: frozenset[str]
    cost: int
    track: str
    collaborators: frozenset[str]

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=self.days)

    @property
    def dates(self) -> tuple[date, date]:
        return self.starts_on, self.ends_on

    @property
    def scope(self) -> Scope:
        return self.models, self.operations, self.days

    def changed(self, other: "RequestText") -> set[str]:
        names = ("models", "purpose", "operations", "cost", "track", "collaborators")
        parts = {name for name in names if getattr(self, name) != getattr(other, name)}
        same_dates = (self.starts_on, self.days) == (other.starts_on, other.days)
        return parts if same_dates else parts | {"dates"}


@dataclass(eq=False)
class Stage:
    step: StepRules
    state: str = "waiting"
    opened_at: datetime = NEVER
    reminded_at: datetime = NEVER
    stuck_at: datetime = NEVER
    extra: timedelta = timedelta(0)  # for how long too few could decide it
    reminded: int = 0
    escalated: bool = False
    deadlocked: bool = False
    ballots: list[tuple[str, str, str]] = field(default_factory=list)  # voter, seat, choice
    asked: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)  # whose seat somebody else has used since
    origin: "Stage | None" = None  # where its votes were cast, when it was carried along

    @property
    def due_at(self) -> datetime:
        return self.opened_at + self.step.window + self.extra

    def cast(self, choice: str) -> int:
        return sum(ballot[2] == choice for ballot in self.ballots)

    @property
    def reminders(self) -> list[datetime]:
        """At 25 % and 50 % of the window; the doubled gap after that is its end."""
        window = self.step.window + self.extra
        times = [self.opened_at + window * share for share in (0.25, 0.5)]
        if self.extra and not any(at > self.stuck_at for at in times):
            times.append(self.stuck_at + (self.due_at - self.stuck_at) * 0.25)
        return times


@dataclass(eq=False)
class Request:
    requester: str
    text: RequestText
    steps: Sequence[StepRules]
    appeal_of: "Request | None" = None
    state: str = "draft"
    sent: list[RequestText] = field(default_factory=list)
    sent_at: datetime | None = None
    is_written: bool = True
    stages: list[Stage] = field(default_factory=list)
    narrowed: Scope | None = None
    recused: set[str] = field(default_factory=set)
    voices: set[str] = field(default_factory=set)
    again_on: date = date.min
    granted: Scope | None = None
    has_access: bool = False

    @property
    def named(self) -> set[str]:
        """Collaborators; whoever was left out of a later text, or of an appeal, stays one."""
        earlier = self.appeal_of.sent if self.appeal_of else []
        return {name for text in (*earlier, *self.sent, self.text) for name in text.collaborators}

    @property
    def scope(self) -> Scope:
        return self.narrowed or self.text.scope

    @property
    def open_stage(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.state == "open"), None)


@dataclass(eq=False)
class Delegation:
    """One reviewer's place in another's hands."""

    owner: str
    to: str
    starts_at: datetime
    ends_at: datetime
    over: bool = False
