"""Standing access: what somebody can start without review, and starting it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import throttling
from requests_app.actions.standing import access
from requests_app.models import AccessRequest, StandingRule
from requests_app.refusals import Refusal
from requests_app.rules import standing
from requests_app.states import GrantState
from requests_app.validation.standing import offers
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.wording import limits
from requests_app.wording.standing import membership_sentence


def for_model(ai_model: AIModel, person: User | None, now: datetime) -> list[dict[str, Any]]:
    """Return what the person can start now that includes the model."""
    if person is None:
        return []
    found = offers.offers_for(person, now, ai_model=ai_model)
    return [_line(offer) for offer in found if ai_model in offer.ai_models]


def for_person(person: User, now: datetime) -> list[dict[str, Any]]:
    """Return all that the person can start now."""
    return [_line(offer) for offer in offers.offers_for(person, now)]


def _line(offer: offers.StandingOffer) -> dict[str, Any]:
    return {"offer": offer, "membership": membership_sentence(offer.rule)}


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show a rule to its members, and to those who have had access by it."""
    now, by = timezone.now(), request.user
    rule = _rule(public_id, by, now)
    try:
        offer, why_not = offers.offer(rule, by, now), ""
    except Refusal as refusal:
        offer, why_not = None, refusal.sentence
    is_member = standing.holds(rule, by, now)
    context = {
        "rule": rule,
        "offer": offer,
        "why_not": why_not,
        "membership": membership_sentence(rule) if is_member else "",
        "limits": limits.sentence(offer.scope.limits) if offer else "",
        "own_grant": standing.live_grants(by).filter(access_request__standing_rule=rule).first(),
    }
    return render(request, "pages/standing.html", context)


def _rule(public_id: str, person: User, now: datetime) -> StandingRule:
    rows = StandingRule.objects.exclude(published_at=None).select_related("policy", "group")
    rule = rows.filter(public_id=public_id).first()
    if rule is None or not _may_see(rule, person, now):
        raise Http404
    return rule


def _may_see(rule: StandingRule, person: User, now: datetime) -> bool:
    is_member = standing.members(rule, now).filter(pk=person.pk).exists()
    return is_member or AccessRequest.objects.of(person).filter(standing_rule=rule).exists()


@action_view("standing")
def start(request: SignedInRequest, public_id: str) -> HttpResponse:
    throttling.check("submit", request, request.user)
    rule = _rule(public_id, request.user, timezone.now())
    # "-" matches no digest, so a form without one is refused rather than left unchecked.
    shown = request.POST.get("shown", "-")
    grant = access.start(rule, by=request.user, accepts=True, shown=shown)
    if grant.state == GrantState.WAITING:
        started = _("You are in the queue. It starts automatically, and we'll email you then.")
    else:
        started = _("You have access now. Create your key below.")
    messages.success(request, started)
    return redirect("grant", grant.public_id)
