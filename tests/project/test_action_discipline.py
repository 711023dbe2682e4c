"""Every action locks before it reads what it decides by, and is written with its event or not."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel, Retirement, WeightsCustody
from lifecycle.people.models import Institution, User
from requests_app import actions as all_actions
from requests_app.actions import new_policies, policies, proposals
from requests_app.actions.catalogue import (
    demand,
    editing,
    editor_loading,
    file_loading,
    following,
    opening,
    promises,
    retirement_events,
    sources,
    weights,
)
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import (
    activation,
    capacities,
    collaborators,
    confirmations,
    grants,
    model_withdrawal,
    suspensions,
)
from requests_app.actions.keys import (
    external_keys,
    key_labels,
    key_revocation,
    keys,
    leaks,
    service_tokens,
    usage_reports,
)
from requests_app.actions.requests import (
    affiliations,
    collaborator_emails,
    files,
    institutions,
    invitations,
    requests,
)
from requests_app.actions.review import (
    break_glass,
    comments,
    delegations,
    desk_members,
    reassignments,
    reviewer_invitations,
    saved_reasons,
    stages,
    votes,
)
from requests_app.actions.review import preferences as reminder_preferences
from requests_app.actions.standing import access as standing_access
from requests_app.actions.standing import lists
from requests_app.actions.standing import rules as standing_rules
from requests_app.actions.voice import (
    essay_votes,
    essays,
    interviews,
    preferences,
    protocols,
    second_editor,
)
from requests_app.models import Grant, Stage, StandingMember
from requests_app.notices import outbox
from tests.conftest import ask_for, confirmed, today
from tests.review import test_state_grid as grid
from tests.support import retirement_edits as retirements
from tests.support.desk_client import member, publish
from tests.voice.conftest import (
    an_essay,
    ed,
    editor,
    essay,
    essay_policy,
    example,
    series,
    una,
)

__all__ = ["ed", "essay", "essay_policy", "example", "series", "una"]  # fixtures

pytestmark = pytest.mark.django_db

Get = Callable[[str], Any]
ROWS = {
    "request": "requests_app_accessrequest",
    "stage": "requests_app_stage",
    "invitation": "requests_app_invitation",
    "grant": "requests_app_grant",
    "key": "requests_app_key",
    "policy version": "requests_app_policyversion",
    "standing rule": "requests_app_standingrule",
    "reviewer invitation": "requests_app_reviewerinvitation",
    "policy": "requests_app_policy",
    "preference": "voice_preference",
    "proposal": "requests_app_proposal",
    "essay": "voice_essay",
    "model": "catalogue_aimodel",
    "provider": "catalogue_provider",
    "person": "people_user",
    "delegation": "requests_app_delegation",
    "token": "requests_app_servicetoken",
    "break-glass": "requests_app_breakglass",
    "promise": "catalogue_promise",
    "custody": "catalogue_weightscustody",
    "institution": "people_institution",
}
# A column that tells that the row was read to decide by it, not only named.
COLUMNS = {
    "model": "head_sequence",
    "provider": "head_sequence",
    "policy": "head_sequence",
    "person": "is_active",
    "delegation": "ended_at",
    "token": "revoked_at",
    "break-glass": "reviewed_at",
    "promise": "kept_on",
    "custody": "check_due_on",
    "institution": "merged_into_id",
}

IN_GRID = {
    (machine, action): sorted(states)[0]
    for machine, actions in grid.ALLOWED.items()
    for action, states in actions.items()
}


def lend(get: Get) -> Any:
    now = timezone.now()
    get("stage")
    return delegations.delegate(
        get("sam"), by=get("rita"), starts_at=now, ends_at=now + timedelta(days=9)
    )


def a_shared_reason(get: Get) -> Any:
    return saved_reasons.add(by=get("pat"), name="Vague", text="Which data?", policy=get("policy"))


def a_second_step(get: Get) -> Stage:
    """An open step, and Kim, who reviews in the one after it."""
    get("rita"), get("sam")
    safety = Group.objects.create(name="Safety")
    member("kim", safety)
    named = {"Research review": get("reviewers"), "Safety": safety}
    steps = [policies.StepInput(name, group) for name, group in named.items()]
    publish(*steps, by=(get("pat"), get("lee")), owners=get("owners"), ai_models=[get("opus")])
    asked = requests.save(ask_for(get("opus")), by=get("alice"), submit=True)
    return asked.stages.get(state="open")


def a_break_glass(get: Get) -> Any:
    get("in_review")
    return grid.act_at_once(get("in_review"), get).break_glass


def a_token(get: Get) -> Any:
    end = timezone.now() + timedelta(days=9)
    alice = get("alice")
    return service_tokens.create(
        "Robot", owner=alice, permissions=["read"], expires_at=end, by=get("ada")
    ).token


def a_text(get: Get) -> policies.VersionInput:
    return policies.VersionInput(
        "Terms.", [policies.StepInput("Research review", get("reviewers"))]
    )


def with_bob(get: Get) -> Any:
    row = get("draft")
    row.revision.collaborators.add(get("bob"))
    return row


def unconfirmed(get: Get) -> Any:
    """Suspended by the clock just now."""
    row = grid.a_grant(get, "suspended")
    Grant.objects.update(suspended_by=None)
    return row


def gone(get: Get) -> Any:
    """A retired model that nobody can request."""
    get("opus").access_routes.all().delete()
    return get("opus")


def needed(get: Get) -> Any:
    return demand.state(gone(get), by=get("alice")).ai_model


def an_editors(get: Get) -> Any:
    """A model, and pat as a catalogue editor."""
    editor(get("pat"))
    return get("opus")


def an_interview(get: Get) -> Any:
    return interviews.record(an_editors(get), interviews.InterviewInput("Lab"), by=get("pat"))


def a_proposed_decision(get: Get) -> Any:
    """By pat, on a preference of a model that can be requested; lee is an editor too."""
    preference = preferences.record(an_editors(get), by=get("pat"), text="An example.")
    get("policy")
    editor(get("lee"))
    told = {"decided_by": "Example Lab", "reason": "An example."}
    return second_editor.change("accept_preference", preference, by=get("pat"), **told)


def editor_of(get: Get) -> None:
    User.objects.filter(pk=get("eve").pk).update(is_superuser=True, is_staff=True)


def a_promise(get: Get) -> Any:
    """That eve, a superuser, looks after; due."""
    editor_of(get)
    text = promises.PromiseInput("other", "It is kept.", "Example Lab", due_on=date(2026, 1, 5))
    return promises.add(get("opus"), text, by=get("eve"), owner=get("eve"))


def custody_of(get: Get) -> Any:
    """Of weights that were never checked; eve is a superuser."""
    editor_of(get)
    kept = {"kept": "weights", "custodian": "Example Lab", "kept_while": "for good"}
    return WeightsCustody.objects.create(ai_model=get("opus"), check_every_days=9, **kept)


def boss_of(get: Get) -> Any:
    """A policy, and eve as a superuser."""
    User.objects.filter(pk=get("eve").pk).update(is_superuser=True)
    return get("policy")


def named_institution(get: Get) -> Institution:
    """The one of a request in review; another one, and eve as a superuser."""
    boss_of(get)
    Institution.objects.create(name="Other")
    named: Institution = get("in_review").institutions.get().institution
    return named


def expelled(get: Get) -> Grant:
    """Standing access of alice, who is no longer on the list, unnoticed."""
    rule = grid.a_started_list(get)
    StandingMember.objects.filter(rule=rule).update(
        removed_at=timezone.now(), removed_by=get("pat")
    )
    return Grant.objects.get(access_request__standing_rule=rule)


def edited_by_lee(get: Get) -> Any:
    """The model, where lee may edit the catalogue."""
    get("lee").groups.add(Group.objects.get_or_create(name=EDITORS)[0])
    return get("opus")


def closed_to_requests(get: Get) -> AIModel:
    get("policy")
    row: AIModel = edited_by_lee(get)
    row.access_routes.all().delete()
    return row


def an_end(get: Get) -> Retirement:
    """Of a platform that serves the model until 2030."""
    day = date(2030, 1, 1)
    return Retirement.objects.create(
        ai_model=edited_by_lee(get), platform="Cloud", retires=day, precision="day"
    )


def an_untold_date(get: Get) -> Retirement:
    row = an_end(get)
    retirement_events.tell(row.ai_model_id, now=timezone.now())
    Retirement.objects.filter(pk=row.pk).update(retires=date(2031, 1, 1))
    return row


# Those that the grid of states doesn't have: what to make first, what to do, which row is locked.
OTHERS: dict[str, tuple[Callable[[Get], Any], Callable[[Get, Any], Any], str]] = {
    "invite": (
        lambda get: get("draft"),
        lambda get, row: invitations.invite(row, "new@example.org", by=get("alice")),
        "request",
    ),
    "allow": (
        lambda get: invitations.invite(get("draft"), "new@example.org", by=get("alice")),
        lambda get, row: invitations.allow(row, by=get("alice"), shows_purpose=True, may_edit=True),
        "request",
    ),
    "leave out": (
        with_bob,
        lambda get, row: invitations.remove_address(row, "bob@example.org", by=get("alice")),
        "request",
    ),
    "save": (
        lambda get: get("policy"),
        lambda get, _: requests.save(ask_for(get("opus")), by=get("alice"), submit=True),
        "person",
    ),
    "begin": (
        lambda get: get("policy"),
        lambda get, _: requests.start([get("opus").identifier], by=get("alice")),
        "person",
    ),
    "change": (
        lambda get: get("draft"),
        lambda get, row: requests.change(row, by=get("alice"), purpose="Compare poems."),
        "request",
    ),
    "open to requests": (
        closed_to_requests,
        lambda get, row: opening.open_to_requests(row, by=get("lee"), reason="For a policy."),
        "model",
    ),
    "rename a key": (
        lambda get: get("claimed").key,
        lambda get, row: key_labels.rename(row, by=get("alice"), label="Laptop"),
        "key",
    ),
    "comment": (
        lambda get: get("in_review"),
        lambda get, row: comments.comment(row, by=get("rita"), text="Which data?"),
        "request",
    ),
    "save a reason": (
        lambda get: get("policy") and get("rita"),
        lambda get, row: saved_reasons.add(by=row, name="Vague", text="Which data?"),
        "person",
    ),
    "share a reason": (
        lambda get: get("policy"),
        lambda get, row: a_shared_reason(get),
        "policy",
    ),
    "change a shared reason": (
        a_shared_reason,
        lambda get, row: saved_reasons.change(row, by=get("lee"), name="Vague", text="Which?"),
        "policy",
    ),
    "delete a shared reason": (
        a_shared_reason,
        lambda get, row: saved_reasons.remove(row, by=get("lee")),
        "policy",
    ),
    "delegate": (lambda get: get("stage"), lambda get, _: lend(get), "person"),
    "reassign": (
        a_second_step,
        lambda get, row: reassignments.reassign(
            row,
            seat=get("rita"),
            to=User.objects.get(email="kim@example.org"),
            by=get("pat"),
            reason="Away.",
        ),
        "stage",
    ),
    "take back": (lend, lambda get, row: delegations.end(row, by=get("rita")), "delegation"),
    "review break-glass": (
        a_break_glass,
        lambda get, row: break_glass.review(row, by=get("pat"), verdict="in_order", words="Yes."),
        "break-glass",
    ),
    "remind of break-glass": (
        a_break_glass,
        lambda get, row: break_glass.remind(row.pk, now=timezone.now() + timedelta(days=2)),
        "break-glass",
    ),
    "end everything": (
        lambda get: get("claimed") and get("ada"),
        lambda get, by: bulk_revocation.revoke_everything(get("alice"), by=by, reason="Shared."),
        "person",
    ),
    "depart": (
        lambda get: get("claimed") and get("alice"),
        lambda get, row: account_deletion.delete_account(row, by=row),
        "person",
    ),
    "revoke token": (
        a_token,
        lambda get, row: service_tokens.revoke(row, by=get("alice")),
        "token",
    ),
    "draft": (
        lambda get: get("policy"),
        lambda get, row: policies.draft(row, a_text(get), by=get("pat")),
        "policy",
    ),
    "start": (
        lambda get: get("policy"),
        lambda get, row: policies.start(row, by=get("pat")),
        "policy",
    ),
    "end unconfirmed": (
        unconfirmed,
        lambda get, row: confirmations.end_unconfirmed(row.pk, now=timezone.now() + 15 * grid.DAY),
        "grant",
    ),
    "set capacity": (
        lambda get: get("policy"),
        lambda get, row: capacities.set_capacity(
            row, get("opus"), by=get("pat"), places=3, monthly_budget=None
        ),
        "policy",
    ),
    "withdraw a model": (
        boss_of,
        lambda get, row: model_withdrawal.withdraw(
            row, get("opus"), by=get("eve"), reason="Unsafe."
        ),
        "policy",
    ),
    "state demand": (gone, lambda get, row: demand.state(row, by=get("alice")), "person"),
    "withdraw demand": (
        needed,
        lambda get, row: demand.withdraw(row, by=get("alice")),
        "person",
    ),
    "record an interview": (
        an_editors,
        lambda get, row: interviews.record(row, interviews.InterviewInput("Lab"), by=get("pat")),
        "model",
    ),
    "correct a summary": (
        an_interview,
        lambda get, row: interviews.correct_summary(
            row, by=get("pat"), summary="An example.", reason="It was empty."
        ),
        "model",
    ),
    "propose a preference": (
        lambda get: get("policy") and an_editors(get),
        lambda get, row: second_editor.change(
            "record_preference", row, by=get("pat"), text="An example."
        ),
        "model",
    ),
    "accept a proposed decision": (
        a_proposed_decision,
        lambda get, row: proposals.accept(row, by=get("lee")),
        "proposal",
    ),
    "add a participant": (
        an_interview,
        lambda get, row: interviews.add_participant(row, by=get("pat"), name="Ann", role="Guest"),
        "model",
    ),
    "add a session": (
        an_interview,
        lambda get, row: interviews.add_session(
            row, by=get("pat"), held_on=date(2026, 1, 2), context="", transcript="An example."
        ),
        "model",
    ),
    "record a preference": (
        an_editors,
        lambda get, row: preferences.record(row, by=get("pat"), text="An example."),
        "model",
    ),
    "begin a series": (
        lambda get: get("essay_policy") and an_editors(get),
        lambda get, row: essays.begin_series(
            row,
            essays.SeriesInput("s", "S", "Nobody's.", date(2026, 1, 2), get("essay_policy")),
            by=get("pat"),
        ),
        "model",
    ),
    "hand in an essay": (
        lambda get: get("series"),
        lambda get, row: an_essay(row, get("ed")),
        "model",
    ),
    "withdraw an essay": (
        lambda get: get("essay"),
        lambda get, row: essay_votes.withdraw(row, by=get("ed")),
        "essay",
    ),
    "publish a protocol": (
        lambda get: an_editors(get).provider,
        lambda get, row: protocols.publish(
            row, by=get("pat"), slug="exit", name="Exit", text="An example."
        ),
        "provider",
    ),
    "add to a list": (
        grid.a_list,
        lambda get, row: lists.add(row, ["new@example.org"], by=get("pat")).changed,
        "standing rule",
    ),
    "remove from a list": (
        grid.a_started_list,
        lambda get, row: lists.remove(row, ["alice@example.org"], by=get("pat")).ended,
        "standing rule",
    ),
    "start standing access": (
        grid.a_list,
        lambda get, row: standing_access.start(row, by=get("alice"), accepts=True),
        "person",
    ),
    "merge institutions": (
        named_institution,
        lambda get, row: institutions.merge(
            row, Institution.objects.get(name="Other"), by=get("eve"), reason="One."
        ),
        "institution",
    ),
    "enlist": (
        lambda get: get("eve"),
        lambda get, row: desk_members.enlist(row, get("reviewers")),
        "person",
    ),
    "add a reviewer": (
        lambda get: get("policy") and confirmed(get("eve")),
        lambda get, row: desk_members.add(get("reviewers"), row, by=get("pat")),
        "person",
    ),
    "note a person's groups": (
        lambda get: get("policy") and get("rita"),
        lambda get, row: desk_members.note_groups(row, [], by=get("lee")),
        "person",
    ),
    "invite a reviewer": (
        lambda get: get("policy"),
        lambda get, row: reviewer_invitations.invite(
            row, get("reviewers"), "new@example.org", by=get("pat")
        ),
        "policy",
    ),
    "remove a reviewer": (
        lambda get: get("policy") and get("rita"),
        lambda get, row: desk_members.remove(get("reviewers"), row, by=get("pat")),
        "person",
    ),
    "recheck a member": (
        lambda get: expelled(get).holder,
        lambda get, row: standing_access.recheck_person(row),
        "person",
    ),
    "note a sign-in": (
        lambda get: expelled(get).holder,
        lambda get, row: standing_access.note_sign_in(row),
        "person",
    ),
    "end unsupported access": (
        expelled,
        lambda get, row: standing_access.end_unsupported(row.pk, now=timezone.now()),
        "grant",
    ),
    "assign promise": (
        a_promise,
        lambda get, row: promises.assign(row, by=get("eve"), owner=None, escalate_to=None),
        "promise",
    ),
    "note promise": (
        a_promise,
        lambda get, row: promises.note(
            row, "kept", by=get("eve"), on=date(2026, 1, 5), words="Done."
        ),
        "promise",
    ),
    "remind of promise": (
        a_promise,
        lambda get, row: promises.remind(row.pk, now=timezone.now()),
        "promise",
    ),
    "record check": (
        custody_of,
        lambda get, row: weights.record_check(
            row, by=get("eve"), digest="sha256:" + "0" * 64, on=date(2026, 1, 5)
        ),
        "custody",
    ),
    "remind of check": (
        custody_of,
        lambda get, row: weights.remind(row.pk, now=timezone.now()),
        "custody",
    ),
    "assign": (
        lambda get: get("policy"),
        lambda get, row: policies.assign(row, [], by=get("pat")),
        "policy",
    ),
    "follow": (
        lambda get: get("opus"),
        lambda get, row: following.follow(row, by=get("alice")),
        "person",
    ),
    "announce": (
        edited_by_lee,
        lambda get, row: retirements.announce(
            row, "Cloud", retirements.End(date(2030, 1, 1)), by=get("lee"), announced=today()
        ),
        "model",
    ),
    "move a date": (
        an_end,
        lambda get, row: retirements.move_date(
            row, retirements.End(date(2031, 1, 1)), by=get("lee")
        ),
        "model",
    ),
    "reopen": (
        lambda get: edited_by_lee(get).retirements.get(),
        lambda get, row: retirements.reopen(row, by=get("lee"), on=today()),
        "model",
    ),
    "tell": (
        an_untold_date,
        lambda get, row: retirement_events.tell(row.ai_model_id, now=timezone.now()),
        "model",
    ),
}
WITHOUT_EVENTS = {
    "save a reason",
    "revoke token",
    "state demand",
    "withdraw demand",
    "follow",
}

CASES = [*IN_GRID, *OTHERS]


class Case:
    """One action, ready to be done."""

    def __init__(self, name: Any, get: Get) -> None:
        get("pat"), get("lee"), get("alice"), get("rita"), get("sam")
        self.act: Callable[[], Any]
        if name in OTHERS:
            make, act, self.row = OTHERS[name]
            row = make(get)
            self.act = lambda: act(get, row)
        else:
            self.row, action = name
            row = grid.MAKERS[self.row](get, IN_GRID[name])
            self.act = lambda: grid.act(self.row, action, row, get)


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, request.getfixturevalue)


@dataclass(frozen=True)
class Statements:
    """What an action said to the database, and the row that it is about."""

    row: str
    sql: list[str]


SAID: dict[object, Statements] = {}


@pytest.fixture(params=CASES, ids=str)
def statements(request: pytest.FixtureRequest) -> Statements:
    """Of each action once, whichever test asks first."""
    if request.param not in SAID:
        case = Case(request.param, request.getfixturevalue)
        with CaptureQueriesContext(connection) as captured:
            assert case.act()
        sql = [query["sql"] for query in captured.captured_queries]
        SAID[request.param] = Statements(case.row, sql)
    return SAID[request.param]


def first_reading(queries: list[str], row: str) -> str | None:
    """The first statement of the action that reads what `row` decides by."""
    begun = next(place for place, sql in enumerate(queries) if sql.startswith("SAVEPOINT"))
    column = f'"{ROWS[row]}"."{COLUMNS.get(row, "state")}"'
    return next((sql for sql in queries[begun:] if column in sql), None)


def test_action_locks_the_row_before_it_reads_it(statements: Statements) -> None:
    chain = {
        "stage": "request",
        "invitation": "request",
        "grant": "request",
        "key": "grant",
        "policy version": "policy",
        "preference": "model",
        "proposal": "model",
        "standing rule": "policy",
        "reviewer invitation": "policy",
        "essay": "model",
    }
    for row in filter(None, (statements.row, chain.get(statements.row))):
        sql = first_reading(statements.sql, row)
        assert sql, row
        locks = re.search(r"FOR (NO KEY )?UPDATE(?: OF (.*))?$", sql)
        assert locks, sql
        assert ROWS[row] in (locks[2] or sql)


# As requests_app/transitions/locks.py has them. Of two in one place, neither waits for the other.
ORDER = (
    ("people_institution",),
    ("people_user",),
    ("requests_app_policyversion",),
    ("requests_app_policy",),
    ("catalogue_provider",),
    ("requests_app_standingrule", "requests_app_reviewerinvitation"),
    ("catalogue_aimodel",),
    ("voice_preference", "catalogue_promise", "catalogue_weightscustody"),
    ("requests_app_proposal",),
    ("voice_essay",),
    ("requests_app_accessrequest",),
    ("requests_app_invitation",),
    ("requests_app_stage",),
    ("people_user_groups", "requests_app_delegation"),
    ("requests_app_grant",),
    ("requests_app_key", "requests_app_breakglass", "requests_app_servicetoken"),
    ("requests_app_capacity",),
)
RANK = {table: rank for rank, tables in enumerate(ORDER) for table in tables}
LOCKS = re.compile(r'FROM "?(\w+)"?.* FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF "?(\w+)"?.*)?$')


def test_action_takes_its_locks_in_one_order(statements: Statements) -> None:
    """Else two actions could wait for each other, and PostgreSQL would break one of them off."""
    found = [LOCKS.search(sql) for sql in statements.sql]
    tables = [lock[2] or lock[1] for lock in found if lock]
    ranks = [RANK[table] for table in dict.fromkeys(tables)]  # those that it has are no wait
    assert ranks == sorted(ranks), tables


TABLES = [
    model._meta.db_table
    for app in ("requests_app", "catalogue", "people", "voice")
    for model in apps.get_app_config(app).get_models()
]
# One statement, as dozens would take longer than the action.
CONTENTS = " UNION ALL ".join(
    f'SELECT \'{table}\' AS place, to_jsonb("{table}")::text AS row FROM "{table}"'  # noqa: S608
    for table in TABLES
)


def contents() -> list[tuple[Any, ...]]:
    """Every row, with its table."""
    with connection.cursor() as cursor:
        cursor.execute(f"{CONTENTS} ORDER BY place, row")
        return list(cursor.fetchall())


def test_action_without_its_notices_leaves_nothing_behind(
    case: Case, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger is the last to write, so everything before it has to go with it."""

    def fail(changes: Any) -> None:
        raise OSError("no ledger")

    monkeypatch.setattr(outbox, "record_all", fail)
    before = contents()
    if request.node.callspec.params["case"] in WITHOUT_EVENTS:
        assert case.act()
        return
    with pytest.raises(OSError, match="no ledger"):
        case.act()
    assert contents() == before


def actions_of(module: ModuleType) -> set[str]:
    """Its public functions that change something: those that open a transaction."""
    found = inspect.getmembers(module, inspect.isfunction)
    mine = {name: act for name, act in found if act.__module__ == module.__name__}
    return {name for name, act in mine.items() if hasattr(act, "__wrapped__") and name[0] != "_"}


# The actions of each module. `create` and `bring` have no row before; `prefer` changes no state.
# `claim` and `rotate` are two transactions with calls to other gateways in between.
ACTIONS: dict[ModuleType, set[str]] = {
    requests: {"start", "change", "save", "submit", "withdraw", "appeal", "extend"},
    votes: {"recuse", "expire"},  # and the votes, which share one
    stages: {"recheck", "escalate", "remind"},
    desk_members: {"enlist", "add", "remove", "note_groups"},
    reviewer_invitations: {"invite", "send_again", "accept", "decline", "withdraw", "lapse"},
    grants: {"shorten", "end", "revoke", "end_due", "end_without_models", "lapse", "announce_end"},
    activation: {"activate"},
    suspensions: {"suspend", "resume"},
    confirmations: {"confirm", "request_confirmation", "suspend_unconfirmed", "end_unconfirmed"},
    collaborators: {"accept", "leave", "remove"},
    capacities: {"set_capacity"},
    model_withdrawal: {"withdraw"},
    keys: set(),  # claim and rotate
    key_labels: {"rename"},
    key_revocation: {"revoke", "revoke_reported", "retire"},
    external_keys: {"abandon_creation"},
    policies: {
        "create",
        "assign",
        "draft",
        "start",
        "import_version",
        "edit",
        "publish",
        "ask_to_publish",
    },
    new_policies: {"begin"},  # by way of policies
    standing_access: {"start", "recheck_person", "note_sign_in", "end_unsupported"},
    standing_rules: {"draft", "edit", "publish", "end", "end_due"},
    lists: {"add", "remove"},
    files: {"detach"},  # and attach, which writes content first
    invitations: {
        "invite",
        "send_again",
        "allow",
        "accept",
        "decline",
        "withdraw",
        "remove_address",
        "lapse",
    },
    collaborator_emails: {"save"},  # by way of requests and invitations
    comments: {"comment"},
    saved_reasons: {"add", "change", "remove"},
    delegations: {"delegate", "end"},
    reassignments: {"reassign"},
    break_glass: {"grant_now", "review", "remind"},
    bulk_revocation: {"revoke_everything"},
    account_deletion: {"delete_account"},
    service_tokens: {"create", "revoke", "revoke_reported", "rotate"},
    demand: {"state", "withdraw"},
    weights: {"record_check", "remind"},
    promises: {"add", "assign", "note", "remind"},
    reminder_preferences: {"prefer"},
    interviews: {"record", "correct_summary", "add_participant", "add_session"},
    preferences: {"record", "complete", "remind", "resume"},  # and decisions
    protocols: {"publish"},
    following: {"follow", "unfollow", "unfollow_all"},
    retirement_events: {"tell"},
    file_loading: {"load"},
    essays: {"begin_series", "hand_in"},
    essay_votes: {"recuse", "withdraw", "expire"},  # and the votes, which share one
    second_editor: {"change"},
    editing: {"edit", "add", "add_provider", "edit_provider"},
    opening: {"open_to_requests"},  # by way of editing
    proposals: {"accept", "decline", "withdraw"},
    editor_loading: {"load"},
    sources: {"verify"},
    institutions: {"merge"},
    affiliations: {"change_profile", "note_change"},  # of people, who have no events
    leaks: {"report"},  # by way of keys and service tokens
    usage_reports: {"report"},  # counts, which have no events
}


@pytest.mark.parametrize("module", ACTIONS, ids=lambda module: module.__name__)
def test_no_action_is_left_out(module: ModuleType) -> None:
    assert actions_of(module) == ACTIONS[module]


def test_no_module_of_actions_is_left_out() -> None:
    found = pkgutil.walk_packages(all_actions.__path__, f"{all_actions.__name__}.")
    modules = [importlib.import_module(each.name) for each in found]
    assert {module for module in modules if actions_of(module)} == {
        module for module, actions in ACTIONS.items() if actions
    }
