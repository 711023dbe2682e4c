"""Views to write a request: choose models, fill in the pages, check and send."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from lifecycle.catalogue.models import AIModel
from requests_app import clock, throttling
from requests_app.actions.requests import requests as actions
from requests_app.models import AccessRequest, Grant, PolicyVersion, Revision
from requests_app.refusals import Invalid
from requests_app.validation import draft_readiness, extensions
from requests_app.validation.request_input import input_of
from requests_app.web import visibility
from requests_app.web.catalogue import availability
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.web.drafting import expected_times, people, steps, summary
from requests_app.web.drafting.forms import ModelsForm, NoteForm
from requests_app.web.drafting.part_views import editable
from requests_app.wording import revisions

SENT = _("Sent for review. We'll email you when there is a decision.")


# The first page ---------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    continued = _continued(request, request.POST or request.GET)
    if continued:
        return _more_time(request, continued)
    now = timezone.now()
    sent = [name.replace("\x00", "") for name in request.POST.getlist("identifiers")]
    ai_models = availability.requestable_models_for(request.user, clock.utc_day(now), chosen=sent)
    if request.method == "POST":
        return _start(request, ModelsForm(request.POST, ai_models=ai_models))
    chosen = request.GET.get("model", "").replace("\x00", "")
    rows = AIModel.objects.filter(identifier=chosen)
    why_not = availability.why_not_requestable(chosen, rows, request.user, now) if chosen else None
    form = ModelsForm(ai_models=ai_models, chosen=[chosen] if chosen and not why_not else [])
    mine = AccessRequest.objects.of(request.user).open()
    own = mine.filter(requested_models__ai_model__identifier=chosen)
    context = {
        "form": form,
        "why_not": why_not,
        "own_request": own.first() if why_not else None,
        "times": expected_times.of_models(ai_models),
    }
    return render(request, "pages/ask/new.html", context)


def _start(request: SignedInRequest, form: ModelsForm) -> HttpResponse:
    if form.is_valid():
        try:
            draft = actions.start(**form.input_values(), by=request.user)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            return redirect("request_edit", draft.public_id)
    context = {"form": form, "times": expected_times.of_models(form.offered)}
    return render(request, "pages/ask/new.html", context, status=Invalid.status)


def _continued(request: SignedInRequest, sent: QueryDict) -> Grant | None:
    """Return the grant that the request would extend, if any."""
    public_id = sent.get("continues", "").replace("\x00", "")
    if not public_id:
        return None
    return get_object_or_404(Grant.objects.filter(holder=request.user), public_id=public_id)


def _more_time(request: SignedInRequest, continued: Grant) -> HttpResponse:
    if request.method == "POST":
        draft = actions.extend(continued, by=request.user)
        return redirect("request_edit", draft.public_id)
    why_not = extensions.why_not(continued, by=request.user, now=timezone.now())
    context = {"continues": continued, "why_not": why_not}
    return render(request, "pages/ask/more_time.html", context)


# Its parts --------------------------------------------------------------------------------------


@login_required
@require_safe
def overview(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = editable(request, public_id)
    revision, version = access_request.revision, availability.version_to_accept(access_request)
    standing = _standing(revision, version, request)
    standing["is_shared"] = access_request.invitations.standing().exists()
    standing["expected"] = expected_times.of_version(version)
    return render(request, "pages/ask/parts.html", standing)


def _standing(
    revision: Revision, version: PolicyVersion, request: SignedInRequest
) -> dict[str, Any]:
    """Return how complete the draft is."""
    access_request = revision.access_request
    revision.read_related()
    values = {**vars(input_of(revision)), "files": revision.files.all()}
    problems = draft_readiness.why_not_send(revision, by=request.user, now=timezone.now())
    lines = steps.step_rows(access_request, version, values, problems)
    return {
        "access_request": access_request,
        "lines": lines,
        "unchanged": revision.submitted_at is not None,
        "done": sum(line.status == steps.StepStatus.DONE for line in lines),
        "found": steps.problem_links(access_request, problems),
        "changes_asked_for": revisions.changes_asked_for(access_request),
        "not_answered": people.unanswered_emails(access_request),
    }


# The last page ----------------------------------------------------------------------------------


@login_required
@require_safe
def check(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _check_page(request, editable(request, public_id))


def _check_page(
    request: SignedInRequest,
    access_request: AccessRequest,
    refusal: Invalid | None = None,
    form: NoteForm | None = None,
) -> HttpResponse:
    revision = access_request.revision
    version = availability.version_to_accept(access_request)
    standing = _standing(revision, version, request)
    if refusal:
        standing["found"] = steps.problem_links(access_request, refusal.errors)
    context = {
        **standing,
        "sections": summary.sections(access_request, revision, version),
        "refused": refusal is not None,
        "form": (form or NoteForm()) if revision.number > 1 else None,
    }
    return render(
        request, "pages/ask/check.html", context, status=refusal.status if refusal else 200
    )


def _note(form: NoteForm) -> str:
    if not form.is_valid():
        raise Invalid({"note": str(form.errors["note"][0])})
    return str(form.cleaned_data["note"])


@action_view("request")
def submit(request: SignedInRequest, public_id: str) -> HttpResponse:
    throttling.check("submit", request, request.user)
    access_request = get_object_or_404(visibility.owned_by(request.user), public_id=public_id)
    form = NoteForm(request.POST)
    try:
        actions.submit(access_request, by=request.user, note=_note(form))
    except Invalid as refusal:
        if form.is_valid():
            form.refuse(refusal)
        return _check_page(request, editable(request, public_id), refusal, form)
    messages.success(request, SENT)
    return redirect("request", public_id)
