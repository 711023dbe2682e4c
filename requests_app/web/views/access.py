"""A researcher's access: grants, the one look at a new key, ending early, revoking a key."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from requests_app import limits, rules, usage
from requests_app.actions import grants, keys
from requests_app.models import Grant, Key
from requests_app.states import KEY
from requests_app.usage import csv_of
from requests_app.web.doors import SignedInRequest, button_on
from requests_app.web.forms import ReasonForm


def _own(request: SignedInRequest) -> QuerySet[Grant]:
    rows = Grant.objects.filter(holder=request.user).select_related("access_request")
    return rows.prefetch_related("granted_models__ai_model", "keys")


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    return render(request, "pages/access.html", {"grants": _own(request)})


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(_own(request), public_id=public_id)
    held, now = list(grant.keys.all()), timezone.now()
    context = {
        "grant": grant,
        "limits": limits.sentence(grant.limits()),
        "keys": [{"key": k, "why_not": rules.why_not("revoke", k, request.user)} for k in held],
        "has_key": any(key.state in KEY.live for key in held),
        "reason_form": ReasonForm(),
        "why_not": {
            action: rules.why_not(action, grant, request.user) for action in ("claim", "end")
        },
        "usage": usage.of_grant(grant, now),
        "now": now,
    }
    return render(request, "pages/grant.html", context)


@login_required
@require_safe
def usage_csv(request: SignedInRequest, public_id: str) -> StreamingHttpResponse:
    return csv_of(get_object_or_404(_own(request), public_id=public_id))


@button_on("grant")
@cache_control(no_store=True, private=True)
def claim(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The only answer that ever holds a key; a redirect or message would keep it somewhere."""
    grant = get_object_or_404(_own(request), public_id=public_id)
    claimed = keys.claim(grant, by=request.user)
    context = {
        "grant": grant,
        "key": claimed.key,
        "secret": claimed.secret,
        "gateway_url": settings.GATEWAY_URL,
    }
    return render(request, "pages/key.html", context)


@button_on("grant")
def end(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(_own(request), public_id=public_id)
    grants.end(grant, by=request.user, reason=ReasonForm(request.POST).given())
    messages.success(request, "Your access has ended. Its keys no longer work.")
    return redirect("grant", public_id)


@button_on("access", of_one=False)
def revoke_key(request: SignedInRequest, public_id: str) -> HttpResponse:
    own = Key.objects.filter(holder=request.user).select_related("grant")
    key = get_object_or_404(own, public_id=public_id)
    keys.revoke(key, by=request.user)
    messages.success(request, f"The key ending in {key.last_four} no longer works.")
    return redirect("grant", key.grant.public_id)
