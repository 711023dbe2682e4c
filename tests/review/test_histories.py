"""Random histories of requests go as a model says that was written apart from the code."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from requests_app.actions.review import stages, votes
from requests_app.models import Stage
from tests.support import reference_model
from tests.support.histories.cast import Cast, cast
from tests.support.histories.places_reached import EVERYWHERE
from tests.support.histories.requesters import Requesters
from tests.support.histories.reviewers import Reviewers
from tests.support.histories.strategies import (
    GROUPS,
    INSTITUTIONS,
    OPENINGS,
    REVIEWERS,
    START,
    names,
    policies,
    some,
    texts,
)
from tests.support.reference_model import DAY, World
from tests.support.soak_sizes import size

__all__ = ["cast"]

HISTORIES = size(10, 10_000)
LEAST = size(0, 30)  # histories in which each place of interest has to be reached
# Ten at a time: after its tenth, Hypothesis copies parts of a history over and over.
RUN = settings(
    max_examples=size(4, 10),
    stateful_step_count=16,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
SWEEPS = {"remind": stages.remind, "escalate": stages.escalate, "expire": votes.expire}


class Histories(Requesters, Reviewers):
    """Each rule acts on the code and on the model, and wants the same answer from both."""

    @initialize(
        steps=policies(),
        members=st.lists(st.sets(st.sampled_from(REVIEWERS), min_size=3), min_size=4, max_size=4),
        conflict=st.booleans(),
        wait=st.sampled_from((0 * DAY, 10 * DAY)),
        text=texts(START.date()),
        number=some,
        opening=st.sampled_from(OPENINGS),
    )
    def begin(
        self,
        steps: list[reference_model.StepRules],
        members: list[set[str]],
        conflict: bool,
        wait: timedelta,
        text: reference_model.RequestText,
        number: int,
        opening: str,
    ) -> None:
        groups = dict(zip(GROUPS, members, strict=True))
        self.world = World(INSTITUTIONS, groups, {"pat"}, [steps], not conflict, wait)
        self.cast.publish(1, steps, conflict, wait)
        self.cast.seat(groups)
        inside = sorted(groups[steps[0].group])
        owner = inside[number % len(inside)]
        others = sorted(
            name for name in REVIEWERS if name != owner and self.world.is_reviewer(name)
        )
        self.lend(owner, others[number % len(others)], self.now, 9)
        self.ask("alice", text, submit=True)
        if self.any_open():
            self.open_with(opening, text)

    def open_with(self, opening: str, text: reference_model.RequestText) -> None:
        """Some histories begin where chance alone seldom comes."""
        if opening == "denied":
            self.all_vote("deny")
        elif opening in ("passed", "returned"):
            self.all_vote("approve")
        if opening == "denied" and self.has("denied"):
            self.appeal(*self.latest("denied"), "alice")
        elif opening == "returned" and self.any_open():
            self.all_vote("return")
            if self.has("returned"):
                self.rewrite(*self.latest("returned"), text, by="", submit=True)

    # People and the clock ---------------------------------------------------------------------

    @rule(
        number=some,
        group=st.sampled_from(GROUPS),
        name=st.sampled_from((*REVIEWERS, "alice")),
        steps=policies(),
    )
    def others_act(
        self, number: int, group: str, name: str, steps: list[reference_model.StepRules]
    ) -> None:
        """People join, leave, fall from good standing; owners publish."""
        if number < 40 and name != "alice":
            self.world.members[group] = self.world.members[group] ^ {name}
            self.cast.seat({group: self.world.members[group]})
        elif number < 60 or (number < 90 and name in self.world.away):
            self.world.away = self.world.away ^ {name}
            self.user(name).is_active = name not in self.world.away
            self.user(name).save(update_fields=["is_active"])
        elif number > 90:
            world = self.world
            world.versions.append(steps)
            self.cast.publish(len(world.versions), steps, not world.colleagues_decide, world.wait)
        self.recheck()

    def is_stuck(self) -> bool:
        stages = [request.open_stage for request in self.world.requests]
        return any(stage and stage.deadlocked for stage in stages)

    @precondition(is_stuck)
    @rule(name=names)
    def help_comes(self, name: str) -> None:
        """Somebody joins the group that can't decide."""
        group = self.open_stage()[1].step.group
        self.world.members[group] = self.world.members[group] | {name}
        self.cast.seat({group: self.world.members[group]})
        self.recheck()

    def recheck(self) -> None:
        """The sweep that looks whether open stages can still be decided."""
        self.acted = True
        for stage in Stage.objects.open():
            stages.recheck(stage.pk, now=self.now)
        for request in self.world.requests:
            if request.open_stage:
                self.world.recheck(request, request.open_stage, self.now)

    @rule(hours=st.sampled_from((1, 6, 12, 24, 30, 48, 96, 168)), number=some)
    def time_passes(self, hours: int, number: int) -> None:
        """And the sweeps come by, all or only one of them."""
        self.now += timedelta(hours=hours)
        self.acted = True
        if self.any_open():
            wanted, stage, row = self.open_stage()
            for name in list(SWEEPS)[: 1 + number % 3]:
                done = SWEEPS[name](row.pk, now=self.now)
                assert done == getattr(self.world, name)(wanted, stage, self.now), name


def sweep_out() -> None:
    """What histories rolled back still lies in the tables, and every query would walk past it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")


@pytest.mark.django_db(transaction=True)
def test_random_histories_go_as_the_model_says(cast: Cast) -> None:
    Histories.cast, Histories.reached = cast, Counter()
    while Histories.reached["history"] < HISTORIES:
        run_state_machine_as_test(Histories, settings=RUN)
        sweep_out()
    seldom = {place: Histories.reached[place] for place in EVERYWHERE}
    assert min(seldom.values()) >= LEAST, seldom
