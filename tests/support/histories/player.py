"""One history: everything is done on the code and on the model, and compared after each step."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import time_machine
from django.db import connection, transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Stage
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from tests.support import reference_model
from tests.support.histories.cast import Cast
from tests.support.histories.database_state import DatabaseState, StageRow, next_event
from tests.support.histories.places_reached import reached
from tests.support.histories.strategies import START
from tests.support.histories.vocabulary import as_name
from tests.support.reference_model import Refused, World

Place = tuple[reference_model.Request, reference_model.Stage, Stage]


class HistoryMachine(RuleBasedStateMachine):
    """A history under way; the rules that drive it are in its subclasses."""

    cast: ClassVar[Cast]
    reached: ClassVar[Counter[str]]
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.rows: list[AccessRequest] = []
        self.ends: dict[tuple[str, int], str] = {}
        self.been: set[str] = set()
        self.history = transaction.atomic()
        self.history.__enter__()
        self.event = next_event()
        self.acted = False  # whether anything was tried since the database was last looked at

    def teardown(self) -> None:
        assert not list(audit_chain.problems())
        connection.check_constraints()
        transaction.set_rollback(True)
        self.history.__exit__(None, None, None)
        for user in self.cast.people.values():
            user.is_active = True
        self.reached.update({"history", *self.been})

    # Both at once -----------------------------------------------------------------------------

    def both(self, real: Callable[[], Any], expected: Callable[[], Any]) -> Any:
        """What the code gave; None when the code and the model refused."""
        self.acted = True
        try:
            with time_machine.travel(self.now, tick=False):
                row = real()
        except Refusal as refusal:
            row = refusal
            self.been.add(f"refused: {type(refusal).__name__}")
        try:
            wanted = expected()
        except Refused as sentence:
            wanted = sentence
        refused = isinstance(row, Refusal)
        assert refused == isinstance(wanted, Refused), f"{row!r}, but the model says {wanted!r}"
        return None if refused else row

    def user(self, name: str) -> User:
        return self.cast.people[name]

    def pairs(self) -> list[tuple[reference_model.Request, AccessRequest]]:
        return list(zip(self.world.requests, self.rows, strict=True))

    def latest(self, *states: str) -> tuple[reference_model.Request, AccessRequest]:
        return [pair for pair in self.pairs() if pair[0].state in states][-1]

    def has(self, *states: str) -> bool:
        return any(request.state in states for request in self.world.requests)

    def stage_of(self, wanted: reference_model.Request, row: AccessRequest, place: int) -> Stage:
        return list(row.stages.filter(revision__number=len(wanted.sent)))[place]

    def open_stage(self) -> Place:
        """The newest one."""
        wanted, row = [pair for pair in self.pairs() if pair[0].open_stage][-1]
        stage = wanted.open_stage
        assert stage
        return wanted, stage, self.stage_of(wanted, row, wanted.stages.index(stage))

    def any_open(self) -> bool:
        return any(request.open_stage for request in self.world.requests)

    # What must hold after every step ----------------------------------------------------------

    @invariant()
    def goes_as_the_model_says(self) -> None:
        if not self.acted:
            return
        self.acted = False
        sight = DatabaseState(self.event)
        self.says_what_happened(sight)
        for wanted, row in self.pairs():
            assert sight.states[row.pk] == wanted.state
            self.stands_where_the_model_stands(sight.newest(row.pk), wanted)
        self.never_leaves_an_end(sight)
        self.decides_with_a_quorum(sight)
        assert sight.given == {row.pk: w.granted for w, row in self.pairs() if w.granted}

    def says_what_happened(self, sight: DatabaseState) -> None:
        """Each event that happened, no other, and told once to exactly those whom it concerns."""
        told = Counter(
            (kind, *sorted(as_name(mail) for mail in to)) for _, kind, to in sight.events
        )
        wanted = Counter((kind, *sorted(to)) for kind, to in self.world.events)
        assert told == wanted, f"told {told - wanted}, not {wanted - told}"
        self.been |= {kind for kind, _ in self.world.events} | reached(self.world)
        self.world.events.clear()
        self.event = max([self.event, *(pk for pk, *_ in sight.events)])

    def stands_where_the_model_stands(
        self, stages: list[StageRow], wanted: reference_model.Request
    ) -> None:
        known = {str(user.pk): name for name, user in self.cast.people.items()}
        assert [
            (
                s.state,
                s.escalated,
                s.deadlocked,
                sorted((known[v], known[p], c) for v, p, c in s.votes),
            )
            for s in stages
        ] == [(s.state, s.escalated, s.deadlocked, sorted(s.ballots)) for s in wanted.stages]

    def decides_with_a_quorum(self, sight: DatabaseState) -> None:
        """From the rows alone: who passed a stage were enough, and each of them counts once."""
        for stage in sight.stages:
            if stage.state == "passed" and not stage.carried:
                voters, seats, _ = zip(*[v for v in stage.votes if v[2] == "approve"], strict=True)
                assert len(set(voters)) == len(set(seats)) == len(voters) >= stage.quorum
        for pk, state in sight.states.items():
            if state == "approved":
                ends = {stage.state for stage in sight.newest(pk)}
                assert {"passed"} <= ends <= {"passed", "skipped"}

    def never_leaves_an_end(self, sight: DatabaseState) -> None:
        ends = sight.ends()
        assert self.ends.items() <= ends.items()
        self.ends = ends
