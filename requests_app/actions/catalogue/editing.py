"""Change the facts of a model: at once, or with a second editor where people rely on them."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, Model
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Provider, Source, WeightsCustody
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from requests_app.actions.catalogue import ledger_events
from requests_app.actions.catalogue.retirement_events import CORRECTED, record_changes
from requests_app.actions.voice import acts
from requests_app.models import Proposal
from requests_app.refusals import WrongState
from requests_app.rules.catalogue import check_editor, is_editor, needs_second_editor
from requests_app.rules.permissions import check, checked_reason
from requests_app.states import ProposalState
from requests_app.transitions import row_changes
from requests_app.transitions.change_lines import lines
from requests_app.transitions.register_locks import lock_model, lock_proposal, lock_provider
from requests_app.transitions.row_changes import RowChange, RowsChanged
from requests_app.transitions.transition import move, record_event

REASON_REQUIRED = "Say what changed and where you read it. It is kept with the change."
NOTHING_CHANGES = "This would change nothing."
ONE_WAITS = "Another change of this model waits for a second editor. Decide on it first."
CITED_ELSEWHERE = "Somebody else entered the same source just now. Save it again."
Row = TypeVar("Row", bound=Model)
OVERTAKEN = (
    "The model has changed since this was proposed, so it can't be accepted. Decline it, and "
    "propose what is still right."
)
AUTHOR_LEFT = (
    "Whoever proposed this isn't an editor any more. Decline it, and propose what is still right."
)


@transaction.atomic
def edit(
    ai_model: AIModel, write: Callable[[], object], *, by: User, reason: str
) -> Proposal | None:
    """Run `write`, which saves rows of the model, or keep what it would do as a proposal.

    Return the proposal, None if the change was made at once or there is none. Raises Invalid
    without a reason for a change.
    """
    check_editor(by)
    lock()
    ai_model = lock_model(ai_model)
    _tell_of_earlier(ai_model)
    changes, waits = _try(ai_model, write)
    if not changes:
        return None
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    if waits:
        return _propose(ai_model, changes, by=by, reason=reason)
    _record(ai_model, changes, by=by, reason=reason)
    return None


def _tell_of_earlier(ai_model: AIModel) -> None:
    """Tell of dates that changed before this edit as they were, and not as a part of it."""
    record_changes(ai_model, by=None, at=timezone.now(), of_new_rows=())


def write_or_propose(
    ai_model: AIModel, write: Callable[[], Row], *, by: User, reason: str
) -> Row | Proposal:
    """Run `write` on a locked model, or keep what it would do as a proposal.

    `write` records events of its own; an accepted proposal has the same ones (ledger_events.py).
    The caller has locked the catalogue and checked who acts.
    """
    if not needs_second_editor(ai_model):
        return write()
    changes, _waits = _try(ai_model, write)
    if not changes:
        raise WrongState(NOTHING_CHANGES)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    return _propose(ai_model, changes, by=by, reason=reason)


def _try(ai_model: AIModel, write: Callable[[], object]) -> tuple[list[RowChange], bool]:
    """Return what `write` changes, and whether it waits: then its savepoint is rolled back."""
    before, waits = row_changes.snapshot(ai_model.pk), needs_second_editor(ai_model)
    known = Source.objects.aggregate(last=Max("pk"))["last"] or 0
    cited: list[Source] = []
    with transaction.atomic():
        write()
        ai_model.refresh_from_db()
        changes = row_changes.differences(before, row_changes.snapshot(ai_model.pk))
        # Whoever opens a model to requests needs somebody else, too.
        waits = bool(changes) and (waits or needs_second_editor(ai_model))
        if waits:
            # Others may have added sources meanwhile, which are no part of this.
            new = Source.objects.filter(pk__gt=known)
            cited = list(new.filter(pk__in=row_changes.named(changes, Source)))
            transaction.set_rollback(True)  # to the beginning of this block
    _keep(cited)
    ai_model.refresh_from_db()
    return changes, waits


def _keep(cited: list[Source]) -> None:
    """Enter the sources that a proposal names again, which were taken back with its change."""
    Source.objects.bulk_create(cited, ignore_conflicts=True)  # somebody else's are still there
    if Source.objects.filter(pk__in=[row.pk for row in cited]).count() < len(cited):
        raise WrongState(CITED_ELSEWHERE)


def _propose(ai_model: AIModel, changes: list[RowChange], *, by: User, reason: str) -> Proposal:
    proposal = Proposal(ai_model=ai_model, changes=row_changes.as_json(changes), reason=reason)
    return _made(proposal, lines(changes), by=by)


def propose_act(ai_model: AIModel, act: str, told: acts.Kept, *, by: User, reason: str) -> Proposal:
    """Keep an act of `acts.ACTS` for a second editor. The caller has locked the model."""
    proposal = Proposal(ai_model=ai_model, act=act, told=told, reason=reason)
    return _made(proposal, acts.lines(act, told), by=by)


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


def _record(ai_model: AIModel, changes: list[RowChange], *, by: User, reason: str) -> None:
    """Record a change that was made; the holders and followers of the model hear of its dates."""
    now = timezone.now()
    others = [
        change
        for change in changes
        if not ledger_events.record(change, by=by, at=now, reason=reason)
    ]
    details = {"changes": lines(others), "reason": reason}
    if others and not record_changes(ai_model, by=by, at=now, details=details):
        record_event(ai_model, CORRECTED, by=by, at=now, details=details)


@transaction.atomic
def accept(proposal: Proposal, *, by: User) -> Proposal:
    """Make a proposed change; only another editor may, and only if nothing has changed since."""
    lock()
    if proposal.act:
        acts.lock_row(proposal.told)
    proposal = lock_proposal(proposal.pk)
    check("accept", proposal, by)
    if proposal.act:
        return _accept_act(proposal, by=by)
    changes = row_changes.from_json(proposal.changes)
    if not _may_still_change(proposal, changes):
        raise WrongState(AUTHOR_LEFT)
    _tell_of_earlier(proposal.ai_model)
    _apply(changes)
    now = timezone.now()
    move(proposal, "accept", by=by, at=now, closed_at=now, closed_by=by)
    proposal.ai_model.refresh_from_db()
    _record(proposal.ai_model, changes, by=proposal.proposed_by, reason=proposal.reason)
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


def _accept_act(proposal: Proposal, *, by: User) -> Proposal:
    """Do it as its author; it is refused if that isn't possible any more."""
    if not is_editor(proposal.proposed_by):
        raise WrongState(AUTHOR_LEFT)
    now = timezone.now()
    move(proposal, "accept", by=by, at=now, closed_at=now, closed_by=by)
    row, told = acts.from_json(proposal.told)
    acts.run(proposal.act, row, told, by=proposal.proposed_by, why=proposal.reason)
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


@transaction.atomic
def add(write: Callable[[], AIModel | None], *, by: User, reason: str) -> AIModel | None:
    """Run `write`, which saves a new model and returns it, or None if its form had errors."""
    check_editor(by)
    lock()
    ai_model = write()
    if ai_model is None:
        return None
    reason, now = checked_reason(reason, needed=REASON_REQUIRED), timezone.now()
    record_event(ai_model, "model.added", by=by, at=now, details={"reason": reason})
    record_changes(ai_model, by=by, at=now, details={"reason": reason})
    return ai_model


@transaction.atomic
def add_provider(write: Callable[[], Provider | None], *, by: User, reason: str) -> Provider | None:
    """Run `write`, which saves a new provider and returns it, or None if its form had errors."""
    check_editor(by)
    provider = write()
    if provider is None:
        return None
    details = {"reason": checked_reason(reason, needed=REASON_REQUIRED)}
    record_event(provider, "provider.added", by=by, at=timezone.now(), details=details)
    return provider


@transaction.atomic
def edit_provider(
    provider: Provider, write: Callable[[], object], *, by: User, reason: str
) -> None:
    """Run `write`, which saves the provider's row."""
    check_editor(by)
    provider = lock_provider(provider.pk)
    key, before = row_changes.key_of(provider), row_changes.of_row(provider)
    write()
    provider.refresh_from_db()
    changes = row_changes.differences({key: before}, {key: row_changes.of_row(provider)})
    if not changes:
        return
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    details = {"changes": lines(changes), "reason": reason}
    record_event(provider, "provider.corrected", by=by, at=timezone.now(), details=details)
