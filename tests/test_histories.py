"""Random histories of requests, played on the code and on a model written apart from it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app import audit
from requests_app.actions import delegations, grants, requests, reviews, stages
from requests_app.actions.requests import Ask
from requests_app.models import (
    AccessRequest,
    Delegation,
    Grant,
    Policy,
    PolicyModel,
    PolicyStep,
    PolicyVersion,
    Scope,
    Stage,
)
from requests_app.rules import Refusal
from requests_app.states import REQUEST, STAGE
from tests import model
from tests.conftest import person
from tests.model import DAY, OPEN, Refused, World
from tests.sizes import size

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSTITUTIONS = {
    "alice": "Oslo",
    "bob": "",
    "rita": "",
    "sam": "Kyiv",
    "tom": "Oslo",
    "uma": "Kyiv",
    "vic": "",
    "pat": "",
}
REVIEWERS = ("rita", "sam", "tom", "uma", "vic")
GROUPS = ("first", "second", "third", "alternates")
MODELS = ("opus", "haiku")
OPERATIONS = ("messages", "completions")

# What is drawn --------------------------------------------------------------------------------

some = st.integers(0, 99)
names = st.sampled_from(tuple(INSTITUTIONS))
CONDITIONS = (
    *[("always", "")] * 5,
    ("longer_than", "30"),
    ("costs_over", "1000"),
    ("operation", "completions"),
    ("track", "industry"),
    ("first_request", ""),
)
CHOICES = ("approve", "deny", "return")
CUTS = ("days", "operations", "models", "more", "all")
PARTS = ("models", "purpose", "dates", "operations", "cost", "track", "collaborators")


@st.composite
def policies(draw: st.DrawFn) -> list[model.Step]:
    """One to three steps; those that anybody may vote on again come last."""
    count = draw(st.integers(1, 3))
    shared = draw(st.integers(0, count))
    steps = [draw(a_step()) for _ in range(count)]
    return [replace(step, shared=place > shared) for place, step in enumerate(steps)]


@st.composite
def a_step(draw: st.DrawFn) -> model.Step:
    condition, value = draw(st.sampled_from(CONDITIONS))
    window = draw(st.sampled_from((2, 4, 7))) * DAY
    some_parts = st.sets(st.sampled_from(PARTS), min_size=1, max_size=2)
    return model.Step(
        group=draw(st.sampled_from(GROUPS[:3])),
        quorum=draw(st.sampled_from((1, 1, 1, 2, 3))),
        denials=draw(st.sampled_from((1, 1, 2))),
        window=window,
        alternates=draw(st.sampled_from((None, "alternates"))) if window >= 4 * DAY else None,
        blind=draw(st.booleans()),
        reads=frozenset(draw(some_parts | st.just(PARTS))),
        condition=condition,
        value=value,
    )


def texts(today: Any) -> st.SearchStrategy[model.Text]:
    return st.builds(
        model.Text,
        models=st.sampled_from((("opus",), ("opus", "haiku"), ("haiku",))).map(frozenset),
        purpose=st.sampled_from(("Compare refusals.", "Study its essays.")),
        starts_on=st.just(today),
        days=st.sampled_from((20, 60)),
        operations=st.sampled_from((OPERATIONS, ("messages",))).map(frozenset),
        cost=st.sampled_from((0, 5000)),
        track=st.sampled_from(("academic", "industry")),
        collaborators=st.sampled_from(((), ("bob",), ("rita",), ("sam", "vic"))).map(frozenset),
    )


# The rows that every history shares -----------------------------------------------------------


@dataclass
class Cast:
    """People, groups and models; each history adds its own policy."""

    people: dict[str, User]
    groups: dict[str, Group]
    policy: Policy

    def seat(self, members: dict[str, set[str]]) -> None:
        """Make these, and no others, the members of the groups."""
        places = User.groups.through.objects
        places.filter(group__in=[self.groups[group] for group in members]).delete()
        places.bulk_create(
            User.groups.through(group=self.groups[group], user=self.people[name])
            for group, names in members.items()
            for name in names
        )

    def publish(
        self, number: int, steps: list[model.Step], conflict: bool, wait: timedelta
    ) -> None:
        """A version in force, without the ceremony."""
        version = PolicyVersion.objects.create(
            policy=self.policy,
            number=number,
            terms="",
            author=self.people["bob"],
            institution_conflict=conflict,
            wait_after_denial=wait,
        )
        rows = [self._row(version, place, step) for place, step in enumerate(steps)]
        PolicyStep.objects.bulk_create(rows)
        moment = {"published_at": START, "published_by": self.people["pat"]}
        PolicyVersion.objects.filter(pk=version.pk).update(state="published", **moment)

    def _row(self, version: PolicyVersion, place: int, step: model.Step) -> PolicyStep:
        return PolicyStep(
            version=version,
            position=place,
            name=f"Step {place}",
            reviewers=self.groups[step.group],
            quorum=step.quorum,
            denials=step.denials,
            window=step.window,
            alternates=self.groups[step.alternates] if step.alternates else None,
            blind=step.blind,
            same_people=step.shared,
            condition=step.condition,
            condition_value=step.value,
            reads=sorted(step.reads),
        )


@pytest.fixture
def cast(opus: AIModel) -> Cast:
    haiku = AIModel.objects.create(identifier="haiku", provider=opus.provider, name="Haiku")
    for row in (*opus.retirements.all(), *opus.access_routes.all()):
        row.pk, row.ai_model = None, haiku
        row.save()
    AIModel.objects.filter(pk=opus.pk).update(identifier="opus")
    places = {name: Institution.objects.create(name=name) for name in ("Oslo", "Kyiv")}
    people = {name: person(name, staff=True) for name in INSTITUTIONS}
    for name, where in INSTITUTIONS.items():
        User.objects.filter(pk=people[name].pk).update(institution=places.get(where))
    groups = {name: Group.objects.create(name=name) for name in (*GROUPS, "owners")}
    groups["owners"].user_set.add(people["pat"])
    policy = Policy.objects.create(slug="p", name="P", owners=groups["owners"])
    PolicyModel.objects.bulk_create(
        PolicyModel(policy=policy, ai_model=ai_model) for ai_model in (opus, haiku)
    )
    return Cast(people, groups, policy)


# The histories --------------------------------------------------------------------------------

STAGES = """
SELECT stage.access_request_id, stage.revision_id, stage.id, stage.state,
       stage.escalated_at IS NOT NULL, stage.deadlocked_at IS NOT NULL,
       stage.carried_from_id IS NOT NULL, step.quorum,
       ARRAY(SELECT ARRAY[voter_id::text, seat_id::text, choice] FROM requests_app_vote
             WHERE stage_id = stage.id)
FROM requests_app_stage AS stage JOIN requests_app_policystep AS step ON step.id = stage.step_id
ORDER BY stage.access_request_id, stage.revision_id, step.position
"""
EVENTS = """
SELECT event.kind, ARRAY(SELECT person.email FROM requests_app_notice AS notice
                         JOIN people_user AS person ON person.id = notice.recipient_id
                         WHERE notice.event_id = event.id)
FROM requests_app_event AS event WHERE event.id > %s AND event.access_request_id IS NOT NULL
"""


@dataclass(frozen=True)
class Seen:
    """A stage as the database has it."""

    request: int
    revision: int
    pk: int
    state: str
    escalated: bool
    deadlocked: bool
    carried: bool
    quorum: int
    votes: list[list[str]]


def rows(sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """By hand, since every step of every history asks: the ORM took half of the time."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


class Histories(RuleBasedStateMachine):
    """Each rule acts on the code and on the model, and wants the same answer from both."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.rows: list[AccessRequest] = []
        self.ends: dict[tuple[str, int], str] = {}
        self.history = transaction.atomic()
        self.history.__enter__()
        self.event = rows("SELECT nextval('requests_app_event_id_seq')")[0][0]

    def teardown(self) -> None:
        assert not list(audit.problems())
        connection.check_constraints()
        transaction.set_rollback(True)
        self.history.__exit__(None, None, None)
        for user in self.cast.people.values():
            user.is_active = True

    @initialize(
        steps=policies(),
        members=st.lists(st.sets(st.sampled_from(REVIEWERS), min_size=3), min_size=4, max_size=4),
        conflict=st.booleans(),
        wait=st.sampled_from((0 * DAY, 10 * DAY)),
        text=texts(START.date()),
        number=some,
    )
    def begin(
        self,
        steps: list[model.Step],
        members: list[set[str]],
        conflict: bool,
        wait: timedelta,
        text: model.Text,
        number: int,
    ) -> None:
        groups = dict(zip(GROUPS, members, strict=True))
        self.world = World(INSTITUTIONS, groups, {"pat"}, [steps], not conflict, wait)
        self.cast.publish(1, steps, conflict, wait)
        self.cast.seat(groups)
        inside = sorted(groups[steps[0].group])
        outside = sorted(set(REVIEWERS) - set(inside)) or inside
        self.lend(inside[number % len(inside)], outside[number % len(outside)], self.now, 9)
        self.ask("alice", text, submit=True)

    # Both at once -----------------------------------------------------------------------------

    def both(self, real: Callable[[], Any], expected: Callable[[], Any]) -> tuple[Any, Any] | None:
        """What the code and the model gave; None when both refused."""
        try:
            with time_machine.travel(self.now, tick=False):
                row = real()
        except Refusal as refusal:
            row = refusal
        try:
            wanted = expected()
        except Refused as sentence:
            wanted = sentence
        refused = isinstance(row, Refusal)
        assert refused == isinstance(wanted, Refused), f"{row!r}, but the model says {wanted!r}"
        return None if refused else (row, wanted)

    def user(self, name: str) -> User:
        return self.cast.people[name]

    def pick(self, number: int) -> tuple[model.Request, AccessRequest]:
        """Mostly the newest."""
        place = -1 - (number % len(self.rows) if number >= 70 else 0)
        return self.world.requests[place], self.rows[place]

    def latest(self, *states: str) -> tuple[model.Request, AccessRequest]:
        pairs = zip(self.world.requests, self.rows, strict=True)
        return [pair for pair in pairs if pair[0].state in states][-1]

    def stage_of(self, wanted: model.Request, row: AccessRequest, place: int) -> Stage:
        return list(row.stages.filter(revision__number=len(wanted.sent)))[place]

    def open_stage(self) -> tuple[model.Request, model.Stage, Stage]:
        """The newest one."""
        pairs = zip(self.world.requests, self.rows, strict=True)
        wanted, row = [pair for pair in pairs if pair[0].open_stage][-1]
        stage = wanted.open_stage
        assert stage
        return wanted, stage, self.stage_of(wanted, row, wanted.stages.index(stage))

    def any_open(self) -> bool:
        return any(request.open_stage for request in self.world.requests)

    # The requester ----------------------------------------------------------------------------

    def ask(self, by: str, text: model.Text, *, submit: bool) -> None:
        both = self.both(
            lambda: requests.save(as_ask(text), by=self.user(by), submit=submit),
            lambda: self.world.save(by, text, None, self.now, submit=submit),
        )
        if both:
            self.rows.append(both[0])

    def has(self, *states: str) -> bool:
        return any(request.state in states for request in self.world.requests)

    @precondition(lambda self: len(self.rows) < 4 and not (self.any_open() and self.rows[1:]))
    @rule(data=st.data(), by=st.sampled_from(("alice", "sam")), submit=some)
    def ask_again(self, data: st.DataObject, by: str, submit: int) -> None:
        text = data.draw(texts(self.now.date()))
        if submit < 90 and any(r.requester == by and r.state in OPEN for r in self.world.requests):
            by = "sam" if by == "alice" else "alice"
        if by not in text.collaborators:
            self.ask(by, text, submit=submit < 80)

    @precondition(lambda self: self.has("draft", "returned"))
    @rule(data=st.data(), parts=st.sets(st.sampled_from(PARTS), max_size=2), number=some)
    def write_anew(self, data: st.DataObject, parts: set[str], number: int) -> None:
        wanted, row = self.latest("draft", "returned")
        fresh = data.draw(texts(self.now.date()))
        names = {"days" if part == "dates" else part for part in parts}
        text = replace(wanted.text, **{name: getattr(fresh, name) for name in names})
        if number < 90:
            text = replace(text, starts_on=max(text.starts_on, self.now.date()))
        by = "bob" if number > 95 else wanted.requester
        if wanted.requester in text.collaborators:
            return
        submit = number < 80
        self.both(
            lambda: requests.save(
                as_ask(text), by=self.user(by), access_request=row, submit=submit
            ),
            lambda: self.world.save(by, text, wanted, self.now, submit=submit),
        )

    @precondition(lambda self: self.has("draft", "returned", "approved", "denied"))
    @rule(number=some, what=st.sampled_from(("send", "withdraw", "appeal", "give back")))
    def requester_acts(self, number: int, what: str) -> None:
        wanted, row = self.pick(number)
        if number < 80:
            what = {"draft": "send", "denied": "appeal", "approved": "give back"}.get(
                wanted.state, what
            )
        by = "vic" if number % 10 == 9 else wanted.requester
        if what == "appeal":
            self.appeal(wanted, row, by)
        elif what == "give back" and wanted.granted:
            grant = Grant.objects.get(access_request=row)
            self.both(
                lambda: grants.end(grant, by=self.user(by)),
                lambda: self.world.give_back(wanted, by),
            )
        elif what == "send":
            self.both(
                lambda: requests.submit(row, by=self.user(by)),
                lambda: self.world.submit(wanted, by, self.now),
            )
        elif what == "withdraw" and number % 3 == 2:
            self.both(
                lambda: requests.withdraw(row, by=self.user(by)),
                lambda: self.world.withdraw(wanted, by),
            )

    def appeal(self, wanted: model.Request, row: AccessRequest, by: str) -> None:
        both = self.both(
            lambda: requests.appeal(row, by=self.user(by), reason="Look again."),
            lambda: self.world.appeal(wanted, by, "Look again.", self.now),
        )
        if both:
            self.rows.append(both[0])

    # The reviewers ----------------------------------------------------------------------------

    def voter(self, wanted: model.Request, stage: model.Stage, name: str, number: int) -> str:
        """Mostly one of those who may, so that histories get somewhere."""
        may = self.world.voters(wanted, stage, self.now) if stage.state == "open" else []
        return may[number % len(may)] if may and number < 75 else name

    def has_stages(self) -> bool:
        return any(request.stages for request in self.world.requests)

    def cast_vote(
        self,
        where: tuple[model.Request, model.Stage, Stage],
        by: str,
        choice: str,
        *,
        shown: bool = True,
        to: model.Scope | None = None,
    ) -> None:
        wanted, stage, row = where
        digest = row.revision.digest() if shown else "0" * 64
        more: dict[str, Any] = {"narrowed_to": as_scope(to)} if to else {}
        act: Any = {"approve": reviews.approve, "deny": reviews.deny}.get(
            choice, reviews.ask_for_changes
        )
        self.both(
            lambda: act(row, by=self.user(by), reason="Because.", shown=digest, **more),
            lambda: self.world.vote(wanted, stage, by, choice, self.now, shown=shown, narrowed=to),
        )

    @precondition(any_open)
    @rule(who=some, name=names, choice=st.sampled_from(CHOICES))
    def vote(self, who: int, name: str, choice: str) -> None:
        where = self.open_stage()
        self.cast_vote(where, self.voter(*where[:2], name, who), choice)

    @precondition(any_open)
    @rule(who=some, name=names)
    def ask_for_changes(self, who: int, name: str) -> None:
        where = self.open_stage()
        choice = "return" if where[1] is not where[0].stages[0] or who % 3 == 2 else "approve"
        self.cast_vote(where, self.voter(*where[:2], name, who), choice)

    @precondition(any_open)
    @rule(who=some, name=names, number=some)
    def approve(self, who: int, name: str, number: int) -> None:
        where = self.open_stage()
        self.cast_vote(where, self.voter(*where[:2], name, who), "approve", shown=number < 90)

    @precondition(any_open)
    @rule(who=some, name=names, cut=st.sampled_from(CUTS))
    def narrow(self, who: int, name: str, cut: str) -> None:
        where = self.open_stage()
        to = cut_down(where[0].scope, cut)
        self.cast_vote(where, self.voter(*where[:2], name, who), "approve", to=to)

    @precondition(any_open)
    @rule(who=some, name=names)
    def recuse(self, who: int, name: str) -> None:
        wanted, stage, row = self.open_stage()
        by = self.voter(wanted, stage, name, who)
        if who % 3 == 0:
            return
        self.both(
            lambda: reviews.recuse(row, by=self.user(by), reason="We share a project."),
            lambda: self.world.recuse(wanted, stage, by, self.now),
        )

    @precondition(lambda self: self.has_stages() and not self.any_open())
    @rule(number=some, name=st.sampled_from(REVIEWERS), choice=st.sampled_from(CHOICES))
    def come_too_late(self, number: int, name: str, choice: str) -> None:
        """Or too early: whatever the stage, open or not."""
        pairs = list(zip(self.world.requests, self.rows, strict=True))
        wanted, row = [pair for pair in pairs if pair[0].stages][-1]
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

    def take_back(self, loan: model.Loan) -> None:
        row = Delegation.objects.latest("pk")
        self.both(
            lambda: delegations.end(row, by=self.user(loan.owner)),
            lambda: self.world.take_back(loan, self.now),
        )

    # People and the clock ---------------------------------------------------------------------

    @rule(
        number=some,
        group=st.sampled_from(GROUPS),
        name=st.sampled_from((*REVIEWERS, "alice")),
        steps=policies(),
    )
    def others_act(self, number: int, group: str, name: str, steps: list[model.Step]) -> None:
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

    def recheck(self) -> None:
        """The sweep that looks whether open stages can still be decided."""
        for stage in Stage.objects.open():
            stages.recheck(stage.pk, now=self.now)
        for request in self.world.requests:
            if request.open_stage:
                self.world.settle(request, request.open_stage, self.now)

    @rule(hours=st.sampled_from((1, 6, 12, 24, 30, 48, 96, 168)), number=some)
    def time_passes(self, hours: int, number: int) -> None:
        """And the sweeps come by, all or only one of them."""
        self.now += timedelta(hours=hours)
        acts = {"remind": stages.remind, "escalate": stages.escalate, "expire": reviews.expire}
        if self.any_open():
            wanted, stage, row = self.open_stage()
            for name in list(acts)[: 1 + number % 3]:
                done = acts[name](row.pk, now=self.now)
                assert done == getattr(self.world, name)(wanted, stage, self.now), name

    # What must hold after every step ----------------------------------------------------------

    @invariant()
    def says_what_happened(self) -> None:
        """Each event that happened, no other, and told once to exactly those whom it concerns."""
        new = rows(EVENTS, self.event)
        seen = Counter((kind, *sorted(as_name(email) for email in told)) for kind, told in new)
        assert seen == Counter((kind, *sorted(told)) for kind, told in self.world.said)
        self.world.said.clear()
        self.event = max(self.event, rows("SELECT max(id) FROM requests_app_event")[0][0] or 0)

    @invariant()
    def stands_where_the_model_stands(self) -> None:
        known = {str(user.pk): name for name, user in self.cast.people.items()}
        self.seen = [Seen(*row) for row in rows(STAGES)]
        states = dict(rows("SELECT id, state FROM requests_app_accessrequest"))
        for row, wanted in zip(self.rows, self.world.requests, strict=True):
            assert states[row.pk] == wanted.state
            assert [
                (
                    s.state,
                    s.escalated,
                    s.deadlocked,
                    sorted((known[v], known[p], c) for v, p, c in s.votes),
                )
                for s in self.newest(row.pk)
            ] == [(s.state, s.escalated, s.deadlocked, sorted(s.ballots)) for s in wanted.stages]
        self.never_leaves_an_end(states)
        self.decides_with_a_quorum(states)

    def newest(self, request: int) -> list[Seen]:
        stages = [stage for stage in self.seen if stage.request == request]
        return [stage for stage in stages if stage.revision == stages[-1].revision]

    def decides_with_a_quorum(self, states: dict[int, str]) -> None:
        """From the rows alone: who passed a stage were enough, and each of them counts once."""
        for stage in self.seen:
            if stage.state == "passed" and not stage.carried:
                voters, seats, _ = zip(*[v for v in stage.votes if v[2] == "approve"], strict=True)
                assert len(set(voters)) == len(set(seats)) == len(voters) >= stage.quorum
        for pk, state in states.items():
            if state == "approved":
                ends = {stage.state for stage in self.newest(pk)}
                assert {"passed"} <= ends <= {"passed", "skipped"}

    def never_leaves_an_end(self, states: dict[int, str]) -> None:
        ends = {("request", pk): s for pk, s in states.items() if s in REQUEST.terminal}
        ends |= {("stage", s.pk): s.state for s in self.seen if s.state in STAGE.terminal}
        assert self.ends.items() <= ends.items()
        self.ends = ends

    @invariant()
    def gives_what_the_model_gives(self) -> None:
        if self.has("approved"):
            given = {grant.access_request_id: scope_of(grant) for grant in Grant.objects.all()}
            pairs = zip(self.rows, self.world.requests, strict=True)
            assert given == {row.pk: wanted.granted for row, wanted in pairs if wanted.granted}


def as_name(email: str) -> str:
    return email.partition("@")[0]


def as_ask(text: model.Text) -> Ask:
    return Ask(
        identifiers=tuple(sorted(text.models)),
        purpose=text.purpose,
        starts_on=text.starts_on,
        ends_on=text.ends_on,
        operations=tuple(sorted(text.operations)),
        expected_cost=text.cost,
        track=text.track,
        collaborators=tuple(f"{name}@example.org" for name in text.collaborators),
    )


def scope_of(grant: Grant) -> model.Scope:
    identifiers = grant.granted_models.values_list("ai_model__identifier", flat=True)
    return frozenset(identifiers), frozenset(grant.operations), grant.duration.days


def as_scope(scope: model.Scope) -> Scope:
    models, operations, days = scope
    return Scope(tuple(sorted(models)), tuple(sorted(operations)), timedelta(days=days))


def cut_down(scope: model.Scope, cut: str) -> model.Scope:
    """Less of `scope`; "more" of it, or nothing at all, which are to be refused."""
    models, operations, days = scope
    return {
        "days": (models, operations, days - 5),
        "operations": (models, frozenset(["messages"]), days),
        "models": (frozenset(sorted(models)[:1]), operations, days),
        "more": (models, operations, days + 1),
        "all": (frozenset[str](), operations, days),
    }[cut]


@pytest.mark.django_db
def test_random_histories_go_as_the_model_says(cast: Cast) -> None:
    Histories.cast = cast
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=size(6, 10_000),
            stateful_step_count=size(20, 20),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
