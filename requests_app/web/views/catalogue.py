"""The public pages: what was retired, when, how it is reached now, and the gateway's refusals."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app import wording
from requests_app.actions import policy_texts
from requests_app.gateway.problems import PROBLEMS
from requests_app.models import AccessRequest, Grant
from requests_app.rules import REFUSALS
from requests_app.web import askable, standing

SOME = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.now().date()
    dated = Retirement.objects.select_related("ai_model__provider")
    coming = dated.filter(precision=Retirement.Precision.DAY, retires__gt=today)
    context = {
        "open_models": askable.models_to_ask_for(today),
        "coming": coming.order_by("retires", "platform")[:SOME],
        "gone": dated.effective_on(today).order_by("-retires", "platform")[:SOME],
    }
    return render(request, "pages/home.html", context)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    today = timezone.now().date()
    related = AIModel.objects.select_related("provider").order_by("provider__name", "name")
    rows = related.prefetch_related("retirements", "access_routes")
    newest_first = sorted(rows, key=standing.last_date, reverse=True)
    by_provider: dict[str, list[dict[str, Any]]] = {row.provider.name: [] for row in rows}
    for ai_model in newest_first:
        by_provider[ai_model.provider.name].append(
            {"ai_model": ai_model, "standing": standing.of_model(ai_model, today)}
        )
    return render(request, "pages/models.html", {"by_provider": by_provider})


@require_safe
def model(request: HttpRequest, identifier: str) -> HttpResponse:
    now = timezone.now()
    person = request.user if isinstance(request.user, User) else None
    ai_model = _in_full(identifier)
    context = {
        "ai_model": ai_model,
        "standing": standing.of_model(ai_model, now.date()),
        "released": standing.loosely(ai_model.released) if ai_model.released else "",
        "promised_notice": standing.promised_notice(ai_model.provider),
        "replacements": _replacements(ai_model),
        **_policy(ai_model, now.date()),
        "why_not": askable.why_not_ask(ai_model.identifier, person, now),
        **_own(ai_model, person),
    }
    return render(request, "pages/model.html", context)


def _in_full(identifier: str) -> AIModel:
    related = AIModel.objects.select_related("provider", "policy_model__policy")
    rows = related.prefetch_related(
        "retirements__date_changes",
        "replacements",
        "access_routes",
        askable.PUBLISHED,
    )
    return get_object_or_404(rows, identifier=identifier)


def _policy(ai_model: AIModel, today: date) -> dict[str, Any]:
    """The policy is of interest where the model can be asked for, by anyone."""
    version = askable.version_in_force(ai_model)
    if version is None or not (ai_model.is_by_request() and ai_model.is_retired(today)):
        return {}
    text = policy_texts.text_of(version)
    steps = [
        {"name": step.name, "rules": wording.step_sentences(step, text.country)}
        for step in text.steps
    ]
    return {"version": version, "steps": steps, "rules": wording.text_sentences(text)}


def _replacements(ai_model: AIModel) -> list[dict[str, str]]:
    return [
        {"identifier": r.identifier, "as_of": standing.loosely(r.as_of) if r.as_of else ""}
        for r in ai_model.replacements.all()
    ]


def _own(ai_model: AIModel, person: User | None) -> dict[str, Any]:
    """The visitor's own open request for this model, and their access to it."""
    if person is None:
        return {}
    asked = AccessRequest.objects.of(person).open()
    held = Grant.objects.live().filter(holder=person)
    return {
        "own_request": asked.filter(requested_models__ai_model=ai_model).first(),
        "own_grant": held.filter(granted_models__ai_model=ai_model).first(),
    }


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/problems.html", {"problems": PROBLEMS, "refusals": REFUSALS})
