"""The model's requesters: they write, send, withdraw, appeal, and give back."""

from datetime import datetime

from tests.support.reference_model.rows import OPEN, Request, RequestText, Stage, StepRules, require
from tests.support.reference_model.stages import Deciding


class World(Deciding):
    """Everybody at once."""

    def check_free(self, by: str, models: frozenset[str], but: Request | None) -> None:
        for other in self.requests:
            if other is not but and other.requester == by and other.text.models & models:
                require(other.state not in OPEN)
                require(not (other.has_access and other.granted and other.granted[0] & models))

    def check_days(
        self, text: RequestText, request: Request | None, now: datetime, *, submit: bool
    ) -> None:
        """No day in the past, unless the text that was sent last, or the draft, had it too."""
        kept = {day for sent in request.sent[-1:] for day in sent.dates} if request else set()
        if request and not submit:
            kept |= set(request.text.dates)
        today = now.date()
        require(text.starts_on >= today or text.starts_on in kept)
        require(text.ends_on > today or text.ends_on in kept)

    def check_text(
        self, by: str, text: RequestText, request: Request | None, now: datetime, *, submit: bool
    ) -> None:
        """What was acceptable when it was written may not be so when it is sent."""
        self.check_days(text, request, now, submit=submit)
        require(not text.collaborators & self.away)
        self.check_free(by, text.models, request)
        if not (request and request.appeal_of):
            mine = [r for r in self.requests if r.requester == by and r.text.models & text.models]
            overturned = {id(r.appeal_of) for r in self.requests if r.state == "approved"}
            require(all(r.again_on <= now.date() for r in mine if id(r) not in overturned))

    def save(
        self, by: str, text: RequestText, request: Request | None, now: datetime, *, submit: bool
    ) -> Request:
        require(by not in self.away)
        if request:
            require(request.requester == by and request.state in ("draft", "returned"))
        self.check_text(by, text, request, now, submit=submit)
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
        require(by == request.requester and by not in self.away)
        require(request.state in ("draft", "returned") and request.is_written)
        self.check_text(by, request.text, request, now, submit=True)
        trial = Request(by, request.text, self.versions[-1], request.appeal_of)
        self.check_submission(request, trial, now)
        request.steps = self.versions[-1]
        self.send(request, now)

    def check_submission(self, request: Request | None, trial: Request, now: datetime) -> None:
        """Somebody has to decide, and somebody can."""
        trial.recused = request.recused if request else set()
        trial.sent = request.sent if request else []
        trial.sent_at = (request.sent_at if request else None) or now
        carried = self.carried(request, trial) if request else {}
        steps = [step for step in trial.steps if self.needs(trial, step)]
        require(steps)
        trial.stages = [Stage(step, origin=stage) for step, stage in carried.items()]
        used = frozenset(self.counted(trial))
        require(self.can_be_decided(trial, [s for s in steps if s not in carried], used))

    def carried(self, before: Request, after: Request) -> dict[StepRules, Stage]:
        """The steps that stay passed, and where their votes were cast."""
        same_policy = [stage.step for stage in before.stages] == list(after.steps)
        if not same_policy or before.narrowed:
            return {}
        last = [step for step in after.steps if self.needs(after, step)][-1:]
        changed, kept = before.sent[-1].changed(after.text), {}
        for stage in before.stages:
            if stage.step.rereview_on & changed or [stage.step] == last:
                break
            if stage.state == "passed" and self.stands(stage.origin or stage, after):
                kept[stage.step] = stage.origin or stage
            elif stage.state != "skipped":
                break
        return kept

    def stands(self, stage: Stage, request: Request) -> bool:
        """Whoever passed it, or whose place they took, is still here and has no stake in it."""
        passed = [(voter, seat) for voter, seat, choice in stage.ballots if choice == "approve"]
        names = {name for pair in passed for name in pair}
        return not names & self.away and not any(self.is_party(request, name) for name in names)

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
        self.flag(request)
        self.flag_colleagues(request)
        self.open_next(request, now)

    def flag(self, request: Request) -> None:
        """Its owners hear of reviewers who take part from now on."""
        groups = {name for s in request.steps for name in (s.group, s.alternates) if name}
        judges = self.owners.union(*(self.members[name] for name in groups))
        earlier = {name for text in request.sent[:-1] for name in text.collaborators}
        if new := (request.text.collaborators - earlier) & judges:
            self.say("request.reviewers_take_part", self.owners - new - {request.requester})

    def flag_colleagues(self, request: Request) -> None:
        """Its owners hear whom the institution bars that the requester names at first."""
        where = self.institutions[request.requester]
        if self.colleagues_decide or not where or len(request.sent) > 1:
            return
        groups = {name for s in request.steps for name in (s.group, s.alternates) if name}
        judges = self.owners.union(*(self.members[name] for name in groups))
        if barred := {name for name in judges if self.institutions[name] == where}:
            self.say("request.reviewers_barred", self.owners - barred - {request.requester})

    def withdraw(self, request: Request, by: str) -> None:
        require(by == request.requester and by not in self.away and request.state in OPEN)
        asked = request.open_stage.asked if request.open_stage else set()
        self.close_rest(request, by)
        owners = self.owners - asked if request.sent else set()
        self.finish(request, "withdrawn", *owners - {by})

    def appeal(self, request: Request, by: str, reason: str, now: datetime) -> Request:
        require(by == request.requester and by not in self.away and request.state == "denied")
        require(request.appeal_of is None)
        require(not any(other.appeal_of is request for other in self.requests))
        old, purpose = request.text, f"Appeal: {reason}\n\n{request.text.purpose}"
        starts = max(old.starts_on, now.date())
        parts = (old.operations, old.cost, old.track, old.collaborators - self.away)
        text = RequestText(old.models, purpose, starts, old.days, *parts)
        self.check_free(by, text.models, None)
        appeal = Request(by, text, request.steps, appeal_of=request)
        self.check_submission(None, appeal, now)
        appeal.stages, appeal.sent_at = [], None
        self.requests.append(appeal)
        self.say("request.saved")
        self.send(appeal, now)
        return appeal

    def give_back(self, request: Request, by: str) -> None:
        require(by == request.requester and by not in self.away and request.has_access)
        request.has_access = False
        self.say("grant.ended", {by} | (request.text.collaborators - self.away))
