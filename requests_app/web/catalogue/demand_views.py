"""The button “I need this model”, and how many people have pressed it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import demand as actions
from requests_app.reports import demand
from requests_app.validation.demand import why_not_needed
from requests_app.web.decorators import SignedInRequest, action_view


def section(ai_model: AIModel, person: User | None, now: datetime) -> dict[str, Any]:
    """Return the section's context; it is shown where the model can be needed, or is by you."""
    found = demand.of_model(ai_model, person)
    can_state = why_not_needed(ai_model, now=now) is None
    shown = {"people": found.people, "own": found.own, "can_state": can_state}
    return {"demand": shown if can_state or found.own else None, "min_people": demand.MIN_PEOPLE}


def _model(identifier: str) -> AIModel:
    rows = AIModel.objects.prefetch_related("retirements", "access_routes")
    return get_object_or_404(rows, identifier=identifier)


@action_view("model")
def state(request: SignedInRequest, public_id: str) -> HttpResponse:
    actions.state(_model(public_id), by=request.user)
    messages.success(request, _("Noted: you need this model. You can withdraw this at any time."))
    return redirect("model", public_id)


@action_view("model")
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    actions.withdraw(_model(public_id), by=request.user)
    messages.success(request, _("Withdrawn. You are no longer counted."))
    return redirect("model", public_id)
