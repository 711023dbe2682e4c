"""Views of the pages of a draft, each a form for some of its fields."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from requests_app import clock, throttling
from requests_app.actions.requests import requests as actions
from requests_app.models import AccessRequest
from requests_app.refusals import Invalid, RateLimited
from requests_app.rules import permissions, roles
from requests_app.validation.answers import applicable_questions_of
from requests_app.validation.request_input import RequestInput, fingerprint, input_of
from requests_app.web import visibility
from requests_app.web.catalogue import availability
from requests_app.web.decorators import SignedInRequest
from requests_app.web.drafting import costs, organisations, steps, summary
from requests_app.web.drafting.costs import CostHelper
from requests_app.web.drafting.field_helper import Helper, Typed, keep_typed, point_to
from requests_app.web.drafting.forms import ModelsForm, TermsForm
from requests_app.web.drafting.organisations import OrganisationHelper
from requests_app.web.drafting.question_form import QuestionsForm
from requests_app.web.drafting.steps import DraftStep
from requests_app.web.drafting.summary import SummaryRow
from requests_app.web.fields import RefusableForm
from requests_app.wording import revisions

HELPERS: Mapping[str, Callable[[AccessRequest, Typed], Helper | None]] = {
    steps.USE.slug: costs.helper_for,
    steps.ABOUT.slug: organisations.helper_for,
}
BUTTONS = {*CostHelper.buttons, *OrganisationHelper.buttons}
SELECTED = ("policy_version__policy", "continues", "appeal_of")


def editable(request: SignedInRequest, public_id: str) -> AccessRequest:
    """Return the person's own request if it can be edited. Raises NotAllowed or WrongState."""
    rows = visibility.owned_by(request.user).select_related(*SELECTED)
    access_request = get_object_or_404(rows, public_id=public_id)
    permissions.check("edit", access_request, request.user)
    return access_request


def _writable(request: SignedInRequest, public_id: str, shown: DraftStep) -> AccessRequest:
    """Return a request of which the person may edit this page now, as its requester or not."""
    if shown not in steps.CO_WRITTEN:
        return editable(request, public_id)
    rows = roles.writable_by(request.user).select_related(*SELECTED)
    access_request = get_object_or_404(rows, public_id=public_id)
    permissions.check("write", access_request, request.user)
    return access_request


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: SignedInRequest, public_id: str, slug: str) -> HttpResponse:
    shown = steps.step_by_slug(slug)
    if shown is None or shown.form is None:
        raise Http404
    access_request = _writable(request, public_id, shown)
    if BUTTONS & request.POST.keys():
        return _helped(request, access_request, shown)
    if request.method == "POST":
        return _save(request, access_request, shown)
    stored = input_of(access_request.revision)
    form = _form(shown, access_request, stored)
    return _part_page(request, access_request, shown, form, _fingerprint(shown, access_request))


def _fingerprint(shown: DraftStep, access_request: AccessRequest) -> str:
    """Return what the page sends back, so that it overwrites nothing that it didn't show."""
    return fingerprint(input_of(access_request.revision), shown.input_fields)


def _save(
    request: SignedInRequest, access_request: AccessRequest, shown: DraftStep
) -> HttpResponse:
    shown_text, stored_rows = request.POST.get("shown_text", ""), None
    form = _form(shown, access_request, input_of(access_request.revision), request.POST)
    if form.is_valid():
        typed = form.input_values()
        try:
            changed = actions.change(access_request, by=request.user, shown=shown_text, **typed)
        except Invalid as refusal:
            form.refuse(refusal)
            # Told that it was saved elsewhere meanwhile, they see that and may replace it.
            if "" in refusal.errors:
                shown_text = _fingerprint(shown, access_request)
                stored_rows = summary.rows_of(shown, access_request)
        else:
            return _after(request, shown, form, changed)
    return _part_page(
        request, access_request, shown, form, shown_text, Invalid.status, stored_rows=stored_rows
    )


def _helped(
    request: SignedInRequest, access_request: AccessRequest, shown: DraftStep
) -> HttpResponse:
    """Show the page as it was typed, with what a helper found; nothing is saved."""
    helper = _helper(request, access_request, shown)
    if helper is None or not any(button in request.POST for button in helper.buttons):
        raise Http404
    form = _form(shown, access_request, input_of(access_request.revision))
    keep_typed(form, request.POST)
    status = 200
    try:
        throttling.check("look_up", request, request.user)
        if not helper.act(form, request.POST):
            status = Invalid.status
    except RateLimited as refusal:  # here, so that what was typed stays on the page
        messages.error(request, refusal.sentence)
        status = refusal.status
    shown_text = request.POST.get("shown_text", "")
    return _part_page(request, access_request, shown, form, shown_text, status, helper)


def _helper(
    request: SignedInRequest, access_request: AccessRequest, shown: DraftStep
) -> Helper | None:
    make = HELPERS.get(shown.slug)
    return make(access_request, request.POST) if make else None


def _form(
    shown: DraftStep,
    access_request: AccessRequest,
    request_input: RequestInput,
    typed: QueryDict | None = None,
) -> Any:
    if shown.form is ModelsForm:
        person, today = access_request.requester, clock.utc_day(timezone.now())
        ai_models = availability.requestable_models_for(
            person, today, chosen=request_input.identifiers
        )
        chosen, title = request_input.identifiers, request_input.title
        return ModelsForm(typed, ai_models=ai_models, chosen=chosen, title=title)
    if shown.form in (TermsForm, QuestionsForm):
        version = availability.version_to_accept(access_request)
        return shown.form(typed, request_input=request_input, version=version)
    assert shown.form  # the pages without one are elsewhere
    return shown.form(typed, request_input=request_input)  # type: ignore[call-arg]  # the others are PartForms


def _asks_more(shown: DraftStep, form: Any, changed: AccessRequest) -> bool:
    """Return whether an answer made further questions applicable."""
    if shown is not steps.QUESTIONS:
        return False
    version = availability.version_to_accept(changed)
    now_asked = applicable_questions_of(input_of(changed.revision), version)
    return bool({each.key for each in now_asked} - {each.key for each in form.asked})


def _after(
    request: SignedInRequest, shown: DraftStep, form: Any, changed: AccessRequest
) -> HttpResponse:
    if _asks_more(shown, form, changed):
        messages.info(request, _("Based on your answers, we have more questions."))
        return redirect("request_step", changed.public_id, shown.slug)
    if changed.requester_id != request.user.pk:
        messages.success(request, _("Saved."))
        return redirect(_own_invitation(request, changed))
    if request.POST.get("back") == "check":
        return redirect("request_check", changed.public_id)
    return redirect(steps.address_after(shown, changed))


def _own_invitation(request: SignedInRequest, access_request: AccessRequest) -> str:
    """Return the page of a collaborator, which lists what they may edit."""
    mine = access_request.invitations.accepted().get(person=request.user)
    return reverse("invitation", args=[mine.public_id])


def _part_page(
    request: SignedInRequest,
    access_request: AccessRequest,
    shown: DraftStep,
    form: RefusableForm,
    shown_text: str,
    status: int = 200,
    helper: Helper | None = None,
    stored_rows: list[SummaryRow] | None = None,
) -> HttpResponse:
    is_own = access_request.requester_id == request.user.pk
    if helper := helper or _helper(request, access_request, shown):
        point_to(helper, form)
    context = {
        "access_request": access_request,
        "part": shown,
        "form": form,
        "shown_text": shown_text,
        "back": (request.POST or request.GET).get("back", ""),
        "is_own": is_own,
        "stored_rows": stored_rows,
        "invitation": None if is_own else _own_invitation(request, access_request),
        # What reviewers wrote is for the requester, and for those who read what was sent.
        "changes_asked_for": revisions.changes_asked_for(access_request) if is_own else None,
        "helper": helper,
    }
    return render(request, "pages/ask/part.html", context, status=status)
