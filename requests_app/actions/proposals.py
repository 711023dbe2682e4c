"""Changes of a model that wait for a second editor: kept, then accepted, declined or withdrawn."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, WeightsCustody
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from requests_app.actions.catalogue import change_events, ledger_events
from requests_app.actions.voice import named_actions
from requests_app.models import Proposal
from requests_app.refusals import WrongState
from requests_app.rules.catalogue import is_editor
from requests_app.rules.permissions import check, checked_reason
from requests_app.states import ProposalState
from requests_app.transitions import row_changes
from requests_app.transitions.change_lines import lines
from requests_app.transitions.register_locks import lock_proposal
from requests_app.transitions.row_changes import RowChange, RowsChanged
from requests_app.transitions.transition import move, record_event

ONE_WAITS = "Another change of this model waits for a second editor. Decide on it first."
OVERTAKEN = (
    "The model has changed since this was proposed, so it can't be accepted. Decline it, and "
    "propose what is still right."
)
AUTHOR_LEFT = (
    "Whoever proposed this isn't an editor any more. Decline it, and propose what is still right."
)


def propose(ai_model: AIModel, changes: list[RowChange], *, by: User, reason: str) -> Proposal:
    proposal = Proposal(ai_model=ai_model, changes=row_changes.as_json(changes), reason=reason)
    return _made(proposal, lines(changes), by=by)


def propose_action(
    ai_model: AIModel,
    action: str,
    arguments: named_actions.StoredArguments,
    *,
    by: User,
    reason: str,
) -> Proposal:
    """Keep one of `named_actions.ACTIONS` for a second editor. The caller has locked the model."""
    proposal = Proposal(ai_model=ai_model, action=action, arguments=arguments, reason=reason)
    return _made(proposal, named_actions.lines(action, arguments), by=by)


def _made(proposal: Proposal, changes: list[str], *, by: User) -> Proposal:
    waiting = Proposal.objects.filter(ai_model=proposal.ai_model, state=ProposalState.WAITING)
    if waiting.exists():
        raise WrongState(ONE_WAITS)
    now = timezone.now()
    proposal.proposed_by, proposal.proposed_at = by, now
    proposal.save(force_insert=True)
    details: dict[str, Any] = {"changes": changes}
    if proposal.reason:
        details["reason"] = proposal.reason
    record_event(proposal, "proposal.made", by=by, at=now, details=details)
    return proposal


@transaction.atomic
def accept(proposal: Proposal, *, by: User) -> Proposal:
    """Make a proposed change; only another editor may, and only if nothing has changed since."""
    lock()
    if proposal.action:
        named_actions.lock_named_preference(proposal.arguments)
    proposal = lock_proposal(proposal.pk)
    check("accept", proposal, by)
    if proposal.action:
        return _run_action(proposal, by=by)
    changes = row_changes.from_json(proposal.changes)
    if not _may_still_change(proposal, changes):
        raise WrongState(AUTHOR_LEFT)
    change_events.tell_of_earlier(proposal.ai_model)
    _apply(changes)
    now = timezone.now()
    move(proposal, "accept", by=by, at=now, closed_at=now, closed_by=by)
    proposal.ai_model.refresh_from_db()
    change_events.record(
        proposal.ai_model, changes, by=proposal.proposed_by, reason=proposal.reason
    )
    return proposal


def _may_still_change(proposal: Proposal, changes: list[RowChange]) -> bool:
    """Return whether its author is an editor, or answers for the weights that it is about."""
    author = proposal.proposed_by
    if is_editor(author):
        return True
    rows = WeightsCustody.objects.filter(ai_model=proposal.ai_model, responsible=author)
    only_weights = all(change.table == ledger_events.CUSTODY for change in changes)
    return only_weights and rows.filter(responsible__is_active=True).exists()


def _apply(changes: list[RowChange]) -> None:
    try:
        with transaction.atomic():
            row_changes.apply(changes)
    except (RowsChanged, IntegrityError):  # such as a row that a file has added since
        raise WrongState(OVERTAKEN) from None


def _run_action(proposal: Proposal, *, by: User) -> Proposal:
    """Do it as its author; it is refused if that isn't possible any more."""
    if not is_editor(proposal.proposed_by):
        raise WrongState(AUTHOR_LEFT)
    now = timezone.now()
    move(proposal, "accept", by=by, at=now, closed_at=now, closed_by=by)
    row, arguments = named_actions.from_json(proposal.arguments)
    named_actions.run(proposal.action, row, arguments, by=proposal.proposed_by, why=proposal.reason)
    return proposal


@transaction.atomic
def decline(proposal: Proposal, *, by: User, reason: str) -> Proposal:
    proposal = lock_proposal(proposal.pk)
    check("decline", proposal, by)
    reason = checked_reason(reason, needed="Give a reason. Its author will see it.")
    return _close(proposal, "decline", by=by, reason=reason)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: User) -> Proposal:
    proposal = lock_proposal(proposal.pk)
    check("withdraw", proposal, by)
    return _close(proposal, "withdraw", by=by)


def _close(proposal: Proposal, action: str, *, by: User, reason: str = "") -> Proposal:
    now = timezone.now()
    move(
        proposal,
        action,
        by=by,
        at=now,
        details={"reason": reason} if reason else {},
        closed_at=now,
        closed_by=by,
        closing_reason=reason,
    )
    return proposal
