"""Follow models, providers and platforms; stop, with or without signing in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from lifecycle.catalogue.models import AIModel, Provider
from requests_app.actions.catalogue import following
from requests_app.notices import unfollow_links
from requests_app.rules.watchers import follows_of
from requests_app.web.catalogue import follow_buttons
from requests_app.web.decorators import SignedInRequest


@login_required
@require_safe
def followed(request: SignedInRequest) -> HttpResponse:
    buttons = follow_buttons.followed_by(request.user)
    return render(request, "pages/following.html", {"buttons": buttons})


@login_required
def follow(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        row = following.follow(_named(request), by=request.user)
        messages.success(request, _("You now follow %(name)s by email.") % {"name": row})
    return _back(request)


@login_required
def unfollow(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        what = _named(request)
        following.unfollow(what, by=request.user)
        messages.success(request, _("You no longer follow %(name)s.") % {"name": what})
    return _back(request)


def _named(request: HttpRequest) -> following.Followed:
    kind, value = (request.POST.get(name, "").replace("\x00", "") for name in ("kind", "value"))
    if kind == "model":
        return get_object_or_404(AIModel, identifier=value)
    if kind == "provider":
        return get_object_or_404(Provider, slug=value)
    if kind == "platform":
        return value
    raise Http404


def _back(request: HttpRequest) -> HttpResponse:
    """Redirect to the model's page with the button, else to the list."""
    identifier = request.POST.get("page", "").replace("\x00", "")
    if AIModel.objects.filter(identifier=identifier).exists():
        return redirect("model", identifier)
    return redirect("following")


@csrf_exempt  # mail programs send it without a cookie; the signed link says who asks (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unfollow_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Offer to stop what an email is sent for, and stop it by POST."""
    notice = unfollow_links.read(token)
    if notice is None or notice.recipient is None or notice.event.ai_model is None:
        raise Http404
    ai_model, platforms = notice.event.ai_model, notice.event.details["platforms"]
    if request.method == "POST":
        names = following.unfollow_all(ai_model, platforms, by=notice.recipient)
        return render(request, "pages/unfollow.html", {"names": names, "is_done": True})
    rows = follows_of(ai_model, platforms).filter(person=notice.recipient)
    names = [str(row) for row in rows.select_related("ai_model", "provider")]
    return render(request, "pages/unfollow.html", {"names": names})
