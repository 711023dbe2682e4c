"""The review in plain Python, written from the design. It knows nothing of the code that it judges.

Every action either changes the world and says what happened and whom it tells, or raises Refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

Scope = tuple[frozenset[str], frozenset[str], int]  # models, operations, days
DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
OPEN = ("draft", "in_review", "returned")


class Refused(Exception):
    """The design doesn't allow it."""


def want(condition: object) -> None:
    if not condition:
        raise Refused


@dataclass(frozen=True, eq=False)
class Step:
    group: str
    quorum: int = 1
    denials: int = 1
    window: timedelta = 7 * DAY
    alternates: str | None = None
    blind: bool = False
    shared: bool = False
    reads: frozenset[str] = frozenset()
    condition: str = "always"
    value: str = ""


@dataclass(frozen=True)
class Text:
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
    def scope(self) -> Scope:
        return self.models, self.operations, self.days

    def changed(self, other: "Text") -> set[str]:
        names = ("models", "purpose", "operations", "cost", "track", "collaborators")
        parts = {name for name in names if getattr(self, name) != getattr(other, name)}
        same_dates = (self.starts_on, self.days) == (other.starts_on, other.days)
        return parts if same_dates else parts | {"dates"}


@dataclass(eq=False)
class Stage:
    step: Step
    state: str = "waiting"
    opened_at: datetime = NEVER
    reminded_at: datetime = NEVER
    escalated: bool = False
    deadlocked: bool = False
    ballots: list[tuple[str, str, str]] = field(default_factory=list)  # voter, seat, choice
    asked: set[str] = field(default_factory=set)
    origin: "Stage | None" = None  # where its votes were cast, when it was carried along

    @property
    def due_at(self) -> datetime:
        return self.opened_at + self.step.window

    def cast(self, choice: str) -> int:
        return sum(ballot[2] == choice for ballot in self.ballots)

    @property
    def reminders(self) -> list[datetime]:
        """At 25 % and 50 % of the window; the doubled gap after that is its end."""
        return [self.opened_at + self.step.window * share for share in (0.25, 0.5)]


@dataclass(eq=False)
class Request:
    requester: str
    text: Text
    steps: Sequence[Step]
    appeal_of: "Request | None" = None
    state: str = "draft"
    sent: list[Text] = field(default_factory=list)
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
    def scope(self) -> Scope:
        return self.narrowed or self.text.scope

    @property
    def open_stage(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.state == "open"), None)


@dataclass(eq=False)
class Loan:
    """One reviewer's place in another's hands."""

    owner: str
    to: str
    starts_at: datetime
    ends_at: datetime
    over: bool = False


@dataclass
class World:
    institutions: dict[str, str]  # of everybody, in the order in which they came
    members: dict[str, set[str]]
    owners: set[str]
    versions: list[list[Step]]
    colleagues_decide: bool
    wait: timedelta
    away: set[str] = field(default_factory=set)
    loans: list[Loan] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    said: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def say(self, kind: str, told: Iterable[str] = ()) -> None:
        self.said.append((kind, frozenset(told)))

    # Who may vote ---------------------------------------------------------------------------------

    def seats(self, stage: Stage) -> list[str]:
        members = set(self.members[stage.step.group])
        if stage.escalated and stage.step.alternates:
            members |= self.members[stage.step.alternates]
        return [name for name in self.institutions if name in members - self.away]

    def is_party(self, request: Request, name: str) -> bool:
        """Has a stake in the request, or has judged it before."""
        where = self.institutions[request.requester]
        return (
            name == request.requester
            or name in request.text.collaborators
            or name in request.recused
            or (request.appeal_of is not None and name in request.appeal_of.voices)
            or bool(not self.colleagues_decide and where and where == self.institutions[name])
        )

    def counted(self, request: Request, *, but: Stage | None = None) -> set[str]:
        """Whose votes count on the stages of this revision, those carried along included."""
        stages = [stage.origin or stage for stage in request.stages if stage is not but]
        return {
            voter
            for stage in stages
            for voter, _seat, choice in stage.ballots
            if choice in ("approve", "deny")
        }

    def is_free(self, request: Request, stage: Stage, name: str) -> bool:
        if name in self.away or self.is_party(request, name):
            return False
        if any(voter == name for voter, _, _ in stage.ballots):
            return False
        return stage.step.shared or name not in self.counted(request, but=stage)

    def open_seats(self, request: Request, stage: Stage) -> list[str]:
        used = {seat for _, seat, choice in stage.ballots if choice in ("approve", "deny")}
        seats = self.seats(stage)
        return [s for s in seats if s not in used and self.is_free(request, stage, s)]

    def lent_to(self, owner: str, stage: Stage, now: datetime) -> str | None:
        for loan in self.loans:
            runs = loan.starts_at <= stage.opened_at and now < loan.ends_at and not loan.over
            if loan.owner == owner and runs and loan.to not in self.away:
                return loan.to
        return None

    def seat_for(self, request: Request, stage: Stage, name: str, now: datetime) -> str | None:
        if not self.is_free(request, stage, name):
            return None
        seats = self.open_seats(request, stage)
        if name in seats:
            return name
        return next((seat for seat in seats if self.lent_to(seat, stage, now) == name), None)

    def voters(self, request: Request, stage: Stage, now: datetime) -> list[str]:
        names = self.institutions
        return [name for name in names if self.seat_for(request, stage, name, now)]

    def is_stuck(self, request: Request, stage: Stage) -> bool:
        left = len(self.open_seats(request, stage))
        return stage.cast("approve") + left < stage.step.quorum

    def can_be_decided(
        self, request: Request, steps: Sequence[Step], taken: frozenset[str]
    ) -> bool:
        """Try everybody: whether each step finds its quorum, and nobody votes twice."""
        if not steps:
            return True
        step, *rest = steps
        people = self.members[step.group] | self.members.get(step.alternates or "", set())
        free = {n for n in people - self.away if not self.is_party(request, n)}
        pool = sorted(free if step.shared else free - taken)
        chosen = combinations(pool, step.quorum)
        return any(self.can_be_decided(request, rest, taken | set(some)) for some in chosen)

    # From the ask to the first stage --------------------------------------------------------------

    def needs(self, request: Request, step: Step) -> bool:
        text = request.text
        if step.condition == "longer_than":
            return text.days > int(step.value)
        if step.condition == "costs_over":
            return text.cost > int(step.value)
        if step.condition == "operation":
            return step.value in text.operations
        if step.condition == "track":
            return text.track == step.value
        if step.condition == "first_request":
            mine = [r for r in self.requests if r.requester == request.requester]
            return not [r for r in mine if r.sent_at and r.sent_at < request.sent_at]
        return True

    def check_free(self, by: str, models: frozenset[str], but: Request | None) -> None:
        for other in self.requests:
            if other is not but and other.requester == by and other.text.models & models:
                want(other.state not in OPEN)
                want(not (other.has_access and other.granted and other.granted[0] & models))

    def save(
        self, by: str, text: Text, request: Request | None, now: datetime, *, submit: bool
    ) -> Request:
        want(by not in self.away)
        if request:
            want(request.requester == by and request.state in ("draft", "returned"))
        want(text.starts_on >= now.date())
        self.check_free(by, text.models, request)
        if not (request and request.appeal_of):
            mine = [r for r in self.requests if r.requester == by and r.text.models & text.models]
            want(all(r.again_on <= now.date() for r in mine))
        if submit:
            trial = Request(by, text, self.versions[-1], request and request.appeal_of)
            self.check_submission(request, trial, now)
        if request is None:
            request = Request(by, text, self.versions[-1])
            self.requests.append(request)
        request.text, request.is_written = text, True
        request.steps = self.versions[-1]
        self.say("request.saved")
        if submit:
            self.send(request, now)
        return request

    def submit(self, request: Request, by: str, now: datetime) -> None:
        want(by == request.requester and by not in self.away)
        want(request.state in ("draft", "returned") and request.is_written)
        want(request.text.starts_on >= now.date())
        self.check_free(by, request.text.models, request)
        trial = Request(by, request.text, self.versions[-1], request.appeal_of)
        self.check_submission(request, trial, now)
        request.steps = self.versions[-1]
        self.send(request, now)

    def check_submission(self, request: Request | None, trial: Request, now: datetime) -> None:
        """Somebody has to decide, and somebody can."""
        trial.recused = request.recused if request else set()
        trial.sent_at = (request.sent_at if request else None) or now
        carried = self.carried(request, trial) if request else {}
        steps = [step for step in trial.steps if self.needs(trial, step)]
        want(steps)
        trial.stages = [Stage(step, origin=stage) for step, stage in carried.items()]
        used = frozenset(self.counted(trial))
        want(self.can_be_decided(trial, [s for s in steps if s not in carried], used))

    def carried(self, before: Request, after: Request) -> dict[Step, Stage]:
        """The steps that stay passed, and where their votes were cast."""
        same_policy = [stage.step for stage in before.stages] == list(after.steps)
        if not same_policy or before.narrowed:
            return {}
        last = [step for step in after.steps if self.needs(after, step)][-1:]
        changed, kept = before.sent[-1].changed(after.text), {}
        for stage in before.stages:
            if stage.step.reads & changed or [stage.step] == last:
                break
            if stage.state == "passed":
                kept[stage.step] = stage.origin or stage
            elif stage.state != "skipped":
                break
        return kept

    def send(self, request: Request, now: datetime) -> None:
        request.sent_at = request.sent_at or now
        kept = self.carried(request, request)
        request.sent.append(request.text)
        request.narrowed, request.is_written = None, False
        request.stages = [
            Stage(step, "passed" if step in kept else "waiting", origin=kept.get(step))
            for step in request.steps
        ]
        request.state = "in_review"
        self.say("request.submitted", [request.requester])
        self.open_next(request, now)

    def open_next(self, request: Request, now: datetime) -> bool:
        for stage in request.stages:
            if stage.state == "waiting" and self.needs(request, stage.step):
                stage.state, stage.opened_at, stage.reminded_at = "open", now, now
                stage.asked = set(self.voters(request, stage, now))
                self.say("stage.opened", stage.asked)
                self.settle(request, stage, now)
                return True
            if stage.state == "waiting":
                stage.state = "skipped"
                self.say("stage.skipped")
        return False

    # Deciding -------------------------------------------------------------------------------------

    def settle(self, request: Request, stage: Stage, now: datetime) -> None:
        """Too few are left: alternates are called at once, or the owner is told."""
        if self.is_stuck(request, stage) and stage.step.alternates and not stage.escalated:
            self.call(request, stage, now)
        stuck = self.is_stuck(request, stage)
        if stuck != stage.deadlocked:
            stage.deadlocked = stuck
            told = {*self.owners, request.requester} if stuck else ()
            self.say("stage.deadlocked" if stuck else "stage.unlocked", told)

    def call(self, request: Request, stage: Stage, now: datetime) -> None:
        stage.escalated = True
        new = set(self.voters(request, stage, now)) - stage.asked
        stage.asked |= new
        self.say("stage.escalated", new)

    def check_vote(self, request: Request, stage: Stage, by: str, now: datetime) -> str:
        want(stage.state == "open" and now < stage.due_at)
        seat = self.seat_for(request, stage, by, now)
        want(seat)
        return str(seat)

    def vote(
        self,
        request: Request,
        stage: Stage,
        by: str,
        choice: str,
        now: datetime,
        *,
        shown: bool = True,
        narrowed: Scope | None = None,
    ) -> None:
        seat = self.check_vote(request, stage, by, now)
        want(shown)
        want(choice != "approve" or request.requester not in self.away)
        if narrowed and narrowed != request.scope:
            models, operations, days = request.scope
            want(narrowed[0] and narrowed[1] and narrowed[2] > 0)
            want(narrowed[0] <= models and narrowed[1] <= operations and narrowed[2] <= days)
            request.narrowed = narrowed
            self.say("request.narrowed", [request.requester])
        stage.ballots.append((by, seat, choice))
        request.voices.add(by)
        self.say(f"vote.{choice}")
        self.count(request, stage, by, choice, now)

    def count(self, request: Request, stage: Stage, by: str, choice: str, now: datetime) -> None:
        if choice == "return":
            self.close_rest(request, by)
            request.state = "returned"
            self.say("request.returned", [request.requester])
        elif stage.cast("deny") >= stage.step.denials:
            self.close(stage, "failed", by)
            self.close_rest(request, by)
            request.again_on = (now + self.wait).date() + (DAY if self.wait else timedelta(0))
            self.finish(request, "denied")
        elif stage.cast("approve") >= stage.step.quorum:
            self.close(stage, "passed", by)
            if not self.open_next(request, now):
                self.grant(request)
        else:
            self.settle(request, stage, now)

    def grant(self, request: Request) -> None:
        self.finish(request, "approved")
        request.granted, request.has_access = request.scope, True
        self.say("grant.created")
        self.say("grant.activated")

    def recuse(self, request: Request, stage: Stage, by: str, now: datetime) -> None:
        self.check_vote(request, stage, by, now)
        stage.ballots.append((by, by, "recuse"))
        request.recused.add(by)
        request.voices.add(by)
        self.say("vote.recuse")
        self.settle(request, stage, now)

    def close(self, stage: Stage, state: str, by: str | None) -> None:
        stage.state = state
        self.say(f"stage.{state}", stage.asked - {by})

    def close_rest(self, request: Request, by: str | None) -> None:
        for stage in request.stages:
            if stage.state in ("waiting", "open"):
                self.close(stage, "closed", by)

    def finish(self, request: Request, state: str) -> None:
        request.state = state
        self.say(f"request.{state}", [request.requester])

    # The requester --------------------------------------------------------------------------------

    def withdraw(self, request: Request, by: str) -> None:
        want(by == request.requester and by not in self.away and request.state in OPEN)
        self.close_rest(request, by)
        self.finish(request, "withdrawn")

    def appeal(self, request: Request, by: str, reason: str, now: datetime) -> Request:
        want(by == request.requester and by not in self.away and request.state == "denied")
        want(request.appeal_of is None)
        want(not any(other.appeal_of is request for other in self.requests))
        old, purpose = request.text, f"Appeal: {reason}\n\n{request.text.purpose}"
        starts = max(old.starts_on, now.date())
        parts = (old.operations, old.cost, old.track, old.collaborators)
        text = Text(old.models, purpose, starts, old.days, *parts)
        self.check_free(by, text.models, None)
        appeal = Request(by, text, request.steps, appeal_of=request)
        self.check_submission(None, appeal, now)
        appeal.stages, appeal.sent_at = [], None
        self.requests.append(appeal)
        self.say("request.saved")
        self.send(appeal, now)
        return appeal

    def give_back(self, request: Request, by: str) -> None:
        want(by == request.requester and by not in self.away and request.has_access)
        request.has_access = False
        self.say("grant.ended", [by])

    # Places lent ----------------------------------------------------------------------------------

    def lend(self, owner: str, to: str, starts_at: datetime, days: int, now: datetime) -> None:
        ends_at = starts_at + timedelta(days=days)
        for name in (owner, to):
            want(name not in self.away and self.is_reviewer(name))
        want(owner != to and ends_at > max(now, starts_at))
        for loan in self.loans:
            if loan.owner == owner and not loan.over:
                want(loan.ends_at <= starts_at or ends_at <= loan.starts_at)
        self.loans.append(Loan(owner, to, starts_at, ends_at))

    def take_back(self, loan: Loan, now: datetime) -> None:
        want(not loan.over and now < loan.ends_at)
        loan.over = True

    def is_reviewer(self, name: str) -> bool:
        steps = [step for version in self.versions for step in version]
        groups = {group for step in steps for group in (step.group, step.alternates) if group}
        return any(name in self.members[group] for group in groups)

    # The clock ------------------------------------------------------------------------------------

    def remind(self, request: Request, stage: Stage, now: datetime) -> bool:
        """Reminders that a late sweep missed are one."""
        if stage.state != "open" or now >= stage.due_at:
            return False
        if not any(stage.reminded_at < at <= now for at in stage.reminders):
            return False
        stage.reminded_at = now
        self.say("stage.reminded", self.voters(request, stage, now))
        return True

    def escalate(self, request: Request, stage: Stage, now: datetime) -> bool:
        half = stage.opened_at + max(stage.step.window / 2, DAY)
        if stage.state != "open" or stage.escalated or not stage.step.alternates:
            return False
        if not half <= now < stage.due_at:
            return False
        self.call(request, stage, now)
        self.settle(request, stage, now)
        return True

    def expire(self, request: Request, stage: Stage, now: datetime) -> bool:
        if stage.state != "open" or now < stage.due_at:
            return False
        self.close(stage, "expired", None)
        self.close_rest(request, None)
        self.finish(request, "expired")
        return True
