"""A researcher's requests: list, ask, follow, edit, send, withdraw, appeal."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import differences, pace, rules
from requests_app.actions import asks, extensions
from requests_app.actions import requests as actions
from requests_app.models import AccessRequest, Grant, Revision
from requests_app.rules import Invalid
from requests_app.web import askable, following, visible
from requests_app.web.doors import SignedInRequest, button_on
from requests_app.web.forms import AppealForm, AskForm, ReasonForm, as_typed

SAVED = gettext_lazy("Draft saved. Nobody sees it until you send it for review.")
SENT = gettext_lazy("Sent for review. You'll get a mail when it is decided.")
APPEALED = gettext_lazy(
    "Your appeal was sent. People who haven't voted on your request look at it again."
)


def _own(request: SignedInRequest, public_id: str) -> AccessRequest:
    rows = visible.own(request.user).select_related("policy_version__policy")
    return get_object_or_404(rows, public_id=public_id)


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    context = {
        "rows": _lines(visible.own(request.user), following.newest),
        "naming": _lines(visible.naming(request.user), following.newest_sent),
    }
    return render(request, "pages/requests.html", context)


def _lines(
    rows: QuerySet[AccessRequest], text_of: Callable[[AccessRequest], Revision]
) -> list[dict[str, Any]]:
    related = rows.select_related("requester").prefetch_related(*following.RELATED_OF_LINE)
    return [following.line(row, text_of(row)) for row in related]


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _shown(request, public_id, AppealForm())


def _shown(
    request: SignedInRequest, public_id: str, appeal_form: AppealForm, *, status: int = 200
) -> HttpResponse:
    rows = visible.readable(request.user).select_related(*following.SELECTED)
    related = rows.prefetch_related(*following.RELATED)
    access_request = get_object_or_404(related, public_id=public_id)
    context = {
        **following.context(access_request, request.user),
        "reason_form": ReasonForm(),
        "appeal_form": appeal_form,
    }
    return render(request, "pages/request.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, None)
    continued = _continued(request, request.GET)
    now = timezone.now()
    if continued:
        why_not = extensions.why_not(continued, by=request.user, now=now)
        form = _form(None, continues=continued)
        return _page(request, form, None, why_not=why_not, continues=continued)
    chosen = request.GET.get("model", "").replace("\x00", "")
    ai_models = askable.models_to_ask_for(now.date())
    form = AskForm(ai_models=ai_models, initial={"identifiers": chosen})
    why_not = askable.why_not_ask(chosen, request.user, now) if chosen else None
    return _page(request, form, None, why_not=why_not)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = _own(request, public_id)
    if request.method == "POST":
        return _save(request, access_request)
    rules.check("edit", access_request, request.user)
    return _page(request, _form(access_request), access_request)


def _continued(request: SignedInRequest, sent: QueryDict) -> Grant | None:
    """The access for which more time is asked, if any."""
    public_id = sent.get("continues", "").replace("\x00", "")
    if not public_id:
        return None
    return get_object_or_404(Grant.objects.filter(holder=request.user), public_id=public_id)


def _form(
    access_request: AccessRequest | None,
    typed: Mapping[str, Any] | None = None,
    continues: Grant | None = None,
) -> AskForm:
    now = timezone.now()
    ai_models = askable.models_to_ask_for(now.date())
    if continues:
        return AskForm(typed, ai_models=ai_models, ask=extensions.prefilled(continues, now=now))
    ask = asks.ask_of(access_request.revision) if access_request else None
    return AskForm(typed, ai_models=ai_models, ask=ask)


def _page(
    request: SignedInRequest,
    form: AskForm,
    access_request: AccessRequest | None,
    *,
    why_not: str | None = None,
    continues: Grant | None = None,
    status: int = 200,
) -> HttpResponse:
    asked_for = differences.changes_asked_for(access_request) if access_request else ""
    context = {
        "form": form,
        "access_request": access_request,
        "why_not": why_not,
        "continues": continues,
        "changes_asked_for": asked_for,
    }
    return render(request, "pages/ask.html", context, status=status)


def _save(request: SignedInRequest, access_request: AccessRequest | None) -> HttpResponse:
    """Save what was typed, or show it again with what is wrong."""
    continues = None if access_request else _continued(request, request.POST)
    form = _form(access_request, request.POST, continues)
    send = "send" in request.POST
    if form.is_valid():
        if send:
            pace.check("submit", request, request.user)
        try:
            saved = actions.save(
                form.asked(),
                by=request.user,
                access_request=access_request,
                continues=continues,
                submit=send,
            )
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, SENT if send else SAVED)
            return redirect("request", saved.public_id)
    return _page(request, form, access_request, continues=continues, status=Invalid.status)


@button_on("request")
def submit(request: SignedInRequest, public_id: str) -> HttpResponse:
    pace.check("submit", request, request.user)
    access_request = _own(request, public_id)
    try:
        actions.submit(access_request, by=request.user)
    except Invalid as refusal:
        form = _form(access_request, as_typed(asks.ask_of(access_request.revision)))
        form.refuse(refusal)
        return _page(request, form, access_request, status=refusal.status)
    messages.success(request, SENT)
    return redirect("request", public_id)


@button_on("request")
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    reason = ReasonForm(request.POST).given()
    actions.withdraw(_own(request, public_id), by=request.user, reason=reason)
    messages.success(request, _("Withdrawn. You may ask again whenever you need to."))
    return redirect("request", public_id)


@button_on("request")
def appeal(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = _own(request, public_id)
    form = AppealForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            appealed = actions.appeal(access_request, by=request.user, reason=reason)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, APPEALED)
            return redirect("request", appealed.public_id)
    return _shown(request, public_id, form, status=Invalid.status)
