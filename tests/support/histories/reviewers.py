"""What reviewers do in a history."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from requests_app.actions.review import delegations, votes
from requests_app.models import Delegation
from tests.support import reference_model
from tests.support.histories.player import HistoryMachine, Place
from tests.support.histories.strategies import CHOICES, CUTS, REVIEWERS, cut_down, names, some
from tests.support.histories.vocabulary import as_scope

ACTS: Any = {"approve": votes.approve, "deny": votes.deny, "return": votes.ask_for_changes}


class Reviewers(HistoryMachine):
    """They vote, narrow, ask for changes, step aside, and lend their places."""

    def voter(
        self, wanted: reference_model.Request, stage: reference_model.Stage, name: str, number: int
    ) -> str:
        """Mostly one of those who may, often in another's place, so that histories get on."""
        may = self.world.voters(wanted, stage, self.now) if stage.state == "open" else []
        seats = {who: self.world.seat_for(wanted, stage, who, self.now) for who in may}
        lent = [who for who, seat in seats.items() if seat != who]
        pool = lent if lent and number < 30 else may
        return pool[number % len(pool)] if pool and number < 75 else name

    def cast_vote(
        self,
        where: Place,
        by: str,
        choice: str,
        *,
        shown: bool = True,
        to: reference_model.Scope | None = None,
    ) -> bool:
        """Whether it counted; where not, both refused it."""
        wanted, stage, row = where
        digest = row.revision.digest() if shown else "0" * 64
        more: dict[str, Any] = {"narrowed_to": as_scope(to)} if to else {}
        user = self.user(by)
        voted = self.both(
            lambda: ACTS[choice](row, by=user, reason="Because.", shown=digest, **more),
            lambda: self.world.vote(wanted, stage, by, choice, self.now, shown=shown, narrowed=to),
        )
        return voted is not None

    def all_vote(self, choice: str) -> None:
        """One after the other, until the stage is decided, nobody is left, or one is refused."""
        where = self.open_stage()
        wanted, stage, _ = where
        while stage.state == "open" and wanted.state == "in_review":
            may = self.world.voters(wanted, stage, self.now)
            if not may or self.now >= stage.due_at or wanted.requester in self.world.away:
                return
            # Refused for a reason of the request's, it would be refused again and again.
            if not self.cast_vote(where, self.voter(wanted, stage, may[0], 0), choice):
                return

    @precondition(lambda self: self.any_open())
    @rule(who=some, name=names, choice=st.sampled_from(CHOICES))
    def vote(self, who: int, name: str, choice: str) -> None:
        where = self.open_stage()
        self.cast_vote(where, self.voter(*where[:2], name, who), choice)

    @precondition(lambda self: self.any_open())
    @rule(choice=st.sampled_from(("approve", "approve", "deny")))
    def decide(self, choice: str) -> None:
        self.all_vote(choice)

    @precondition(lambda self: self.any_open())
    @rule(who=some, name=names)
    def ask_for_changes(self, who: int, name: str) -> None:
        where = self.open_stage()
        choice = "return" if where[1] is not where[0].stages[0] or who % 3 == 2 else "approve"
        self.cast_vote(where, self.voter(*where[:2], name, who), choice)

    @precondition(lambda self: self.any_open())
    @rule(who=some, name=names, number=some)
    def approve(self, who: int, name: str, number: int) -> None:
        where = self.open_stage()
        self.cast_vote(where, self.voter(*where[:2], name, who), "approve", shown=number < 90)

    @precondition(lambda self: self.any_open())
    @rule(who=some, name=names, cut=st.sampled_from(CUTS))
    def narrow(self, who: int, name: str, cut: str) -> None:
        where = self.open_stage()
        to = cut_down(where[0].scope, cut)
        self.cast_vote(where, self.voter(*where[:2], name, who), "approve", to=to)

    @precondition(lambda self: self.any_open())
    @rule(who=some, name=names)
    def recuse(self, who: int, name: str) -> None:
        wanted, stage, row = self.open_stage()
        by = self.voter(wanted, stage, name, who)
        if who % 3 == 0:
            return
        self.both(
            lambda: votes.recuse(row, by=self.user(by), reason="We share a project."),
            lambda: self.world.recuse(wanted, stage, by, self.now),
        )

    @precondition(lambda self: any(r.stages for r in self.world.requests) and not self.any_open())
    @rule(number=some, name=st.sampled_from(REVIEWERS), choice=st.sampled_from(CHOICES))
    def come_too_late(self, number: int, name: str, choice: str) -> None:
        """Or too early: whatever the stage, open or not."""
        wanted, row = [pair for pair in self.pairs() if pair[0].stages][-1]
        place = number % len(wanted.stages)
        where = wanted, wanted.stages[place], self.stage_of(wanted, row, place)
        self.cast_vote(where, name, choice)

    @rule(owner=st.sampled_from(REVIEWERS), to=st.sampled_from((*REVIEWERS, "bob")), number=some)
    def lend_or_take_back(self, owner: str, to: str, number: int) -> None:
        if self.world.loans and number > 80:
            self.take_back(self.world.loans[-1])
            return
        starts_at = self.now + (timedelta(days=1) if number % 5 == 4 else timedelta(0))
        self.lend(owner, to, starts_at, 9 - number % 10)

    def lend(self, owner: str, to: str, starts_at: datetime, days: int) -> None:
        ends_at = starts_at + timedelta(days=days)
        self.both(
            lambda: delegations.delegate(
                self.user(to), by=self.user(owner), starts_at=starts_at, ends_at=ends_at
            ),
            lambda: self.world.lend(owner, to, starts_at, days, self.now),
        )

    def take_back(self, loan: reference_model.Delegation) -> None:
        row = Delegation.objects.latest("pk")
        self.both(
            lambda: delegations.end(row, by=self.user(loan.owner)),
            lambda: self.world.take_back(loan, self.now),
        )
