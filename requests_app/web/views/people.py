"""What a researcher says of themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lifecycle.people import profiles
from requests_app.rules import Invalid
from requests_app.web.doors import SignedInRequest
from requests_app.web.forms import PersonForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        profiles.update_profile(request.user, **form.cleaned_data)
        messages.success(request, "Profile saved.")
        return redirect("profile")
    status = Invalid.status if form.errors else 200
    return render(request, "pages/profile.html", {"form": form}, status=status)
