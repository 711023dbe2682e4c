"""Every state and every action, against a table that is kept apart from the code's."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.voice.models import Essay
from requests_app.actions import policies, proposals
from requests_app.actions.catalogue import editing
from requests_app.actions.grants import (
    activation,
    collaborators,
    confirmations,
    grants,
    suspensions,
)
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.requests import files, invitations, requests
from requests_app.actions.review import break_glass, reviewer_invitations, stages, votes
from requests_app.actions.standing import access, lists, rules
from requests_app.actions.voice import essay_votes, preferences
from requests_app.models import Collaborator, Event, Grant, RequestedModel, Stage
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.refusals import WrongState
from requests_app.states import (
    GRANT,
    INVITATION,
    KEY,
    MACHINES,
    PREFERENCE,
    PROPOSAL,
    REQUEST,
    REVIEWER_INVITATION,
    STAGE,
    VERSION,
)
from requests_app.validation.standing import rule_input
from tests.conftest import ask_for, today
from tests.support.page_client import with_verified_email
from tests.support.sample_files import attached
from tests.voice.conftest import ed, editor, essay, essay_policy, example, series, una

__all__ = ["ed", "essay", "essay_policy", "example", "series", "una"]  # fixtures

pytestmark = pytest.mark.django_db

SOON, DAY = timedelta(hours=1), timedelta(days=1)

# machine -> action -> the states in which it does something
ALLOWED = {
    "request": {
        "edit": {"draft", "returned"},
        "submit": {"draft", "returned"},
        "attach": {"draft", "returned"},
        "detach": {"draft", "returned"},
        "withdraw": {"draft", "in_review", "returned"},
        "appeal": {"denied"},
        "break_glass": {"in_review"},
    },
    "stage": {
        "approve": {"open"},
        "deny": {"open"},
        "ask_for_changes": {"open"},
        "recuse": {"open"},
        "escalate": {"open"},
        "remind": {"open"},
        "expire": {"open"},
    },
    "invitation": {
        "send_again": {"waiting"},
        "accept_invitation": {"waiting"},
        "decline": {"waiting", "accepted"},
        "withdraw_invitation": {"waiting", "accepted"},
        "lapse_invitation": {"waiting"},
    },
    "grant": {
        "claim": {"active"},
        "shorten": {"active"},
        "end": {"waiting", "active", "suspended"},
        "revoke": {"waiting", "active", "suspended"},
        "activate": {"waiting"},
        "end_due": {"active", "suspended"},
        "lapse": {"active"},
        "suspend": {"active"},
        "resume": {"suspended"},
        "confirm": {"active"},  # and what the clock suspended; here an owner has
        "extend": {"active", "ended"},
        "accept": {"waiting", "active", "suspended"},
        "leave": {"waiting", "active", "suspended"},
        "remove": {"waiting", "active", "suspended"},
        "announce_end": {"active", "suspended"},
        "ask_whether_needed": {"active"},
        "suspend_unconfirmed": {"active"},
    },
    "key": {
        "rotate": {"active"},
        "revoke": {"issuing", "active", "retiring"},
        "revoke_reported": {"issuing", "active", "retiring"},
        "retire": {"retiring"},
    },
    "policy version": {"publish": {"draft"}, "edit_policy": {"draft"}, "ask_to_publish": {"draft"}},
    "essay": {
        "approve_essay": {"in_review"},
        "veto_essay": {"in_review"},
        "recuse_from_essay": {"in_review"},
        "expire_essay": {"in_review"},
        "withdraw_essay": {"in_review"},
    },
    "preference": {
        "accept_preference": {"considered", "deferred"},
        "decline_preference": {"considered", "deferred"},
        "defer": {"considered", "deferred"},
        "resume_preference": {"deferred"},
        "complete": {"accepted"},
        "remind_of_preference": {"considered"},
    },
    "proposal": {
        "accept_proposal": {"waiting"},
        "decline_proposal": {"waiting"},
        "withdraw_proposal": {"waiting"},
    },
    "reviewer invitation": {
        "accept_to_review": {"waiting"},
        "decline_to_review": {"waiting"},
        "withdraw_to_review": {"waiting"},
        "send_again_to_review": {"waiting"},
        "lapse_to_review": {"waiting"},
    },
    "standing rule": {
        "edit_rule": {"draft"},
        "publish_rule": {"draft"},
        "end_rule": {"draft", "published"},
        "end_rule_due": {"published"},
        "list_somebody": {"draft", "published"},
    },
}
STATES = [(machine, state) for machine in MACHINES for state in machine.states.values]


def put(row: Any, state: str, terminal: tuple[str, ...], **fields: Any) -> Any:
    """Set a row to `state` behind the actions' back, with what its constraints ask for."""
    if hasattr(row, "closed_at"):
        fields["closed_at"] = timezone.now() if state in terminal else None
    type(row).objects.filter(pk=row.pk).update(state=state, **fields)
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def row_in(request: pytest.FixtureRequest) -> Callable[[str, str], Any]:
    """A row of a machine in a state."""

    def row_in(machine: str, state: str) -> Any:
        return MAKERS[machine](request.getfixturevalue, state)

    return row_in


def a_request(get: Callable[[str], Any], state: str) -> Any:
    by = get("rita") if state in ("approved", "denied") else get("alice")
    closed_by = by if state in ("approved", "denied", "withdrawn") else None
    row = get("draft")
    attached(row, get("alice"), "there.txt")
    denied = {"denial": "other", "ask_again_on": today()} if state == "denied" else {}
    RequestedModel.objects.update(is_open=state in REQUEST.live)
    moment = timezone.now()
    return put(row, state, REQUEST.terminal, closed_by=closed_by, submitted_at=moment, **denied)


def a_stage(get: Callable[[str], Any], state: str) -> Any:
    row = get("stage")
    if state == "passed":  # the database wants to see who let it pass
        votes.approve(row, by=get("sam"), reason="Sound.", shown=row.revision.digest())
        row.refresh_from_db()
    return put(row, state, STAGE.terminal, escalate_at=row.opened_at + timedelta(days=3.5))


def a_grant(get: Callable[[str], Any], state: str) -> Any:
    """Shared with bob, needs confirming soon, and in its last days but for the actions' own now."""
    row, pat, moment = get("grant"), get("pat"), timezone.now()
    Collaborator.objects.create(grant=row, person=get("bob"), added_at=moment)
    fields: dict[str, Any] = {"closed_by": pat if state == "revoked" else None}
    if state == "waiting":
        fields |= {"activated_at": None, "ends_at": None, "claim_by": None}
    else:
        fields |= {"confirm_by": moment + 2 * SOON, "confirmation_notice_at": moment + SOON}
        fields |= {"expiry_notice_at": moment + SOON, "ends_at": moment + 9 * DAY}
    if state == "suspended":
        fields |= {"suspended_at": moment, "suspended_by": pat}
    return put(row, state, GRANT.terminal, **fields)


def a_key(get: Callable[[str], Any], state: str) -> Any:
    moment = timezone.now() if state in ("revoking", "revoked") else None
    return put(get("claimed").key, state, KEY.terminal, refused_from=moment)


def a_version(get: Callable[[str], Any], state: str) -> Any:
    policy = get("policy")
    if state == "published":
        return policy.current
    steps = [policies.StepInput("Research review", get("reviewers"))]
    return policies.draft(policy, policies.VersionInput("", steps), by=get("pat"))


def an_invitation(get: Callable[[str], Any], state: str) -> Any:
    """Sent long enough ago to be sent again."""
    bob, row = (
        with_verified_email(get("bob")),
        invitations.invite(get("draft"), "bob@example.org", by=get("alice")),
    )
    if state != "waiting":
        fields = {"person": bob, "accepted_at": timezone.now()}
        fields["policy_version"] = row.access_request.policy_version
        row = put(row, state, INVITATION.terminal, **fields)
    return put(row, state, INVITATION.terminal, sent_at=timezone.now() - SOON)


def a_preference(get: Callable[[str], Any], state: str) -> Any:
    editor(get("pat"))
    row = preferences.record(get("opus"), by=get("pat"), text="An example of a wish.")
    decided = {"decided_on": "2026-02", "decided_by": "Pat", "reason": "Because."}
    fields: dict[str, Any] = {} if state == "considered" else decided
    if state == "deferred":
        fields["deferred_until"] = today() + timedelta(days=9)
    if state == "done":
        fields |= {"done_on": "2026-03", "outcome": "An example of an outcome."}
    return put(row, state, PREFERENCE.terminal, **fields)


def a_proposal(get: Callable[[str], Any], state: str) -> Any:
    """Of a change of the model under the policy, which therefore waits."""
    opus, erin = get("policy").ai_models.get(), editor(get("pat"))
    editor(get("lee"))
    rename = AIModel.objects.filter(pk=opus.pk)
    row = editing.edit(opus, lambda: rename.update(name="Opus"), by=erin, reason="Misspelt.")
    fields = {} if state == "waiting" else {"closed_by": get("lee")}
    return put(row, state, PROPOSAL.terminal, **fields)


def a_rule(get: Callable[[str], Any], state: str) -> Any:
    ends_at = timezone.now() + 9 * DAY
    text = StandingRuleInput("The list", [get("opus")], ends_at, kind="list")
    row = rules.draft(get("policy"), text, by=get("pat"))
    if state != "draft":
        row = rules.publish(row, by=get("lee"))
    return rules.end(row, by=get("pat"), reason="It is over.") if state == "ended" else row


def an_invitation_to_review(get: Callable[[str], Any], state: str) -> Any:
    """Of bob, by pat."""
    bob = with_verified_email(get("bob"))
    row = reviewer_invitations.invite(get("policy"), get("reviewers"), bob.email, by=get("pat"))
    fields: dict[str, Any] = {"person": bob} if state == "accepted" else {}
    sent_at = row.sent_at - DAY  # long enough ago to be sent again
    return put(row, state, REVIEWER_INVITATION.terminal, sent_at=sent_at, **fields)


def a_list(get: Callable[[str], Any]) -> Any:
    """A published rule, with alice as its member."""
    row = a_rule(get, "published")
    with_verified_email(get("alice"))
    lists.add(row, ["alice@example.org"], by=get("pat"))
    return row


def a_started_list(get: Callable[[str], Any]) -> Any:
    row = a_list(get)
    access.start(row, by=get("alice"), accepts=True)
    return row


def an_essay_in(get: Callable[[str], Any], state: str) -> Any:
    """By real votes: the database refuses any other way to an end."""
    row = get("essay")
    stage, shown = row.stages.get(), row.shown_digest()
    act = {"published": essay_votes.approve, "vetoed": essay_votes.veto}.get(state)
    for by in ("sam", "una") if act else ():
        assert act
        act(stage, by=get(by), reason="Because.", shown=shown)
    if state == "withdrawn":
        essay_votes.withdraw(row, by=get("ed"))
    if state == "expired":
        assert essay_votes.expire(stage.pk, now=timezone.now() + 8 * DAY)
    return type(row).objects.get(pk=row.pk)


MAKERS: dict[str, Callable[[Callable[[str], Any], str], Any]] = {
    "request": a_request,
    "stage": a_stage,
    "invitation": an_invitation,
    "grant": a_grant,
    "key": a_key,
    "policy version": a_version,
    "preference": a_preference,
    "proposal": a_proposal,
    "standing rule": a_rule,
    "essay": an_essay_in,
    "reviewer invitation": an_invitation_to_review,
}


def act_at_once(row: Any, get: Callable[[str], Any]) -> Any:
    get("settings").BREAK_GLASS_EMAILS = frozenset({"sam@example.org"})
    EmailAddress.objects.get_or_create(user=get("sam"), email="sam@example.org", verified=True)
    shown = row.revision.digest()
    return break_glass.grant_now(row, by=get("sam"), reason="Abuse.", shown=shown)


def file_of(row: Any) -> str:
    """One that is part of its text, whatever has become of the request."""
    there = row.revision.files.first()
    return str(there.public_id) if there else "file_none"


Acts = dict[str, Callable[[], Any]]


def on_reviews(row: Any, get: Callable[[str], Any]) -> Acts:
    now = timezone.now()
    shown = row.revision.digest() if isinstance(row, Stage) else ""
    return {
        "edit": lambda: requests.save(ask_for(get("opus")), by=get("alice"), access_request=row),
        "submit": lambda: requests.submit(row, by=get("alice")),
        "attach": lambda: attached(row, get("alice")),
        "detach": lambda: files.detach(row, file_of(row), by=get("alice")),
        "withdraw": lambda: requests.withdraw(row, by=get("alice")),
        "approve": lambda: votes.approve(row, by=get("rita"), reason="Yes.", shown=shown),
        "appeal": lambda: requests.appeal(row, by=get("alice"), reason="Look again."),
        "break_glass": lambda: act_at_once(row, get),
        "ask_for_changes": lambda: votes.ask_for_changes(
            row, by=get("rita"), reason="Which refusals?", shown=shown
        ),
        "recuse": lambda: votes.recuse(row, by=get("rita"), reason="We share a grant."),
        "escalate": lambda: stages.escalate(row.pk, now=now + timedelta(days=4)),
        "deny": lambda: votes.deny(row, by=get("rita"), reason="No.", shown=shown),
        "remind": lambda: stages.remind(row.pk, now=now + timedelta(days=2)),
        "expire": lambda: votes.expire(row.pk, now=now + timedelta(days=8)),
    }


def on_access(row: Any, get: Callable[[str], Any]) -> Acts:
    now = timezone.now()
    return {
        "claim": lambda: keys.claim(row, by=get("alice")),
        "shorten": lambda: grants.shorten(row, by=get("alice"), ends_at=now + SOON),
        "end": lambda: grants.end(row, by=get("alice")),
        "activate": lambda: activation.activate(row.pk, now=now + SOON),
        "suspend": lambda: suspensions.suspend(row, by=get("pat"), reason="We look into it."),
        "resume": lambda: suspensions.resume(row, by=get("pat"), reason="All is well."),
        "confirm": lambda: confirmations.confirm(row, by=get("alice")),
        "extend": lambda: requests.extend(row, by=get("alice")),
        "accept": lambda: collaborators.accept(row, by=get("bob")),
        "leave": lambda: collaborators.leave(row, by=get("bob")),
        "remove": lambda: collaborators.remove(row, get("bob"), by=get("alice")),
        "announce_end": lambda: grants.announce_end(row.pk, now=now + SOON),
        "ask_whether_needed": lambda: confirmations.request_confirmation(row.pk, now=now + SOON),
        "suspend_unconfirmed": lambda: confirmations.suspend_unconfirmed(row.pk, now=now + DAY),
        "end_due": lambda: grants.end_due(row.pk, now=now + timedelta(days=91)),
        "lapse": lambda: grants.lapse(row.pk, now=now + timedelta(days=31)),
        "rotate": lambda: keys.rotate(row, by=get("alice")),
        "revoke_reported": lambda: key_revocation.revoke_reported(row, reason="Found in a commit."),
        "retire": lambda: key_revocation.retire(row.pk, now=now + timedelta(days=91)),
    }


def on_invitations(row: Any, get: Callable[[str], Any]) -> Acts:
    return {
        "send_again": lambda: invitations.send_again(row, by=get("alice")),
        "accept_invitation": lambda: invitations.accept(row, by=get("bob"), terms=1),
        "decline": lambda: invitations.decline(row, by=get("bob")),
        "withdraw_invitation": lambda: invitations.withdraw(row, by=get("alice")),
        "lapse_invitation": lambda: invitations.lapse(row.pk, now=timezone.now() + 15 * DAY),
    }


def on_invitations_to_review(row: Any, get: Callable[[str], Any]) -> Acts:
    later = timezone.now() + 15 * DAY
    return {
        "accept_to_review": lambda: reviewer_invitations.accept(row, by=get("bob")),
        "decline_to_review": lambda: reviewer_invitations.decline(row, by=get("bob")),
        "withdraw_to_review": lambda: reviewer_invitations.withdraw(row, by=get("lee")),
        "lapse_to_review": lambda: reviewer_invitations.lapse(row.pk, now=later),
        "send_again_to_review": lambda: reviewer_invitations.send_again(row, by=get("lee")),
    }


def on_policies(row: Any, get: Callable[[str], Any]) -> Acts:
    return {
        "edit_policy": lambda: policies.edit(
            row,
            policies.VersionInput("", [policies.StepInput("Again", get("reviewers"))]),
            by=get("pat"),
        ),
        "publish": lambda: policies.publish(row, by=get("lee")),
        "ask_to_publish": lambda: policies.ask_to_publish(row, by=get("pat")),
    }


def on_preferences(row: Any, get: Callable[[str], Any]) -> Acts:
    now, why = timezone.now(), preferences.Decision("Pat", "Because.")
    until = today() + timedelta(days=20)
    return {
        "accept_preference": lambda: preferences.accept(row, by=get("pat"), decision=why),
        "decline_preference": lambda: preferences.decline(row, by=get("pat"), decision=why),
        "defer": lambda: preferences.defer(row, by=get("pat"), decision=why, until=until),
        "resume_preference": lambda: preferences.resume(row.pk, now=now + 10 * DAY),
        "complete": lambda: preferences.complete(row, by=get("pat"), outcome="It was done."),
        "remind_of_preference": lambda: preferences.remind(row.pk, now=now + 15 * DAY),
    }


def on_proposals(row: Any, get: Callable[[str], Any]) -> Acts:
    return {
        "accept_proposal": lambda: proposals.accept(row, by=get("lee")),
        "decline_proposal": lambda: proposals.decline(row, by=get("lee"), reason="It isn't so."),
        "withdraw_proposal": lambda: proposals.withdraw(row, by=get("pat")),
    }


def on_standing_rules(row: Any, get: Callable[[str], Any]) -> Acts:
    return {
        "edit_rule": lambda: rules.edit(
            row, replace(rule_input.input_of(row), name="Another"), by=get("pat")
        ),
        "publish_rule": lambda: rules.publish(row, by=get("lee")),
        "end_rule": lambda: rules.end(row, by=get("lee"), reason="The project is over."),
        "end_rule_due": lambda: rules.end_due(row.pk, now=timezone.now() + 9 * DAY),
        "list_somebody": lambda: lists.add(row, ["new@example.org"], by=get("pat")).changed,
    }


def on_essays(row: Any, get: Callable[[str], Any]) -> Acts:
    if not isinstance(row, Essay):
        return {}
    stage, shown, by = row.stages.get(), row.shown_digest(), get("rita")
    later = timezone.now() + 8 * DAY
    return {
        "approve_essay": lambda: essay_votes.approve(stage, by=by, reason="Yes.", shown=shown),
        "veto_essay": lambda: essay_votes.veto(stage, by=by, reason="No.", shown=shown),
        "recuse_from_essay": lambda: essay_votes.recuse(stage, by=by, reason="We are friends."),
        "expire_essay": lambda: essay_votes.expire(stage.pk, now=later),
        "withdraw_essay": lambda: essay_votes.withdraw(row, by=get("ed")),
    }


def act(machine: str, action: str, row: Any, get: Callable[[str], Any]) -> Any:
    """Do `action` as the right person and at a time when it would be due."""
    if action == "revoke" and isinstance(row, Grant):
        return grants.revoke(row, by=get("pat"), reason="Misused.")
    if action == "revoke":
        return key_revocation.revoke(row, by=get("alice"))
    if machine == "standing rule":
        return on_standing_rules(row, get)[action]()
    acts = on_reviews(row, get) | on_invitations(row, get)
    others = on_policies(row, get) | on_preferences(row, get) | on_essays(row, get)
    others |= on_proposals(row, get) | on_invitations_to_review(row, get)
    return (acts | on_access(row, get) | others)[action]()


@pytest.mark.parametrize(("machine", "state"), STATES, ids=lambda each: getattr(each, "name", each))
def test_actions_work_in_their_states_and_nowhere_else(
    machine: Any, state: str, row_in: Any, request: pytest.FixtureRequest
) -> None:
    row = row_in(machine.name, state)
    request.getfixturevalue("pat"), request.getfixturevalue("lee")
    for action, states in ALLOWED[machine.name].items():
        done = tried(machine.name, action, type(row).objects.get(pk=row.pk), request)
        assert done == (state in states), action


def tried(machine: str, action: str, row: Any, request: pytest.FixtureRequest) -> bool:
    """Whether the action did something, and so wrote an event. What it did is taken back."""
    before = Event.objects.count()
    done = False
    with suppress(WrongState), transaction.atomic():
        done = bool(act(machine, action, row, request.getfixturevalue))
        assert (Event.objects.count() > before) == done, action
        transaction.set_rollback(True)
    assert Event.objects.count() == before, action
    return done


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_machine_names_an_owner_for_each_state_and_nobody_for_the_last(machine: Any) -> None:
    assert set(machine.owners) == set(machine.states.values)
    nobody = {state for state, owner in machine.owners.items() if owner == "nobody"}
    assert nobody == set(machine.terminal) or machine is VERSION
