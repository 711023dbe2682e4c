"""A researcher's access: grants, the one look at a new key, ending early."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import limits, receipts, rules, usage
from requests_app.actions import grants, keys
from requests_app.models import Grant, Key
from requests_app.rules import Invalid
from requests_app.states import KeyState
from requests_app.usage import csv_of
from requests_app.web.doors import SignedInRequest, button_on
from requests_app.web.forms import ClaimForm, ReasonForm, RotateForm

CURRENT = (KeyState.ISSUING, KeyState.ACTIVE)


def _own(request: SignedInRequest) -> QuerySet[Grant]:
    rows = Grant.objects.filter(holder=request.user).select_related("access_request", "break_glass")
    seen = Prefetch("keys", Key.objects.select_related("sighting"))
    return rows.prefetch_related("granted_models__ai_model", seen)


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    return render(request, "pages/access.html", {"grants": _own(request)})


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(_own(request), public_id=public_id)
    return render(request, "pages/grant.html", _page(grant, request.user, ClaimForm()))


def _page(grant: Grant, person: User, form: ClaimForm) -> dict[str, Any]:
    held, now = list(grant.keys.all()), timezone.now()
    return {
        "grant": grant,
        "limits": limits.sentence(grant.limits()),
        "keys": [_row(key, person) for key in held],
        "has_key": any(key.holder_id == person.pk and key.state in CURRENT for key in held),
        "claim_form": form,
        "reason_form": ReasonForm(),
        "why_not": {action: rules.why_not(action, grant, person) for action in ("claim", "end")},
        "usage": usage.of_grant(grant, now),
        "now": now,
    }


def _row(key: Key, person: User) -> dict[str, Any]:
    why_not = {action: rules.why_not(action, key, person) for action in ("rotate", "revoke")}
    why_not["rotate"] = why_not["rotate"] or rules.why_not("claim", key.grant, person)
    return {
        "key": key,
        "why_not": why_not,
        "has_receipt": receipts.has_one(key),
        "form": RotateForm(auto_id=f"{key.public_id}-%s"),
    }


@login_required
@require_safe
def usage_csv(request: SignedInRequest, public_id: str) -> StreamingHttpResponse:
    return csv_of(get_object_or_404(_own(request), public_id=public_id))


@button_on("grant")
@never_cache
@sensitive_variables()
def claim(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(_own(request), public_id=public_id)
    form = ClaimForm({"networks": redacted(request.POST.get("networks", ""))})
    if form.is_valid():
        try:
            return shown_once(request, keys.claim(grant, by=request.user, networks=form.named()))
        except Invalid as refusal:
            form.refuse(refusal)
    context = _page(grant, request.user, form)
    return render(request, "pages/grant.html", context, status=Invalid.status)


@sensitive_variables()
def shown_once(request: SignedInRequest, claimed: keys.ClaimedKey, **more: Key) -> HttpResponse:
    """The only page that ever holds a key; a redirect or message would keep it somewhere."""
    context = {"grant": claimed.key.grant, "key": claimed.key, "secret": claimed.secret}
    context |= {"gateway_url": settings.GATEWAY_URL, **more}
    return render(request, "pages/key.html", context)


@button_on("grant")
def end(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(_own(request), public_id=public_id)
    grants.end(grant, by=request.user, reason=ReasonForm(request.POST).given())
    messages.success(request, "Your access has ended. Its keys no longer work.")
    return redirect("grant", public_id)
