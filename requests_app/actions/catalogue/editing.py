"""Change the facts of a model: at once, or with a second editor where people rely on them."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.db.models import Max, Model
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Provider, Source
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from requests_app.actions import proposals
from requests_app.actions.catalogue import change_events
from requests_app.actions.catalogue.retirement_events import record_changes
from requests_app.models import Proposal
from requests_app.refusals import WrongState
from requests_app.rules.catalogue import check_editor, needs_second_editor
from requests_app.rules.permissions import checked_reason
from requests_app.transitions import row_changes
from requests_app.transitions.change_lines import lines
from requests_app.transitions.register_locks import lock_model, lock_provider
from requests_app.transitions.row_changes import RowChange
from requests_app.transitions.transition import record_event

REASON_REQUIRED = "Say what changed and where you read it. It is kept with the change."
NOTHING_CHANGES = "This would change nothing."
CITED_ELSEWHERE = "Somebody else entered the same source just now. Save it again."
Row = TypeVar("Row", bound=Model)


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
    change_events.tell_of_earlier(ai_model)
    changes, waits = _try(ai_model, write)
    if not changes:
        return None
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    if waits:
        return proposals.propose(ai_model, changes, by=by, reason=reason)
    change_events.record(ai_model, changes, by=by, reason=reason)
    return None


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
    return proposals.propose(ai_model, changes, by=by, reason=reason)


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
