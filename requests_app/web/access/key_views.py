"""Pages for one's own key: rotate it, revoke it, read its revocation receipt."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from lifecycle.config.logs import redacted
from requests_app import throttling
from requests_app.actions.keys import key_labels, key_revocation, keys
from requests_app.models import Key
from requests_app.refusals import Invalid
from requests_app.reports import receipts
from requests_app.web.access.forms import ClaimForm, LabelForm, RotateForm
from requests_app.web.access.views import auto_id, new_key_page, own_grants, page_of
from requests_app.web.decorators import SignedInRequest, action_view


def _own(request: SignedInRequest, public_id: str) -> Key:
    rows = Key.objects.filter(holder=request.user).select_related("grant")
    return get_object_or_404(rows, public_id=public_id)


@action_view("access", takes_id=False)
@never_cache
@sensitive_variables()
def rotate(request: SignedInRequest, public_id: str) -> HttpResponse:
    throttling.check("claim", request, request.user)
    key, form = _own(request, public_id), RotateForm(request.POST)
    hours = form.cleaned_data["hours"] if form.is_valid() else form.fields["hours"].initial
    claimed = keys.rotate(key, by=request.user, overlap=timedelta(hours=hours))
    key.refresh_from_db()
    return new_key_page(request, claimed, replaced=key)


@action_view("access", takes_id=False)
def rename(request: SignedInRequest, public_id: str) -> HttpResponse:
    key = _own(request, public_id)
    grant = get_object_or_404(own_grants(request), pk=key.grant_id)
    form = LabelForm({"label": redacted(request.POST.get("label", ""))}, auto_id=auto_id(key))
    if form.is_valid():
        try:
            key_labels.rename(key, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            return redirect(f"{reverse('grant', args=[grant.public_id])}#keys")
    context = page_of(grant, request.user, ClaimForm(), renaming={key.pk: form})
    return render(request, "pages/grant.html", context, status=Invalid.status)


@action_view("access", takes_id=False)
def revoke(request: SignedInRequest, public_id: str) -> HttpResponse:
    key = _own(request, public_id)
    key_revocation.revoke(key, by=request.user)
    message = _(
        "The key ending in %(last_four)s no longer works. Its receipt is shown next to it."
    ) % {"last_four": key.last_four}
    messages.success(request, message)
    return redirect("grant", key.grant.public_id)


@login_required
@require_safe
def receipt(request: SignedInRequest, public_id: str) -> HttpResponse:
    key = get_object_or_404(receipts.receipts_for(request.user), public_id=public_id)
    is_holder = key.grant.holder_id == request.user.pk
    context = {"receipt": receipts.receipt_for(key), "is_holder": is_holder}
    return render(request, "pages/receipt.html", context)
