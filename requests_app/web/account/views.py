"""Account pages: sign-in methods, data export, recovered forms, deletion."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lifecycle.people.email import addresses
from lifecycle.people.sign_in import lockout, second_factors
from lifecycle.people.sign_in.forms import DeleteAccount
from requests_app.actions.endings import account_deletion
from requests_app.refusals import Invalid
from requests_app.reports import data_export
from requests_app.transitions.affected import affected_by
from requests_app.web import form_recovery
from requests_app.web import second_factor as guard
from requests_app.web.decorators import SignedInRequest, require_reauthentication


@login_required
@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    context = {"has_factor": second_factors.has_factor(request.user)}
    return render(request, "pages/account.html", context)


@login_required
@require_safe
def second_factor(request: SignedInRequest) -> HttpResponse:
    """Explain why a second factor is needed, and lead to setting one up or using it."""
    guard.keep_next(request)
    has_factor, has_shown = (
        second_factors.has_factor(request.user),
        second_factors.has_shown(request),
    )
    if has_factor and has_shown:
        return redirect("second_factor_done")
    context = {"has_factor": has_factor, "next": guard.kept_next(request)}
    return render(request, "pages/second_factor.html", context)


@login_required
@require_safe
def second_factor_done(request: SignedInRequest) -> HttpResponse:
    """Redirect to the page for which the second factor was needed."""
    wanted = guard.kept_next(request)
    request.session.pop(guard.KEPT, None)
    return redirect(wanted or "account")


@login_required
@require_safe
@require_reauthentication
def export(request: SignedInRequest) -> HttpResponse:
    """Return everything about the person as one file."""
    context = {"exported_at": timezone.now(), **data_export.of_person(request.user)}
    response = JsonResponse(context, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="emeritus-my-data.json"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@require_reauthentication
def delete(request: SignedInRequest) -> HttpResponse:
    form = DeleteAccount(request.POST or None, address=request.user.email)
    if request.method == "POST" and form.is_valid():
        verified = addresses.verified(request.user)
        ending = account_deletion.delete_account(request.user, by=request.user)
        logout(request)
        lockout.forget_mails_to(request, verified)
        receipt = {"receipt": ending.public_id}
        return render(request, "pages/account_deleted.html", receipt)
    below = affected_by(request.user)
    context: dict[str, Any] = {
        "form": form,
        "why_not": account_deletion.why_not_delete(request.user),
        "requests": below.open_requests.count(),
        "grants": below.grants.count(),
        "keys": below.keys.count(),
    }
    status = Invalid.status if form.errors else 200
    return render(request, "pages/account_delete.html", context, status=status)


@login_required
@require_safe
def recovered_form(request: SignedInRequest) -> HttpResponse:
    """Show a form submitted after the session had expired; sent only when a button is pressed."""
    waiting = form_recovery.load(request)
    if waiting is None:
        return redirect("requests")
    return render(request, "pages/typed.html", {"typed": waiting})
