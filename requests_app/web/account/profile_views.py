"""The profile page and the choice of language."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from lifecycle.people import languages, profiles
from requests_app import throttling
from requests_app.actions.requests import affiliations
from requests_app.refusals import Invalid
from requests_app.web.account.forms import PersonForm
from requests_app.web.decorators import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["institution"] != str(request.user.institution or ""):
            throttling.check("move", request, request.user)
        affiliations.change_profile(request.user, **form.cleaned_data)
        messages.success(request, _("Profile saved."))
        response = redirect("profile")
        if "language" in form.changed_data:
            languages.remember(response, form.cleaned_data["language"])
        return response
    status = Invalid.status if form.errors else 200
    return render(request, "pages/profile.html", {"form": form}, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Set the language chosen in the footer; Django refuses to redirect to another site."""
    chosen = request.POST.get("language", "")
    if not languages.offered(chosen):
        raise Invalid({"language": _("Choose a language from the list.")})
    if request.user.is_authenticated:
        profiles.note_language(request.user, chosen)
    return set_language(request)
