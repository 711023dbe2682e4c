"""Open a model to requests."""

from django.db import transaction

from lifecycle.catalogue import editing as marks
from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import editing
from requests_app.models import Proposal

ROUTES = "access_routes"


@transaction.atomic
def open_to_requests(ai_model: AIModel, *, by: User, reason: str) -> Proposal | None:
    """Add the route by request, or propose it where the model is under a policy already.

    The route “not available” goes with it. Return the proposal; None if it was done at once.
    """
    kinds = AccessRoute.Kind

    def write() -> None:
        before = provenance.written(provenance.value_of(ai_model, ROUTES))
        ai_model.access_routes.filter(kind=kinds.NONE).delete()
        ai_model.access_routes.get_or_create(kind=kinds.REQUEST)
        marks.note_edited_rows(ai_model, ROUTES, before)

    return editing.edit(ai_model, write, by=by, reason=reason)
