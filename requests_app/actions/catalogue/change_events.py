"""Events of a model's change that was made, and news of its dates for whoever watches them."""

from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import ledger_events
from requests_app.actions.catalogue.retirement_events import CORRECTED, record_changes
from requests_app.transitions.change_lines import lines
from requests_app.transitions.row_changes import RowChange
from requests_app.transitions.transition import record_event


def tell_of_earlier(ai_model: AIModel) -> None:
    """Tell of dates that changed before this edit as they were, and not as a part of it."""
    record_changes(ai_model, by=None, at=timezone.now(), of_new_rows=())


def record(ai_model: AIModel, changes: list[RowChange], *, by: User, reason: str) -> None:
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
