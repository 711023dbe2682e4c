"""Public pages: models, statistics, and the gateway's problems."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AccessRoute, AIModel, Alias, Retirement, Source
from lifecycle.catalogue.partial_dates import first_day
from lifecycle.people.models import User
from lifecycle.serving.problem_types import PROBLEM_TYPES, ProblemType
from lifecycle.serving.release import release
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.models import AccessRequest, Grant
from requests_app.refusals import REFUSALS, Refusal
from requests_app.reports import decision_times
from requests_app.reports.public_numbers import statistics
from requests_app.validation import policy_version
from requests_app.web.access import standing_views
from requests_app.web.catalogue import (
    availability,
    demand_views,
    follow_buttons,
    promise_views,
    scorecard_views,
    status,
    timeline,
    use_today_views,
    weights_line,
)
from requests_app.web.catalogue.retirement_chart import draw_chart, legend
from requests_app.web.catalogue.search import SearchForm, search_models
from requests_app.web.drafting import expected_times
from requests_app.web.feeds import links
from requests_app.wording import policies

MODELS_ON_HOME = 5
PAGE_SIZE = 50


class ModelSource(NamedTuple):
    """A page that states a fact about a model."""

    address: str
    host: str
    path: str
    is_uncertain: bool


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.now().date()
    dated = Retirement.objects.select_related("ai_model__provider", "source")
    coming = dated.filter(precision=Retirement.Precision.DAY, retires__gt=today)
    context = {
        "open_models": availability.requestable_models(today),
        "coming": coming.order_by("retires", "platform")[:MODELS_ON_HOME],
        "gone": dated.effective_on(today).order_by("-retires", "platform")[:MODELS_ON_HOME],
        **links.of_everything(),
    }
    return render(request, "pages/home.html", context)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    today = timezone.now().date()
    form = SearchForm(request.GET)
    form.is_valid()
    rows = AIModel.objects.select_related("provider").prefetch_related(
        "retirements__source", "access_routes"
    )
    fitting = search_models(rows, form.cleaned_data, today=today)
    page = Paginator(fitting, PAGE_SIZE).get_page(request.GET.get("page"))
    requestable = availability.requestable_models(today).order_by()
    of_page = requestable.filter(pk__in=[row.pk for row in page])
    requestable_now = set(of_page.values_list("pk", flat=True))
    lines = [_model_row(ai_model, today, requestable_now) for ai_model in page]
    found = {"form": form, "page": page, "lines": lines, "total": AIModel.objects.count()}
    context = {**found, **links.of_everything()}
    answer = render(request, "pages/models.html", context)
    release(page)
    return answer


def _model_row(ai_model: AIModel, today: date, requestable_now: set[int]) -> dict[str, Any]:
    return {
        "ai_model": ai_model,
        "standing": status.of_model(ai_model, today),
        "routes": [
            status.route_sentence(route)
            for route in ai_model.access_routes.all()
            if route.kind != AccessRoute.Kind.NONE
        ],
        "can_ask": ai_model.pk in requestable_now,
    }


@require_safe
def model(request: HttpRequest, identifier: str) -> HttpResponse:
    now = timezone.now()
    today = now.date()
    person = request.user if isinstance(request.user, User) else None
    ai_model = _find_model(identifier)
    if ai_model is None:
        return _lead_by_alias(identifier, today)
    retirements = list(ai_model.retirements.all())
    context = {
        "ai_model": ai_model,
        "standing": status.of_model(ai_model, today),
        "released": status.format_partial_date(ai_model.released),
        "promised_notice": status.promised_notice(ai_model.provider),
        "replacements": _replacements(ai_model),
        "routes": [_route(route) for route in ai_model.access_routes.all()],
        "sources": _sources(ai_model),
        "chart": draw_chart(retirements, first_day(ai_model.released), today),
        "signs": legend(retirements),
        "announcements": timeline.announcements(ai_model),
        "timelines": timeline.timelines(ai_model, today),
        **_policy(ai_model, today),
        "why_not": availability.why_not_requestable(identifier, [ai_model], person, now),
        **_own(ai_model, person),
        **scorecard_views.of_model(ai_model),
        "standing_offers": standing_views.for_model(ai_model, person, now),
        **weights_line.of_model(ai_model, today),
        **promise_views.of_model(ai_model, today),
        **demand_views.section(ai_model, person, now),
        **use_today_views.card(ai_model, today, request.GET.get("platform", "")),
        "follow_buttons": follow_buttons.of_model(ai_model, person),
        **links.of_model(ai_model),
        "is_gone": bool(ai_model.withdrawn_at and ai_model.withdrawn_at <= now),
    }
    return render(request, "pages/model.html", context)


def _route(route: AccessRoute) -> dict[str, Any]:
    since = status.format_partial_date(route.since)
    return {"sentence": status.route_sentence(route), "since": since, "route": route}


def _named(address: str) -> tuple[str, str]:
    """Return host and path of a URL for display."""
    parts = urlsplit(address)
    return parts.netloc.removeprefix("www."), unquote(parts.path).strip("/")


def _sources(ai_model: AIModel) -> list[ModelSource]:
    third_party = Source.objects.filter(url__in=ai_model.sources, kind=Source.Kind.THIRD_PARTY)
    uncertain = set(third_party.values_list("url", flat=True))
    return [
        ModelSource(address, *_named(address), address in uncertain) for address in ai_model.sources
    ]


def _find_model(identifier: str) -> AIModel | None:
    related = AIModel.objects.select_related("provider", "policy_model__policy")
    rows = related.prefetch_related(
        *timeline.RELATED, "replacements__source", "access_routes", availability.PUBLISHED
    )
    return rows.filter(identifier=identifier).first()


def _lead_by_alias(identifier: str, today: date) -> HttpResponse:
    """Lead to the model of an alias, or to a search if platforms use it for several models."""
    targets = Alias.objects.targets(identifier, today)
    if not targets:
        raise Http404
    if len(targets) > 1:
        return redirect(f"{reverse('models')}?{urlencode({'q': identifier})}")
    return redirect("model", targets[0].identifier)


def _policy(ai_model: AIModel, today: date) -> dict[str, Any]:
    """Return the policy if anybody can request the model."""
    version = availability.version_in_force(ai_model)
    if version is None or not (ai_model.is_by_request() and ai_model.is_retired(today)):
        return {}
    text = policy_version.version_input_of(version)
    steps = [
        {"name": step.name, "rules": policies.step_sentences(step, text.country)}
        for step in text.steps
    ]
    return {
        "version": version,
        "steps": steps,
        "rules": policies.version_sentences(text),
        "expected": expected_times.of_version(version),
        "fewest": decision_times.MIN_DECISIONS,
    }


def _replacements(ai_model: AIModel) -> list[dict[str, Any]]:
    """Return the replacements, named where the catalogue has them, also by an alias."""
    rows = ai_model.replacements.all()
    identifiers = [row.identifier for row in rows]
    known = AIModel.objects.filter(identifier__in=identifiers)
    by_alias = Alias.objects.filter(identifier__in=identifiers, ends=None)
    names = dict(by_alias.values_list("identifier", "ai_model__name"))
    names |= dict(known.values_list("identifier", "name"))
    return [
        {
            "identifier": row.identifier,
            "name": names.get(row.identifier, ""),
            "as_of": status.format_partial_date(row.as_of),
            "named_by": row.named_by,
            "source": row.source,
        }
        for row in rows
    ]


def _own(ai_model: AIModel, person: User | None) -> dict[str, Any]:
    """Return the visitor's open request and grant for this model."""
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
    kinds: tuple[ProblemType | type[Refusal], ...] = (*PROBLEM_TYPES, *REFUSALS)
    of_api = sorted(kinds, key=lambda kind: kind.status)
    return render(request, "pages/problems.html", {"problems": PROBLEMS, "of_api": of_api})


@require_safe
def statistics_page(request: HttpRequest) -> HttpResponse:
    """Show what was requested and decided."""
    published = statistics.published_tables()
    context = {
        "overall": published.overall,
        "standing": published.standing,
        "tables": (
            (_("By policy"), published.by_policy),
            (_("By model"), published.by_model),
        ),
        "fewest": decision_times.MIN_DECISIONS,
    }
    return render(request, "pages/numbers.html", context)
