"""The pages of one's account: how one signs in, and why a second factor is wanted."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from lifecycle.people import factors
from requests_app.web import second_factor as guard
from requests_app.web.doors import SignedInRequest


@login_required
@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    context = {"has_factor": factors.has_factor(request.user)}
    return render(request, "pages/account.html", context)


@login_required
@require_safe
def second_factor(request: SignedInRequest) -> HttpResponse:
    """Says why, and leads to setting one up or showing it; then on to where one wanted to go."""
    guard.keep_next(request)
    has_factor, has_shown = factors.has_factor(request.user), factors.has_shown(request)
    if has_factor and has_shown:
        return redirect("second_factor_done")
    context = {"has_factor": has_factor, "next": guard.kept_next(request)}
    return render(request, "pages/second_factor.html", context)


@login_required
@require_safe
def second_factor_done(request: SignedInRequest) -> HttpResponse:
    """On to where the person wanted to go when the second factor was asked for."""
    wanted = guard.kept_next(request)
    request.session.pop(guard.KEPT, None)
    return redirect(wanted or "account")
