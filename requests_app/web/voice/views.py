"""Public pages of deployment reports: what was said, promised and decided about a model."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel
from lifecycle.voice.models import Interview, InterviewSession, Preference, ProtocolVersion
from requests_app.reports import deployment_report
from requests_app.reports.promises import ledger
from requests_app.web.catalogue import status
from requests_app.web.catalogue.promise_views import lines as promise_lines


@require_safe
def report(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show everything on record about a model in one page, which also prints well."""
    ai_model = _reported(identifier)
    now = timezone.now()
    context = {
        "ai_model": ai_model,
        "standing": status.of_model(ai_model, now.date()),
        "released": status.format_partial_date(ai_model.released),
        "interviews": [_interview(row) for row in ai_model.interviews.all()],
        "preferences": [_preference(row) for row in ai_model.preferences.all()],
        "routes": [
            {
                "row": row,
                "sentence": status.route_sentence(row),
                "since": status.format_partial_date(row.since),
            }
            for row in ai_model.access_routes.all()
        ],
        "weights": getattr(ai_model, "weights", None),
        "promises": promise_lines(ledger.of_model(ai_model), now.date()),
        "printed_at": now,
    }
    return render(request, "pages/deployment_report.html", context)


def _reported(identifier: str) -> AIModel:
    return get_object_or_404(deployment_report.with_records(), identifier=identifier)


def _interview(row: Interview) -> dict[str, Any]:
    return {"row": row, "took_place": status.format_partial_date(row.took_place)}


def _preference(row: Preference) -> dict[str, Any]:
    return {
        "row": row,
        "decided": status.format_partial_date(row.decided_on),
        "done": status.format_partial_date(row.done_on),
    }


@require_safe
def report_json(request: HttpRequest, identifier: str) -> HttpResponse:
    """Export the report; docs/deployment-report.md explains each field."""
    ai_model = _reported(identifier)
    data = deployment_report.export(ai_model, timezone.now())
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    name = identifier.replace("/", "_")
    response["Content-Disposition"] = f'attachment; filename="deployment-report-{name}.json"'
    return response


def _session(identifier: str, interview: int, number: int) -> InterviewSession:
    rows = InterviewSession.objects.select_related(
        "interview__ai_model__provider", "interview__protocol_version__protocol"
    ).prefetch_related("interview__participants", "interview__sessions")
    return get_object_or_404(
        rows,
        interview__ai_model__identifier=identifier,
        interview__number=interview,
        number=number,
    )


@require_safe
def session(request: HttpRequest, identifier: str, interview: int, session: int) -> HttpResponse:
    row = _session(identifier, interview, session)
    context = {"session": row, "interview": row.interview, "ai_model": row.interview.ai_model}
    return render(request, "pages/interview_session.html", context)


@require_safe
def transcript(request: HttpRequest, identifier: str, interview: int, session: int) -> HttpResponse:
    """Return the transcript byte for byte, so that anybody can compute its digest."""
    row = _session(identifier, interview, session)
    response = HttpResponse(row.transcript.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="transcript-{row.digest[:12]}.txt"'
    return response


@require_safe
def protocol(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    rows = ProtocolVersion.objects.select_related("protocol__provider")
    version = get_object_or_404(rows, protocol__slug=slug, number=number)
    others = version.protocol.versions.exclude(pk=version.pk).defer("text")
    return render(request, "pages/protocol.html", {"version": version, "others": others})
