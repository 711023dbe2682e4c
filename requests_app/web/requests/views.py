"""A researcher's requests: list, follow, withdraw, appeal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from requests_app.actions.requests import requests as actions
from requests_app.models import AccessRequest, Revision
from requests_app.refusals import Invalid
from requests_app.web import visibility
from requests_app.web.access.forms import AppealForm, ReasonForm
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.web.drafting import people
from requests_app.web.requests import page

APPEALED = gettext_lazy("Appeal sent. Reviewers who haven't voted on your request will look at it.")


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    context = {
        "rows": _lines(visibility.owned_by(request.user).reviewed(), page.newest_revision),
        "naming": _lines(visibility.shared_with(request.user), page.newest_submitted_revision),
        "invitations": people.open_invitations_for(request.user),
        "joined": people.accepted_invitations_of(request.user),
    }
    return render(request, "pages/requests.html", context)


def _lines(
    rows: QuerySet[AccessRequest], text_of: Callable[[AccessRequest], Revision]
) -> list[dict[str, Any]]:
    related = rows.select_related("requester").prefetch_related(*page.RELATED_FOR_ROW)
    return [page.row_context(row, text_of(row)) for row in related]


@login_required
@require_safe
def show(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _shown(request, public_id, AppealForm())


def _shown(
    request: SignedInRequest, public_id: str, appeal_form: AppealForm, *, status: int = 200
) -> HttpResponse:
    rows = visibility.readable_by(request.user).select_related(*page.SELECTED)
    related = rows.prefetch_related(*page.RELATED)
    access_request = get_object_or_404(related, public_id=public_id)
    if access_request.standing_rule_id:  # a record without a review: its page is the grant's
        return redirect("grant", access_request.grants.get().public_id)
    context = {
        **page.context(access_request, request.user),
        "reason_form": ReasonForm(),
        "appeal_form": appeal_form,
    }
    return render(request, "pages/request.html", context, status=status)


@action_view("request")
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    reason = ReasonForm(request.POST).given()
    access_request = get_object_or_404(visibility.owned_by(request.user), public_id=public_id)
    actions.withdraw(access_request, by=request.user, reason=reason)
    messages.success(request, _("Request withdrawn. You can send a new one at any time."))
    return redirect("request", public_id)


@action_view("request")
def appeal(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = get_object_or_404(visibility.owned_by(request.user), public_id=public_id)
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
