"""The model's people: who may vote, in whose seat, and whether enough are left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from tests.support.reference_model.rows import Delegation, Request, Stage, StepRules, require


@dataclass
class Voters:
    institutions: dict[str, str]  # of everybody, in the order in which they came
    members: dict[str, set[str]]
    owners: set[str]
    versions: list[list[StepRules]]
    colleagues_decide: bool
    wait: timedelta
    away: set[str] = field(default_factory=set)
    loans: list[Delegation] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    events: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def say(self, kind: str, told: Iterable[str] = ()) -> None:
        self.events.append((kind, frozenset(told)))

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
            or name in request.named
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

    def delegated_seats(self, owner: str, stage: Stage, now: datetime) -> str | None:
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
        return next(
            (seat for seat in seats if self.delegated_seats(seat, stage, now) == name), None
        )

    def voters(self, request: Request, stage: Stage, now: datetime) -> list[str]:
        names = self.institutions
        return [name for name in names if self.seat_for(request, stage, name, now)]

    def is_stuck(self, request: Request, stage: Stage) -> bool:
        left = len(self.open_seats(request, stage))
        return self.approvals(request, stage) + left < stage.step.quorum

    def approvals(self, request: Request, stage: Stage) -> int:
        """Those of nobody who is a party by now, nor in the place of one."""
        return sum(
            choice == "approve" and not any(self.is_party(request, name) for name in people)
            for *people, choice in stage.ballots
        )

    def earlier_steps_stand(self, request: Request) -> bool:
        passed = [stage for stage in request.stages if stage.state == "passed"]
        return all(self.approvals(request, s.origin or s) >= s.step.quorum for s in passed)

    def can_be_decided(
        self, request: Request, steps: Sequence[StepRules], taken: frozenset[str]
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

    # Places lent ----------------------------------------------------------------------------------

    def lend(self, owner: str, to: str, starts_at: datetime, days: int, now: datetime) -> None:
        ends_at = starts_at + timedelta(days=days)
        for name in (owner, to):
            require(name not in self.away and self.is_reviewer(name))
        require(owner != to and ends_at > max(now, starts_at))
        for loan in self.loans:
            if loan.owner == owner and not loan.over:
                require(loan.ends_at <= starts_at or ends_at <= loan.starts_at)
        self.loans.append(Delegation(owner, to, starts_at, ends_at))

    def take_back(self, loan: Delegation, now: datetime) -> None:
        require(not loan.over and now < loan.ends_at)
        loan.over = True

    def is_reviewer(self, name: str) -> bool:
        steps = [step for version in self.versions for step in version]
        groups = {group for step in steps for group in (step.group, step.alternates) if group}
        return any(name in self.members[group] for group in groups)
