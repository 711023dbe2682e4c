"""Change what is on record of a model's words: at once, or with a second editor where people rely
on the model, as for its other facts."""

from typing import Any

from django.db import transaction
from django.db.models import Model

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import proposals
from requests_app.actions.voice import named_actions
from requests_app.models import Proposal
from requests_app.rules.catalogue import check_editor, needs_second_editor
from requests_app.transitions.register_locks import lock_model


@transaction.atomic
def change(action: str, row: Model, *, by: User, why: str = "", **arguments: Any) -> Any | Proposal:
    """Make one of `named_actions.ACTIONS` about `row`, or keep it as a proposal.

    Return what was made. What would be refused then is refused now, too.
    """
    ai_model = lock_model(row if isinstance(row, AIModel) else row.ai_model)  # type: ignore[attr-defined]
    check_editor(by)
    if not needs_second_editor(ai_model):
        return named_actions.run(action, row, arguments, by=by, why=why)
    with transaction.atomic():
        has_changed = named_actions.run(action, row, arguments, by=by)
        transaction.set_rollback(True)  # to its beginning: only what it would refuse is wanted
    if not has_changed:
        return None
    ai_model.refresh_from_db()
    return proposals.propose_action(
        ai_model, action, named_actions.to_json(row, arguments), by=by, reason=why
    )
