"""The model's stages: opened, voted on, decided, or ended by the clock."""

from datetime import datetime, timedelta

from tests.support.reference_model.rows import (
    DAY,
    MAX_REMINDERS,
    Request,
    Scope,
    Stage,
    StepRules,
    require,
)
from tests.support.reference_model.voters import Voters


class Deciding(Voters):
    """What reviewers and the clock do."""

    def needs(self, request: Request, step: StepRules) -> bool:
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
            first = request.appeal_of or request
            mine = [r for r in self.requests if r.requester == first.requester and r is not first]
            return not [r for r in mine if r.sent_at and r.sent_at < first.sent_at]
        return True

    def open_next(self, request: Request, now: datetime) -> bool:
        for stage in request.stages:
            if stage.state == "waiting" and self.needs(request, stage.step):
                stage.state, stage.opened_at, stage.reminded_at = "open", now, now
                self.say("stage.opened", self.ask(request, stage, now))
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
            if not stuck:  # the time that was left goes on
                stage.extra = min(stage.extra + (now - stage.stuck_at), stage.step.window)
                stage.reminded_at = now
            stage.stuck_at = now
            told = {*self.owners, request.requester} if stuck else {request.requester}
            self.say("stage.deadlocked" if stuck else "stage.unlocked", told)

    def call(self, request: Request, stage: Stage, now: datetime) -> None:
        stage.escalated = True
        self.say("stage.escalated", self.ask(request, stage, now))

    def recheck(self, request: Request, stage: Stage, now: datetime) -> None:
        """After a change of people: too few may be left, or others may vote."""
        if now < stage.due_at:
            self.settle(request, stage, now)
            if new := self.ask(request, stage, now):
                self.say("stage.joined", new)

    def ask(self, request: Request, stage: Stage, now: datetime) -> set[str]:
        """Whoever may vote and wasn't asked, or has lost their seat since and has one again."""
        new = set(self.voters(request, stage, now)) - (stage.asked - stage.lost)
        stage.asked, stage.lost = stage.asked | new, stage.lost - new
        return new

    def check_vote(self, request: Request, stage: Stage, by: str, now: datetime) -> str:
        require(stage.state == "open" and now < stage.due_at)
        seat = self.seat_for(request, stage, by, now)
        require(seat)
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
        require(shown)
        require(choice != "approve" or request.requester not in self.away)
        require(choice != "approve" or self.earlier_steps_stand(request))
        if narrowed and narrowed != request.scope:
            models, operations, days = request.scope
            require(narrowed[0] and narrowed[1] and narrowed[2] > 0)
            require(narrowed[0] <= models and narrowed[1] <= operations and narrowed[2] <= days)
            request.narrowed = narrowed
            self.say("request.narrowed", [request.requester])
        stage.ballots.append((by, seat, choice))
        stage.lost |= {seat} - {by}
        request.voices.add(by)
        self.say(f"vote.{choice}")
        self.count(request, stage, by, choice, now)

    def count(self, request: Request, stage: Stage, by: str, choice: str, now: datetime) -> None:
        if choice == "return":
            self.close_rest(request, by)
            request.state = "returned"
            self.say("request.returned", [request.requester])
        elif stage.cast("deny") >= stage.step.denials_to_fail:
            self.close(stage, "failed", by)
            self.close_rest(request, by)
            request.again_on = (now + self.wait).date() + (DAY if self.wait else timedelta(0))
            self.finish(request, "denied")
        elif self.approvals(request, stage) >= stage.step.quorum:
            self.close(stage, "passed", by)
            if not self.open_next(request, now):
                self.grant(request)
        else:
            self.settle(request, stage, now)

    def grant(self, request: Request) -> None:
        self.finish(request, "approved")
        request.granted, request.has_access = request.scope, True
        self.say("grant.created", request.text.collaborators - self.away)
        self.say("grant.activated", request.text.collaborators - self.away)

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

    def finish(self, request: Request, state: str, *others: str) -> None:
        """An approval is told to collaborators by the access that it gives them."""
        request.state = state
        newest = [request.text, *request.sent[-1:]]
        joined = {name for text in newest for name in text.collaborators} - self.away
        told = {request.requester, *others, *(set() if state == "approved" else joined)}
        self.say(f"request.{state}", told)

    # The clock ------------------------------------------------------------------------------------

    def remind(self, request: Request, stage: Stage, now: datetime) -> bool:
        """Reminders that a late sweep missed are one."""
        if stage.state != "open" or now >= stage.due_at:
            return False
        due = any(stage.reminded_at < at <= now for at in stage.reminders)
        if not due or stage.reminded == MAX_REMINDERS:
            return False
        stage.reminded_at, stage.reminded = now, stage.reminded + 1
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
