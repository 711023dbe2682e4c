"""How to call the models of a grant: base URL, code for the official SDKs, limits, refusals."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_safe

from lifecycle.catalogue.call_destination import destination
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import throttling
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.models import Grant
from requests_app.refusals import Invalid
from requests_app.web.access import trial_call, trial_slots
from requests_app.web.access.badges import CURRENT
from requests_app.web.access.forms import TrialForm
from requests_app.web.access.views import own_grants
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.wording import call_snippets, limits


@login_required
@require_safe
def call(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    chosen = _chosen(grant, request.GET.get("model", ""))
    return render(request, "pages/call.html", _page(grant, chosen, request.user))


@sensitive_post_parameters()
@action_view("grant_call")
@never_cache
@sensitive_variables()
def try_it(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Send one call with the key that was pasted, which only this response knows of."""
    throttling.check("try", request, request.user)
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    ai_model = _chosen(grant, request.POST.get("model", ""))
    page = _page(grant, ai_model, request.user)
    if not page["may_try"]:
        raise Http404
    form = page["trial_form"] = TrialForm(request.POST)
    if not form.is_valid():
        return render(request, "pages/call.html", page, status=Invalid.status)
    try:
        with trial_slots.held(request.user):
            page["trial"] = trial_call.call(page["to"], grant.operations, form.cleaned_data["key"])
    except trial_call.NoAnswer:
        page["no_answer"] = True
    page["trial_form"] = TrialForm()
    return render(request, "pages/call.html", page)


def _chosen(grant: Grant, identifier: str) -> AIModel:
    """Return the named model of the grant, or its first that isn't withdrawn."""
    now = timezone.now()
    models = [granted.ai_model for granted in grant.granted_models.all()]
    gone = {one for one in models if one.withdrawn_at and one.withdrawn_at <= now}
    return min(models, key=lambda one: (one.identifier != identifier, one in gone))


def _page(grant: Grant, ai_model: AIModel, by: User) -> dict[str, Any]:
    to = destination(ai_model)
    keys = [key for key in grant.keys.all() if key.holder_id == by.pk]
    guides = call_snippets.guides(ai_model.identifier, to.base_url, to.api, grant.operations)
    return {
        "grant": grant,
        "to": to,
        "ai_model": ai_model,
        "others": [
            granted.ai_model
            for granted in grant.granted_models.all()
            if granted.ai_model != ai_model
        ],
        "guides": list(guides) if to.base_url else [],
        "trial_form": TrialForm(),
        "may_try": trial_call.may_try(to, grant),
        "seconds": trial_call.MAX_SECONDS,
        "has_key": any(key.state in CURRENT for key in keys),
        "limits": limits.sentence(grant.limits()),
        "problems": PROBLEMS,
    }
