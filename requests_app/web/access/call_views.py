"""How to call the models of a grant: base URL, code for the official SDKs, limits, refusals."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.models import Grant
from requests_app.web.access.badges import CURRENT
from requests_app.web.access.views import own_grants
from requests_app.web.decorators import SignedInRequest
from requests_app.wording import call_snippets, limits


@dataclass(frozen=True)
class Destination:
    """Where calls to a model go, without /v1 (empty: nobody has said), and by which API."""

    ai_model: AIModel
    base_url: str
    api: str


def destination(ai_model: AIModel) -> Destination:
    """Return what the model's route says, or else the address of the site's gateway."""
    route = ai_model.access_routes.filter(kind=AccessRoute.Kind.REQUEST).first()
    base_url = (route and route.base_url) or settings.MODELS_URL
    return Destination(ai_model, base_url, route.api if route else "")


@login_required
@require_safe
def call(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = get_object_or_404(own_grants(request), public_id=public_id)
    chosen = _chosen(grant, request.GET.get("model", ""))
    return render(request, "pages/call.html", _page(grant, chosen, request.user))


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
        "has_key": any(key.state in CURRENT for key in keys),
        "limits": limits.sentence(grant.limits()),
        "problems": PROBLEMS,
    }
