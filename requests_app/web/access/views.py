"""A researcher's grants, the page of a new key, and ending a grant early."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from lifecycle.catalogue.call_destination import destination
from lifecycle.catalogue.models import AIModel
from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import throttling
from requests_app.actions.grants import grants
from requests_app.actions.keys import keys
from requests_app.issuers.key_terms import unenforceable_elsewhere
from requests_app.models import AccessRequest, Grant, Key, UsageLimits
from requests_app.refusals import Invalid
from requests_app.reports import receipts, usage
from requests_app.reports.usage import csv_of
from requests_app.rules import permissions
from requests_app.rules.waitlist import Waitlist
from requests_app.states import KeyState
from requests_app.validation import extensions
from requests_app.web.access import badges, standing_views, trial_call
from requests_app.web.access.badges import CURRENT
from requests_app.web.access.forms import ClaimForm, LabelForm, ReasonForm, RotateForm
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.wording import limits, titles
from requests_app.wording.standing import provider_label


def own_grants(request: SignedInRequest) -> QuerySet[Grant]:
    """Return the grants that the person holds or shares, with the keys they may see."""
    shown = Key.objects.filter(Q(holder=request.user) | Q(grant__holder=request.user))
    rows = Grant.objects.visible_to_members(request.user).with_spent()
    rows = rows.select_related("access_request__standing_rule", "break_glass")
    related = rows.select_related("holder", "access_request__policy_version__policy")
    keys_seen = Prefetch("keys", shown.select_related("holder", "activity"))
    texts = "access_request__revisions__ai_models"
    return related.prefetch_related("granted_models__ai_model", "collaborators", keys_seen, texts)


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    lines = Waitlist(now)
    rows: list[dict[str, Any]] = [
        {
            "grant": grant,
            "title": titles.of_request(grant.access_request),
            "line": lines.positions_of(grant),
            "badges": list(badges.of_grant(grant, request.user, now)),
            "is_reachable": badges.reachable(grant, now),
        }
        for grant in own_grants(request)
    ]
    over = [row for row in rows if row["grant"].closed_at]
    context = {
        "running": [row for row in rows if row not in over],
        "over": over,
        "standing_offers": standing_views.for_person(request.user, now),
    }
    return render(request, "pages/access.html", context)


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    return render(request, "pages/grant.html", page_of(grant, request.user, ClaimForm()))


ACTIONS = ("claim", "end", "confirm", "accept", "leave", "remove")


def page_of(
    grant: Grant, by: User, form: ClaimForm, *, renaming: Mapping[int, LabelForm] | None = None
) -> dict[str, Any]:
    """Return the page; `renaming` are forms, by keys, whose names were refused."""
    now, held = timezone.now(), list(grant.keys.all())
    places = list(grant.collaborators.filter(removed_at=None).select_related("person"))
    return {
        "grant": grant,
        "request_title": titles.of_request(grant.access_request),
        "is_holder": grant.holder_id == by.pk,
        "limits": limits.sentence(grant.limits()),
        "is_limited": grant.limits() != UsageLimits(),
        "keys": [_row(key, by, (renaming or {}).get(key.pk)) for key in held],
        "has_key": any(key.holder_id == by.pk and key.state in CURRENT for key in held),
        "claim_form": form,
        "reason_form": ReasonForm(),
        "why_not": {
            **(why_not := {action: permissions.why_not(action, grant, by) for action in ACTIONS}),
            "claim": why_not["claim"] or keys.why_no_budget(grant),
        },
        "not_kept_elsewhere": unenforceable_elsewhere(grant),
        "why_not_extend": extensions.why_not(grant, by=by, now=now),
        "follows": Grant.objects.live().filter(access_request__continues=grant).first(),
        "asked_for_more": AccessRequest.objects.open().filter(continues=grant).first(),
        "is_reachable": badges.reachable(grant, now),
        "may_confirm": badges.may_confirm(grant, now),
        "badges": list(badges.of_grant(grant, by, now)),
        "line": Waitlist(now).positions_of(grant),
        "places": places,
        "my_place": next((place for place in places if place.person_id == by.pk), None),
        "usage": usage.usage_of_grant(grant, now),
        "now": now,
        "standing": _standing(grant),
    }


def _standing(grant: Grant) -> dict[str, Any] | None:
    rule = grant.access_request.standing_rule
    return {"rule": rule, "provider": provider_label(rule)} if rule else None


KEY_ACTIONS = ("rotate", "revoke", "rename")


def auto_id(key: Key) -> str:
    """Return how the fields of a key's forms are numbered on a page of several."""
    return f"{key.public_id}-%s"


def _row(key: Key, person: User, renaming: LabelForm | None) -> dict[str, Any]:
    why_not = {action: permissions.why_not(action, key, person) for action in KEY_ACTIONS}
    why_not["rotate"] = (
        why_not["rotate"]
        or permissions.why_not("claim", key.grant, person)
        or keys.why_no_budget(key.grant)
        or keys.why_not_kept(key)
    )
    return {
        "key": key,
        "works_until": min(key.expires_at, badges.reached_until(key.grant) or key.expires_at),
        "why_not": why_not,
        "bound": keys.why_not_kept(key) if key.state == KeyState.ACTIVE else None,
        "has_receipt": receipts.has_receipt(key),
        "form": RotateForm(auto_id=auto_id(key)),
        "label_form": renaming or LabelForm(initial={"label": key.label}, auto_id=auto_id(key)),
    }


@login_required
@require_safe
def usage_csv(request: SignedInRequest, public_id: str) -> StreamingHttpResponse:
    return csv_of(get_object_or_404(own_grants(request), public_id=public_id))


@action_view("grant")
@never_cache
@sensitive_variables()
def claim(request: SignedInRequest, public_id: str) -> HttpResponse:
    throttling.check("claim", request, request.user)
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    typed = {name: redacted(request.POST.get(name, "")) for name in ClaimForm.base_fields}
    form = ClaimForm(typed)
    if form.is_valid():
        named = {"networks": form.named(), "label": form.cleaned_data["label"]}
        try:
            return new_key_page(request, keys.claim(grant, by=request.user, **named))
        except Invalid as refusal:
            form.refuse(refusal)
    context = page_of(grant, request.user, form)
    return render(request, "pages/grant.html", context, status=Invalid.status)


@sensitive_variables()
def new_key_page(request: SignedInRequest, claimed: keys.ClaimedKey, **more: Key) -> HttpResponse:
    """Show a key in this response only; a redirect or message would store it."""
    grant = claimed.key.grant
    ai_models = _models(grant)
    destinations = map(destination, ai_models)
    context = {
        "grant": grant,
        "key": claimed.key,
        "secret": claimed.secret,
        "ai_models": ai_models,
        "models": ", ".join(map(str, ai_models)),
        "trials": [to for to in destinations if trial_call.may_try(to, grant)],
        "gateway_url": settings.GATEWAY_URL,
        "elsewhere": ", ".join(sorted(claimed.key.issued.values_list("issuer", flat=True))),
        **more,
    }
    return render(request, "pages/key.html", context)


def _models(grant: Grant) -> list[AIModel]:
    rows = grant.granted_models.select_related("ai_model")
    return [row.ai_model for row in rows.prefetch_related("ai_model__access_routes")]


@action_view("grant")
def end(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    grants.end(grant, by=request.user, reason=ReasonForm(request.POST).given())
    messages.success(request, _("Your access has ended. Its keys no longer work."))
    if "ask_again" in request.POST:
        return redirect(f"{reverse('ask')}?{urlencode({'continues': public_id})}")
    return redirect("grant", public_id)
