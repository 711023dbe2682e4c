"""Change a row's state with its fields, event and notices, in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from lifecycle.catalogue.models import AIModel, Promise, Provider, WeightsCustody
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, Preference
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    Invitation,
    Key,
    Policy,
    PolicyVersion,
    Proposal,
    ReviewerInvitation,
    Stage,
    StandingRule,
)
from requests_app.rules import permissions
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import (
    ESSAY,
    GRANT,
    INVITATION,
    KEY,
    PREFERENCE,
    PROPOSAL,
    REQUEST,
    REVIEWER_INVITATION,
    STAGE,
    STANDING_RULE,
    VERSION,
    Machine,
)
from requests_app.transitions import audit_chain, batch, gateway_barrier

STATE_MACHINES: Mapping[type[Model], Machine] = {
    AccessRequest: REQUEST,
    Stage: STAGE,
    Grant: GRANT,
    Invitation: INVITATION,
    Key: KEY,
    PolicyVersion: VERSION,
    Preference: PREFERENCE,
    StandingRule: STANDING_RULE,
    Proposal: PROPOSAL,
    Essay: ESSAY,
    ReviewerInvitation: REVIEWER_INVITATION,
}


def move(
    row: Any,
    action: str,
    *,
    by: User | None,
    at: datetime,
    details: dict[str, Any] | None = None,
    panel: VotingPanel | None = None,
    **fields: Any,
) -> Event:
    """Move a locked row to the action's target state, set `fields`, and record the event.

    The audience of a stage is read from its `panel`, if the caller has that. Raises WrongState when
    the row's state doesn't allow the action.
    """
    machine = STATE_MACHINES[type(row)]
    step = machine.moves[action]
    if row.state not in step.sources:
        permissions.wrong_state(row, step.past_in_refusals)
    all_details = {"from": row.state, "to": step.target, **(details or {})}
    for name, value in {"state": step.target, **fields}.items():
        setattr(row, name, value)
    event = _next_event(row, machine.event_kind(action), by=by, at=at, details=all_details)
    batch.record(event, row, ["state", *fields], panel)
    return event


def record_event(
    row: Any, kind: str, *, by: User | None, at: datetime, details: dict[str, Any]
) -> Event:
    """Append an event about `row` with its notices, and wait for gateways if it reduces access."""
    event = _next_event(row, kind, by=by, at=at, details=details)
    batch.record(event, row, [])
    return event


def _next_event(
    row: Any, kind: str, *, by: User | None, at: datetime, details: dict[str, Any]
) -> Event:
    # Here rather than in each action, so that no new action can forget to wait.
    if gateway_barrier.reduces_access(kind, by_the_clock=by is None):
        gateway_barrier.wait_for_gateways()
    chain, subject = chain_of(row), name_of(row)
    return audit_chain.next_event(chain, kind, subject=subject, by=by, at=at, details=details)


def chain_of(row: Any) -> audit_chain.ChainOwner:
    """Return the locked row whose audit chain holds the events of `row`."""
    if isinstance(row, AccessRequest | Policy | AIModel | Provider):
        return row
    if isinstance(row, PolicyVersion | StandingRule | ReviewerInvitation):
        return row.policy
    if isinstance(row, Preference | Proposal | WeightsCustody):
        return row.ai_model
    if isinstance(row, Promise):
        chain = row.ai_model or row.provider
        assert chain  # it has one of them (constraint)
        return chain
    if isinstance(row, Essay):
        return row.series.ai_model
    if isinstance(row, Key):
        return row.grant.access_request
    if isinstance(row, Stage):
        return chain_of(row.subject)
    return row.access_request  # type: ignore[no-any-return]  # an invitation or grant


# Rows without a public id, each with what its name begins with.
NUMBERED: Mapping[type[Model], str] = {
    Stage: "stage",
    Preference: "preference",
    Essay: "essay",
    Promise: "promise",
    WeightsCustody: "weights",
    AIModel: "model",
    Provider: "provider",
}


def name_of(row: Any) -> str:
    if kind := NUMBERED.get(type(row)):
        return f"{kind}-{row.pk}"
    if isinstance(row, PolicyVersion):
        return f"{row.policy.slug}-v{row.number}"
    if isinstance(row, Policy):
        return row.slug
    return str(row.public_id)
